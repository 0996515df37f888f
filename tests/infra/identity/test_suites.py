"""The suites: published examples of SM3 and SM4, and that what is read never chooses one."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from domain.access import Actor, Role
from domain.errors import Unusable
from infra.identity.access import Access
from infra.identity.keys import Keys, fingerprint, open_keys
from infra.identity.refused_tokens import NotAuthenticated
from infra.identity.suites import INTERNATIONAL, NATIONAL, SUITES, Algorithms, SuiteUnusable, choose_suite, suite_in
from infra.identity.token_keys import ED25519, SM2
from infra.identity.vault import SealBroken, Vault

AUDITOR = Actor(Role.AUDITOR, "auditor")
BOTH = pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))

# RFC 8998, A.2.1: SM4-GCM.
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
NONCE = bytes.fromhex("00001234567800000000ABCD")
PURPOSE = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
CONTENT = b"".join(bytes([each]) * 8 for each in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
SEALED = bytes.fromhex(
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    "83DE3541E4C2B58177E065A9BF7B62EC"
)


def keys(suite: Algorithms) -> Keys:
    return Keys(vault=b"v" * 32, pseudonyms=b"p" * 32, pseudonyms_version=1, tokens=b"t" * 32, suite=suite)


def test_the_published_examples_of_sm3() -> None:
    """GB/T 32905-2016, A.1 and A.2."""
    for message, digest in (
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ):
        assert hashlib.new(NATIONAL.hash, message).hexdigest() == digest


def test_the_published_example_of_sm4_gcm() -> None:
    assert NATIONAL.seal(KEY, NONCE, CONTENT, PURPOSE) == SEALED
    assert NATIONAL.open(KEY, NONCE, SEALED, PURPOSE) == CONTENT


@BOTH
def test_what_was_changed_or_is_bound_to_something_else_does_not_open(suite: Algorithms) -> None:
    key, nonce = b"k" * 32, b"n" * 12
    sealed = suite.seal(key, nonce, b"content", b"purpose")
    assert suite.open(key, nonce, sealed, b"purpose") == b"content"
    for broken, purpose in ((sealed[:-1] + b"?", b"purpose"), (sealed, b"another"), (b"?" + sealed[1:], b"purpose")):
        with pytest.raises(InvalidTag):
            suite.open(key, nonce, broken, purpose)
    with pytest.raises((InvalidTag, ValueError)):
        suite.open(key, nonce, sealed[:3], b"purpose")


@BOTH
def test_a_vault_opens_what_it_sealed_and_nothing_of_the_other_suite(suite: Algorithms) -> None:
    (other,) = (each for each in SUITES.values() if each != suite)
    sealed = Vault(keys(suite)).seal(b"content", "purpose")
    assert Vault(keys(suite)).open(sealed, "purpose") == b"content"
    with pytest.raises(SealBroken):
        Vault(keys(other)).open(sealed, "purpose")
    with pytest.raises(SealBroken):
        Vault(keys(suite)).open(sealed[:5], "purpose")


def test_a_person_has_another_pseudonym_in_each_suite_and_always_the_same_in_one() -> None:
    found = [
        Vault(keys(suite)).pseudonymiser()("rid:v1:110101199003070011", "王二", {}) for suite in [*SUITES.values()] * 2
    ]
    assert found[:2] == found[2:]
    assert found[0] != found[1]
    assert all(len(person_id) == 64 for person_id, _ in found)


@BOTH
def test_a_token_proves_by_the_suite_that_signed_it_alone(suite: Algorithms) -> None:
    def access(of: Algorithms) -> Access:
        return Access(b"t" * 32, issuer="here", audience="monitor", suite=of)

    (other,) = (each for each in SUITES.values() if each != suite)
    token = access(suite).issue_token(AUDITOR, expires=timedelta(days=7))
    assert access(suite).authenticate(token) == AUDITOR
    header, payload, signature = token.split(".")
    changed = f"{header}.{payload}.{signature[:-4]}AAAA"
    for refusing, shown in ((access(other), token), (access(suite), changed), (access(suite), f"{header}.{payload}.")):
        with pytest.raises(NotAuthenticated):
            refusing.authenticate(shown)


def test_tokens_name_their_algorithm() -> None:
    for suite, name in ((INTERNATIONAL, ED25519), (NATIONAL, SM2)):
        access = Access(b"t" * 32, issuer="here", audience="monitor", suite=suite)
        assert access._own.algorithms == (name,)


def test_a_suite_is_chosen_before_the_first_key_and_never_after(tmp_path: Path) -> None:
    assert suite_in(tmp_path / "keys") == INTERNATIONAL
    choose_suite(tmp_path / "keys", NATIONAL.name)
    assert open_keys(tmp_path / "keys").suite == NATIONAL
    with pytest.raises(SuiteUnusable, match="never changes"):
        choose_suite(tmp_path / "keys", INTERNATIONAL.name)


def test_a_lost_choice_is_another_key(tmp_path: Path) -> None:
    choose_suite(tmp_path, NATIONAL.name)
    open_keys(tmp_path)
    before = fingerprint(tmp_path / "vault.key")
    (tmp_path / "suite").unlink()
    assert fingerprint(tmp_path / "vault.key") != before


def test_a_suite_that_nobody_knows_stops(tmp_path: Path) -> None:
    (tmp_path / "suite").write_text("md5-rsa\n")
    with pytest.raises(Unusable, match="names no suite: sha256-ed25519 or sm3-sm2"):
        suite_in(tmp_path)
