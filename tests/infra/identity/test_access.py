import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from domain.access import Actor, Role
from infra.identity.access import CLOCK_LEEWAY_SECONDS, Access
from infra.identity.claims import IncompleteActor
from infra.identity.issuers import issuer_from_jwks
from infra.identity.outside_roles import RoleClaim
from infra.identity.refused_tokens import NotAuthenticated

SEED = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
USCC = "91440101MA5AAAAA07"
ACTORS = {
    Role.SOURCE: Actor(Role.SOURCE, "feed", source="urn:example:insurance"),
    Role.SUPERVISOR: Actor(Role.SUPERVISOR, "Guangzhou", jurisdiction="440100"),
    Role.TENDERER: Actor(Role.TENDERER, "owner", uscc=USCC),
    Role.BIDDER: Actor(Role.BIDDER, "firm", uscc=USCC),
    Role.INVESTIGATOR: Actor(Role.INVESTIGATOR, "investigator"),
    Role.AUDITOR: Actor(Role.AUDITOR, "auditor"),
    Role.OPERATOR: Actor(Role.OPERATOR, "operator"),
    Role.SECURITY_OFFICER: Actor(Role.SECURITY_OFFICER, "security officer"),
}


class SetClock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def access(clock: SetClock) -> Access:
    return Access(SEED, issuer="here", audience="monitor", clock=clock)


def claims(**overrides: Any) -> dict[str, Any]:
    valid = {
        "iss": "here",
        "aud": "monitor",
        "exp": int(NOW.timestamp()) + 3600,
        "role": "auditor",
        "name": "auditor",
    }
    return {name: value for name, value in (valid | overrides).items() if value is not None}


def own_key() -> OKPKey:
    return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(SEED))


def signed(**overrides: Any) -> str:
    return jwt.encode({"alg": "Ed25519"}, claims(**overrides), own_key(), algorithms=["Ed25519"])


def unsigned(header: dict[str, Any], body: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body))
    return ".".join(parts) + "."


@pytest.mark.parametrize("role", Role)
def test_a_token_stands_for_the_actor_it_was_issued_to(access: Access, role: Role) -> None:
    token = access.issue_token(ACTORS[role], expires=timedelta(days=30))
    assert access.authenticate(token) == ACTORS[role]


@pytest.mark.parametrize("role", [Role.SOURCE, Role.SUPERVISOR, Role.TENDERER, Role.BIDDER])
def test_a_role_bound_to_something_gets_no_token_without_it(access: Access, role: Role) -> None:
    with pytest.raises(IncompleteActor):
        access.issue_token(Actor(role, "name"), expires=timedelta(days=1))


@pytest.mark.parametrize("wrong", [{"jurisdiction": "999999"}, {"uscc": "91110000100000009X"}])
def test_a_token_names_only_codes_that_exist(access: Access, wrong: dict[str, str]) -> None:
    with pytest.raises(IncompleteActor) as refused:
        access.issue_token(Actor(Role.AUDITOR, "name", **wrong), expires=timedelta(days=1))
    assert not any(value in str(refused.value) for value in wrong.values())


def test_a_token_ends_when_it_says(access: Access, clock: SetClock) -> None:
    token = access.issue_token(ACTORS[Role.AUDITOR], expires=timedelta(hours=1))
    clock.now += timedelta(hours=1, minutes=1)
    with pytest.raises(NotAuthenticated, match="expired"):
        access.authenticate(token)


