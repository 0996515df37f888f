"""Tokens of a real OpenID provider (npm's ``oidc-provider``), with roles as Keycloak writes them."""

import json
import urllib.request
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path

from bench.ports import free_port
from tests.clients.programs import running
from tests.infra.http.served import Served, served

AUDIENCE = "urn:tender-monitor"


def token(port: int) -> str:
    """By the grant of client credentials."""
    secret = b64encode(b"feed:not-a-secret").decode()
    body = f"grant_type=client_credentials&resource={AUDIENCE}".encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/token", body, {"Authorization": f"Basic {secret}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        issued: str = json.load(answer)["access_token"]
    return issued


def status(server: Served, port: int) -> int:
    return server.request("GET", "/api/v1/clues", headers={"Authorization": f"Bearer {token(port)}"}).status


def test_tokens_are_accepted_also_by_the_next_key(node: Path, packages: Path, tmp_path: Path) -> None:
    """The provider comes back with another key, and nobody waits for the next reading of its keys."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    issuer = {"issuer": address, "audience": AUDIENCE, "jwks_url": f"{address}/jwks"}
    given = {"PORT": str(port), "AUDIENCE": AUDIENCE}
    with ExitStack() as stack:
        with running(node, "issuer.mjs", packages, KID="first", **given) as provider:
            assert provider.next() == "ready"
            access = {"oidc": [{**issuer, "role_claim": "realm_access.roles"}]}
            server = stack.enter_context(served(tmp_path / "data", access=access))
            assert status(server, port) == 200
        with running(node, "issuer.mjs", packages, KID="second", **given) as provider:
            assert provider.next() == "ready"
            assert status(server, port) == 200
