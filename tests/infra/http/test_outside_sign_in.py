"""Signing in at a real OpenID Connect provider: code flow with PKCE, and what does not belong to it is refused."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.access import Role
from tests.infra.http.served import Answer, Served, served
from tests.infra.http.test_accounts import granted, opened
from tests.infra.identity.openid_provider import CLIENT, SECRET, Provider, openid_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with openid_provider() as found:
        yield found


@pytest.fixture(scope="module")
def asked(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    there = {"name": "统一身份认证", "issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
    limits = {"refused_sign_ins": 10_000, "sign_ins_of_one_account": 10_000}
    with served(tmp_path_factory.mktemp("data"), access={"sign_in": [there]}, limits=limits) as found:
        yield found


@dataclass(frozen=True)
class Left:
    """On the way to the provider: where to, and what the browser keeps."""

    address: str
    cookie: str


def leave(server: Served) -> Left:
    answer = server.request("GET", "/sign-in/with/0")
    assert answer.status == 303, answer.body
    return Left(answer.headers["Location"], SimpleCookie(answer.headers["Set-Cookie"])["begun"].value)


def at_provider(address: str) -> str:
    """Whoever is signed in there comes back with the address that is answered."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 302, said
        return answer.getheader("Location", "")
    finally:
        connection.close()


def come_back(server: Served, address: str, cookie: str) -> Answer:
    parts = urlsplit(address)
    return server.request("GET", f"{parts.path}?{parts.query}", headers={"Cookie": f"begun={cookie}"})


def an_account(server: Served) -> str:
    login = f"outside-{server.number()}"
    granted(server, opened(server, login=login), Role.SUPERVISOR, jurisdiction="440100")
    return login


def test_an_account_signs_in_at_the_provider_and_a_code_works_once(asked: Served, provider: Provider) -> None:
    provider.user, provider.wrong = an_account(asked), {}
    left = leave(asked)
    back = at_provider(left.address)
    answer = come_back(asked, back, left.cookie)
    assert (answer.status, answer.headers["Location"]) == (303, "/"), answer.body
    session = SimpleCookie(answer.headers["Set-Cookie"])["session"].value
    assert asked.request("GET", "/api/v1/clues", headers={"Cookie": f"session={session}"}).status == 200
    (listed,) = (each for each in asked.get("/api/v1/sessions", Role.OPERATOR)["items"] if each["how"] == "oidc")
    assert listed["capacity"] == "supervisor:440100"
    assert come_back(asked, back, left.cookie).status == 401


def test_the_provider_is_asked_with_pkce_and_with_state_and_nonce_of_this_time(asked: Served) -> None:
    one, other = (parse_qs(urlsplit(leave(asked).address).query) for _ in range(2))
    assert one["code_challenge_method"] == ["S256"]
    assert one["redirect_uri"] == [f"{asked.url}/sign-in/back"]
    assert not any(one[name] == other[name] for name in ("state", "nonce", "code_challenge"))


def test_a_code_that_somebody_else_began_is_refused(asked: Served, provider: Provider) -> None:
    """Whoever brings a stolen code has neither its state nor its verifier."""
    provider.user, provider.wrong = an_account(asked), {}
    theirs, own = leave(asked), leave(asked)
    stolen = at_provider(theirs.address)
    assert come_back(asked, stolen, own.cookie).status == 401
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    state = parse_qs(urlsplit(own.address).query)["state"][0]
    assert come_back(asked, f"/sign-in/back?code={code}&state={state}", own.cookie).status == 401, "no verifier"
    assert come_back(asked, stolen, "").status == 401


@pytest.mark.parametrize("wrong", [{"aud": "somebody"}, {"iss": "http://elsewhere"}, {"nonce": "x"}, {"exp": 1}])
def test_an_id_token_for_somebody_else_or_another_time_is_refused(
    asked: Served, provider: Provider, wrong: dict[str, object]
) -> None:
    provider.user, provider.wrong = an_account(asked), dict(wrong)
    left = leave(asked)
    assert come_back(asked, at_provider(left.address), left.cookie).status == 401


def test_an_id_token_of_another_key_is_refused(asked: Served, provider: Provider) -> None:
    provider.user, provider.wrong, provider.forged = an_account(asked), {}, True
    left = leave(asked)
    try:
        assert come_back(asked, at_provider(left.address), left.cookie).status == 401
    finally:
        provider.forged = False


def test_who_has_no_account_here_is_told_so_and_the_refusal_is_on_record(asked: Served, provider: Provider) -> None:
    provider.user, provider.wrong = "nobody-here", {}
    left = leave(asked)
    answer = come_back(asked, at_provider(left.address), left.cookie)
    assert answer.status == 401
    assert "统一身份认证" in answer.body.decode()
    refused = asked.get("/api/v1/access-log?account=nobody", Role.AUDITOR)["items"]
    assert "oidc: no_account" in {each["how"] for each in refused}


def test_there_is_no_other_provider(asked: Served) -> None:
    assert asked.request("GET", "/sign-in/with/1").status == 404
    assert asked.request("GET", "/sign-in/with/x").status == 404