@pytest.mark.parametrize(
    "overrides",
    [
        {"aud": "other"},
        {"aud": None},
        {"aud": "monitor#session"},
        {"iss": "elsewhere"},
        {"iss": None},
        {"iss": 7},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": int(NOW.timestamp()) + 600},
        {"role": "administrator"},
        {"role": None},
        {"role": "supervisor"},
        {"role": "bidder", "uscc": "x"},
    ],
)
def test_a_token_with_a_wrong_or_missing_claim_is_refused(access: Access, overrides: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        access.authenticate(signed(**overrides))


def test_a_token_signed_by_nobody_is_refused(access: Access) -> None:
    for algorithm in ("none", "None", "NONE", "HS256", "Ed25519", ""):
        with pytest.raises(NotAuthenticated):
            access.authenticate(unsigned({"alg": algorithm}, claims()))


def test_a_token_signed_with_our_public_key_as_a_shared_secret_is_refused(access: Access) -> None:
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    for algorithm in ("HS256", "HS384", "HS512"):
        secret = OctKey.import_key(public + bytes(64))
        token = jwt.encode({"alg": algorithm}, claims(), secret, algorithms=[algorithm])
        with pytest.raises(NotAuthenticated):
            access.authenticate(token)


def test_a_token_of_another_install_is_refused(access: Access, clock: SetClock) -> None:
    other = Access(bytes(32), issuer="here", audience="monitor", clock=clock)
    token = other.issue_token(ACTORS[Role.AUDITOR], expires=timedelta(days=1))
    with pytest.raises(NotAuthenticated):
        access.authenticate(token)


@pytest.mark.parametrize("text", ["", ".", "a.b.c", "ÿ.ÿ.ÿ", "a" * 10_000, "..", "e30.W10.", "e30.bnVsbA."])
def test_text_that_is_no_token_is_refused(access: Access, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        access.authenticate(text)


def test_a_deep_payload_is_refused_and_not_a_crash(access: Access) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(NotAuthenticated):
        access.authenticate(f"e30.{deep}.e30")


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048, {"kid": "1"}), "RS256"),
        (ECKey.generate_key("P-256", {"kid": "1"}), "ES256"),
        (OKPKey.generate_key("Ed25519", {"kid": "1"}), "Ed25519"),
    ],
)
def test_an_outside_issuer_is_trusted_by_its_published_keys(access: Access, key: Any, algorithm: str) -> None:
    published = json.dumps(KeySet([key]).as_dict(private=False)).encode()
    access.trust(
        issuer_from_jwks(published, issuer="https://id.example", audience="client", role_claim=RoleClaim("tm_role"))
    )
    body = claims(iss="https://id.example", aud=["client", "x"], role=None, tm_role="auditor", name=None, sub="u1")
    token = jwt.encode(
        {"alg": algorithm, "kid": "1", "nonce": "x"}, body, key, algorithms=[algorithm], registry=lenient(algorithm)
    )
    assert access.authenticate(token) == Actor(Role.AUDITOR, "u1")


@pytest.mark.parametrize(
    ("path", "roles", "given"),
    [
        ("realm_access.roles", {}, {"realm_access": {"roles": ["offline_access", "auditor"]}}),
        ("roles", {}, {"roles": ["auditor"]}),
        ("https://id.example/roles", {}, {"https://id.example/roles": "auditor"}),
        ("resource_access.tender-monitor.roles", {}, {"resource_access": {"tender-monitor": {"roles": ["auditor"]}}}),
        ("groups", {"/审计处": Role.AUDITOR}, {"groups": ["/全体", "/审计处"]}),
        ("groups", {"a": Role.AUDITOR, "b": Role.AUDITOR}, {"groups": ["a", "b"]}),
    ],
)
def test_a_role_is_found_in_a_path_a_list_or_by_translation(
    access: Access, path: str, roles: dict[str, Role], given: dict[str, Any]
) -> None:
    assert outside(access, RoleClaim(path, roles), **given) == Actor(Role.AUDITOR, "u1")


@pytest.mark.parametrize(
    ("roles", "given", "reason"),
    [
        ({}, ["auditor", "operator"], "several_roles"),
        ({}, ["administrator"], "no_role"),
        ({}, [["auditor"], {"auditor": 1}, 7], "no_role"),
        ({}, {"auditor": True}, "no_role"),
        ({"/审计处": Role.AUDITOR}, ["auditor"], "no_role"),
        ({}, ["supervisor"], "incomplete"),
    ],
)
def test_a_token_that_names_no_single_role_is_refused(
    access: Access, roles: dict[str, Role], given: Any, reason: str
) -> None:
    with pytest.raises(NotAuthenticated) as refused:
        outside(access, RoleClaim("groups", roles), groups=given)
    assert refused.value.reason == reason


def outside(access: Access, role_claim: RoleClaim, **given: Any) -> Actor:
    key = OKPKey.generate_key("Ed25519", {"kid": "1"})
    published = json.dumps(KeySet([key]).as_dict(private=False)).encode()
    access.trust(issuer_from_jwks(published, issuer="https://id.example", audience="client", role_claim=role_claim))
    body = claims(iss="https://id.example", aud="client", role=None, name=None, sub="u1", **given)
    return access.authenticate(jwt.encode({"alg": "Ed25519", "kid": "1"}, body, key, algorithms=["Ed25519"]))


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_clocks_may_differ_by_half_a_minute(access: Access, claim: str) -> None:
    now, side = int(NOW.timestamp()), -1 if claim == "exp" else 1
    for off, accepted in ((CLOCK_LEEWAY_SECONDS - 1, True), (CLOCK_LEEWAY_SECONDS + 1, False)):
        token = signed(**{"iat": now, claim: now + side * off})
        if accepted:
            access.authenticate(token)
            continue
        with pytest.raises(NotAuthenticated) as refused:
            access.authenticate(token)
        assert refused.value.reason == ("expired" if claim == "exp" else "not_yet_valid")


