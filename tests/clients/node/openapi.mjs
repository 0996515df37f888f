// Prints what Redocly and Spectral complain of, by their recommended rules.
import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";

const text = readFileSync(process.argv[2], "utf8");
// Signing in with an outside issuer answers 302 alone: a redirect is no 2XX.
const config = await createConfig({ extends: ["recommended"], rules: { "operation-2xx-response": "off" } });
const byRedocly = await lintFromString({ source: text, absoluteRef: "/openapi.json", config });
for (const each of byRedocly) console.log("redocly", each.severity, each.ruleId, each.message, each.location[0]?.pointer);

const linter = new spectral.Spectral();
linter.setRuleset({ extends: [[rulesets.oas, "recommended"]] });
for (const each of await linter.run(text)) console.log("spectral", each.severity, each.code, each.message, each.path.join("/"));
