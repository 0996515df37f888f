// An OpenID provider whose access tokens carry roles as Keycloak's do; it has a new key at every start.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const { PORT, KID, AUDIENCE } = process.env;
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [{ client_id: "feed", client_secret: "not-a-secret", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
  jwks: { keys: [{ ...key, kid: KID, alg: "RS256", use: "sig" }] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: "", audience: AUDIENCE, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
    },
  },
  extraTokenClaims: () => ({ realm_access: { roles: ["offline_access", "auditor"] }, name: "审计" }),
});
provider.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
