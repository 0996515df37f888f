"""Every route × every method × 41 credentials, of each role at home and elsewhere; what follows is in one function."""

import base64
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from domain.access import Actor, Role
from domain.purposes import PURPOSE_HEADER
from infra.http.gate import SAFE_METHODS
from infra.http.openapi import document
from infra.http.route import Route
from infra.identity.access import Access
from infra.serving.application import ROUTES
from tests.infra.http.served import ACTORS, FOREIGN, Opening, Served, served

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATHS = sorted({route.path for route in ROUTES}, key=lambda path: (path == "/session/close", path))
"""Signing out comes last: it ends the sessions."""
CHANGING = [route for route in ROUTES if route.roles and route.method not in SAFE_METHODS]
OWN_TO_NOBODY = re.compile(r"\{(shard|code|tile)\}|^/api/v1/firms/")
"""What these name is public, or there is none on one machine. Of a firm: its certificates and records in force."""


@dataclass(frozen=True)
class Credential:
    """``actor`` None: it lets nobody in."""

    name: str
    headers: Mapping[str, str]
    actor: Actor | None = None
    at_home: bool = False
    is_session: bool = False


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data"), limits={"streams_of_one_account": 1_000}) as found:
        yield found


@pytest.fixture(scope="module")
def opening(asked: Served) -> Opening:
    return asked.a_suspicious_opening()


@pytest.fixture(scope="module")
def documented() -> dict[str, Any]:
    paths: dict[str, Any] = document(ROUTES)["paths"]
    return paths


@pytest.fixture(scope="module")
def credentials(asked: Served) -> list[Credential]:
    found = [*_good(asked), *_bad(asked)]
    assert len(found) == 41
    return found


def _good(server: Served) -> Iterator[Credential]:
    access = server.running.access
    for actors, at_home in ((ACTORS, True), (FOREIGN, False)):
        for role, actor in actors.items():
            where = "home" if at_home else "elsewhere"
            token = server.token(actor)
            yield Credential(f"{role} {where}, token", _bearer(token), actor, at_home)
            session = access.open_session(token, longest=timedelta(hours=1))
            headers = {"Cookie": f"session={session.cookie}", "X-CSRF-Token": session.csrf}
            yield Credential(f"{role} {where}, session", headers, actor, at_home, is_session=True)


def _bad(server: Served) -> Iterator[Credential]:
    actor = ACTORS[Role.OPERATOR]
    running, now = server.running, datetime.now(UTC)
    key, settings = running.installation.keys.tokens, running.installation.settings.access
    expires = int(now.timestamp()) + 600
    claims = {"iss": settings.issuer, "aud": settings.audience, "exp": expires, "role": "operator", "name": "x"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims)]
    past = Access(key, issuer=settings.issuer, audience=settings.audience, clock=lambda: now - timedelta(days=2))
    other = Access(key, issuer=settings.issuer, audience="elsewhere")
    revoked = running.access.issue(actor, expires=timedelta(hours=1))
    ended = running.access.open_session(server.token(actor), longest=timedelta(hours=1))
    running.access.end([revoked.id, running.access.prove_session(ended.cookie).ids[0]])
    tokens = {
        "expired": past.issue_token(actor, expires=timedelta(days=1)),
        "wrong audience": other.issue_token(actor, expires=timedelta(days=1)),
        "no signature": b".".join([*parts, b""]).decode(),
        "shared secret": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key), algorithms=["HS256"]),
        "session as token": running.access.open_session(server.token(actor), longest=timedelta(hours=1)).cookie,
        "revoked": revoked.token,
        "not a token": "x",
    }
    yield Credential("none", {})
    for name, token in tokens.items():
        yield Credential(name, _bearer(token))
    yield Credential("ended session", {"Cookie": f"session={ended.cookie}", "X-CSRF-Token": ended.csrf})


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def expected(route: Route, credential: Credential) -> int | None:
    """The only status there may be; None where the call is let in, and answers as OpenAPI says."""
    if route.roles is None:
        return None
    if credential.actor is None:
        return 401
    if credential.actor.role not in route.roles or (route.by_token_alone and credential.is_session):
        return 403
    names_something = "{" in route.path and not OWN_TO_NOBODY.search(route.path)
    return 404 if names_something and not credential.at_home else None


@pytest.mark.parametrize("path", PATHS)
def test_every_call_is_answered_as_the_table_says(
    asked: Served, opening: Opening, credentials: list[Credential], documented: dict[str, Any], path: str
) -> None:
    routes = {route.method: route for route in ROUTES if route.path == path}
    wrong = []
    with closing(Line(asked.url)) as line:
        for method in METHODS:
            route = routes.get(method)
            for credential in credentials if route else credentials[-1:]:
                status = line.status(method, opening.path_of(path), credential.headers)
                wanted = {405} if route is None else _allowed(route, credential, documented)
                if status not in wanted:
                    wrong.append(f"{method} as {credential.name}: {status}, and not one of {sorted(wanted)}")
    assert not wrong, "\n".join(wrong)


def _allowed(route: Route, credential: Credential, documented: dict[str, Any]) -> set[int]:
    only = expected(route, credential)
    if only is not None:
        return {only}
    statuses = {int(each) for each in documented[route.path][route.method.lower()]["responses"] if each.isdecimal()}
    return statuses - {401, 403} if route.roles is not None else statuses


@pytest.mark.parametrize("route", CHANGING, ids=lambda route: route.path)
def test_a_session_changes_nothing_without_its_form_token(asked: Served, opening: Opening, route: Route) -> None:
    assert route.roles is not None
    token = asked.token(ACTORS[min(route.roles)])
    cookie = asked.running.access.open_session(token, longest=timedelta(hours=1)).cookie
    answer = asked.request(route.method, opening.path_of(route.path), headers={"Cookie": f"session={cookie}"})
    assert (answer.status, answer.json()["code"]) == (403, "token_needed" if route.by_token_alone else "csrf")


class Line:
    """One connection, for many calls one after the other."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def status(self, method: str, path: str, headers: Mapping[str, str]) -> int:
        self._connection.request(method, path, headers={PURPOSE_HEADER: "clue", **headers})
        answer = self._connection.getresponse()
        if answer.getheader("Content-Type", "").startswith("text/event-stream"):
            answer.close()
            self._connection.close()
        else:
            answer.read()
        return answer.status

    def close(self) -> None:
        self._connection.close()
