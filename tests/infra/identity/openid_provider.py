"""A conforming OpenID Connect provider for tests, of Authlib's parts: it asks for PKCE and for a nonce."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "monitor", "a-secret-of-the-client"


@dataclass
class Provider:
    """``user`` is who is signed in there; ``wrong`` says what ID tokens say wrongly, ``forged`` by a key of others."""

    issuer: str = ""
    user: str = ""
    wrong: dict[str, Any] = field(default_factory=dict)
    forged: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"}))
    codes: dict[str, Any] = field(default_factory=dict)


@contextmanager
def openid_provider() -> Iterator[Provider]:
    provider = Provider()
    server = make_server("127.0.0.1", 0, application(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Client(ClientMixin):  # type: ignore[misc]
    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/sign-in/back")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib asks
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(SimpleNamespace):
    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> Any:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    get_acr = get_amr = get_auth_time


def application(provider: Provider) -> Flask:  # noqa: C901 - the parts of one server, each of a line or two
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            kept = ("redirect_uri", "scope", "nonce", "code_challenge", "code_challenge_method")
            provider.codes[code] = Code(user=provider.user, **{name: data.get(name) for name in kept})

        def query_authorization_code(self, code: str, client: Any) -> Any:  # noqa: ARG002 - Authlib asks
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Any) -> None:
            for code in [each for each, known in provider.codes.items() if known is authorization_code]:
                del provider.codes[code]

        def authenticate_user(self, authorization_code: Any) -> Any:
            return authorization_code.user

    class IdToken(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002 - Authlib asks
            return any(known.nonce == nonce for known in provider.codes.values())

        def generate_user_info(self, user: Any, scope: str) -> Any:  # noqa: ARG002 - Authlib asks
            return {"sub": user, "preferred_username": user, **provider.wrong}

        def get_client_algorithm(self, client: Any) -> str:  # noqa: ARG002 - Authlib asks
            return "RS256"

        def get_encode_header(self, client: Any) -> Any:  # noqa: ARG002 - Authlib asks
            return {"alg": "RS256", "kid": "one"}

        def get_client_claims(self, client: Any) -> Any:  # noqa: ARG002 - Authlib asks
            return {"iss": provider.issuer, "aud": [CLIENT]}

        def resolve_client_private_key(self, client: Any) -> Any:  # noqa: ARG002 - Authlib asks
            return (provider.other if provider.forged else provider.key).as_dict(private=True)

    app = Flask("provider")
    app.secret_key = secrets.token_hex()
    server = AuthorizationServer(
        app, query_client=lambda asked: Client() if asked == CLIENT else None, save_token=lambda *_: None
    )
    server.register_grant(CodeGrant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Any:
        there = provider.issuer
        return jsonify(
            issuer=there,
            authorization_endpoint=f"{there}/authorize",
            token_endpoint=f"{there}/token",
            jwks_uri=f"{there}/jwks",
        )

    @app.get("/jwks")
    def jwks() -> Any:
        return jsonify(keys=[provider.key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=provider.user)
        back = grant.validate_authorization_request()
        return server.handle_response(*grant.create_authorization_response(back, provider.user))

    @app.post("/token")
    def token() -> Any:
        assert request.form["grant_type"] == "authorization_code"
        return server.create_token_response()

    return app