def test_a_refusal_says_its_reason(access: Access) -> None:
    other = OKPKey.generate_key("Ed25519")
    wrong = {
        signed(aud="other"): "audience",
        jwt.encode({"alg": "Ed25519"}, claims(), other, algorithms=["Ed25519"]): "signature",
        unsigned({"alg": "none"}, claims()): "algorithm",
        signed(iss="elsewhere"): "unknown_issuer",
        "a.b.c": "malformed",
    }
    for token, reason in wrong.items():
        with pytest.raises(NotAuthenticated) as refused:
            access.authenticate(token)
        assert refused.value.reason == reason


def lenient(algorithm: str) -> JWSRegistry:
    return JWSRegistry(algorithms=[algorithm], strict_check_header=False)


def test_an_outside_issuer_cannot_speak_as_us(access: Access) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "1"})
    published = json.dumps(KeySet([key]).as_dict(private=False)).encode()
    access.trust(issuer_from_jwks(published, issuer="https://id.example", audience="client"))
    token = jwt.encode({"alg": "Ed25519", "kid": "1"}, claims(), key, algorithms=["Ed25519"])
    with pytest.raises(NotAuthenticated):
        access.authenticate(token)
    with pytest.raises(ValueError, match="our own name"):
        access.trust(issuer_from_jwks(published, issuer="here", audience="client"))


def test_shared_secrets_in_a_published_key_set_are_ignored(access: Access) -> None:
    secret = OctKey.import_key(bytes(64), {"kid": "1"})
    public = OKPKey.generate_key("Ed25519", {"kid": "2"})
    published = json.dumps({"keys": [secret.as_dict(private=True), public.as_dict(private=False)]}).encode()
    access.trust(issuer_from_jwks(published, issuer="https://id.example", audience="client"))
    body = claims(iss="https://id.example", aud="client")
    token = jwt.encode({"alg": "HS256", "kid": "1"}, body, secret, algorithms=["HS256"])
    with pytest.raises(NotAuthenticated):
        access.authenticate(token)


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": [{"kty": "EC"}]}']
)
def test_a_document_that_is_no_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"Key Set|Expecting"):
        issuer_from_jwks(document, issuer="https://id.example", audience="client")


def test_a_session_cookie_is_no_bearer_token_and_the_other_way_round(access: Access) -> None:
    token = access.issue_token(ACTORS[Role.SUPERVISOR], expires=timedelta(days=1))
    session = access.open_session(token, longest=timedelta(hours=12))
    assert access.authenticate_session(session.cookie) == ACTORS[Role.SUPERVISOR]
    with pytest.raises(NotAuthenticated):
        access.authenticate(session.cookie)
    with pytest.raises(NotAuthenticated):
        access.authenticate_session(token)


def test_a_session_ends_no_later_than_its_token(access: Access) -> None:
    short = access.issue_token(ACTORS[Role.AUDITOR], expires=timedelta(hours=1))
    long = access.issue_token(ACTORS[Role.AUDITOR], expires=timedelta(days=30))
    assert access.open_session(short, longest=timedelta(hours=12)).max_age_seconds == 3600
    assert access.open_session(long, longest=timedelta(hours=12)).max_age_seconds == 12 * 3600


def test_a_form_token_belongs_to_one_session(access: Access) -> None:
    token = access.issue_token(ACTORS[Role.AUDITOR], expires=timedelta(hours=1))
    one = access.open_session(token, longest=timedelta(hours=12))
    two = access.open_session(token, longest=timedelta(hours=12))
    assert access.csrf_matches(one.cookie, one.csrf)
    assert not access.csrf_matches(one.cookie, two.csrf)
    assert not access.csrf_matches(one.cookie, "")


def test_a_supervisor_covers_its_own_prefix_only() -> None:
    city = ACTORS[Role.SUPERVISOR]
    assert city.covers("440106")
    assert not city.covers("440300")
    assert not Actor(Role.SUPERVISOR, "nowhere").covers("440106")
    assert ACTORS[Role.AUDITOR].covers("440106")
