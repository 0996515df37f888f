"""Pseudonyms are stable and keyed, identities are sealed, masks show little, erasing erases."""

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.identity.keys import Keys, open_keys
from infra.identity.vault import UNKNOWN_PERSON, Identity, Pseudonymiser, SealBroken, Vault
from infra.storage.database import Database

ZHANG = "rid:v1:440106199003078513"
KEYS = Keys(vault=b"v" * 32, pseudonyms=b"p" * 32, pseudonyms_version=1, tokens=b"t" * 32)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(open_keys(tmp_path / "keys"))


def met(database: Database, vault: Vault, *people: tuple[str, str, dict[str, object]]) -> list[tuple[str, str]]:
    pseudonymise = vault.pseudonymiser()
    pseudonyms = [pseudonymise(*person) for person in people]
    with database.transaction() as connection:
        identities = vault.identities()
        identities.load(connection)
        identities.keep(connection, pseudonymise.drain())
    return pseudonyms


def identity_of(database: Database, vault: Vault, person_id: str) -> Identity | None:
    with database.read() as connection:
        return vault.identity(connection, person_id)


def test_a_person_id_is_the_keyed_hash_of_the_identity_text() -> None:
    person_id, _ = Pseudonymiser(KEYS)(ZHANG, "张伟", {})
    assert person_id == hmac.new(KEYS.pseudonyms, ZHANG.encode(), hashlib.sha256).hexdigest()


def test_the_same_person_has_the_same_pseudonym_in_every_process() -> None:
    assert Pseudonymiser(KEYS)(ZHANG, "张伟", {}) == Pseudonymiser(KEYS)(ZHANG, "张伟", {})


def test_another_key_gives_another_pseudonym() -> None:
    other = Keys(vault=KEYS.vault, pseudonyms=b"q" * 32, pseudonyms_version=2, tokens=KEYS.tokens)
    (one, one_name), (two, two_name) = Pseudonymiser(KEYS)(ZHANG, "张伟", {}), Pseudonymiser(other)(ZHANG, "张伟", {})
    assert one != two
    assert one_name != two_name


def test_a_name_key_ignores_spaces_and_forms_that_mean_nothing() -> None:
    pseudonymise = Pseudonymiser(KEYS)
    assert pseudonymise(ZHANG, "阿依古丽·买买提", {}) == pseudonymise(ZHANG, "阿依古丽 • 买买提", {})
    assert pseudonymise(ZHANG, "张伟", {})[1] != pseudonymise(ZHANG, "章伟", {})[1]


def test_an_identity_comes_back_whole(database: Database, vault: Vault) -> None:
    ((person_id, _),) = met(database, vault, (ZHANG, "张伟", {"phone": "13800000000"}))
    identity = identity_of(database, vault, person_id)
    assert identity is not None
    assert identity.names == ("张伟",)
    assert identity.number == "440106199003078513"
    assert identity.extra == ({"phone": "13800000000"},)


def test_another_name_for_the_same_number_is_kept_beside_the_first(database: Database, vault: Vault) -> None:
    (first, first_name), (second, second_name) = met(database, vault, (ZHANG, "张伟", {}), (ZHANG, "章伟", {}))
    assert first == second
    assert first_name != second_name
    identity = identity_of(database, vault, first)
    assert identity is not None
    assert identity.names == ("张伟", "章伟")


def test_further_fields_that_come_later_are_kept_too(database: Database, vault: Vault) -> None:
    ((person_id, _), _, _) = met(
        database, vault, (ZHANG, "张伟", {}), (ZHANG, "张伟", {"phone": "1"}), (ZHANG, "张伟", {"phone": "2"})
    )
    identity = identity_of(database, vault, person_id)
    assert identity is not None
    assert sorted(extra["phone"] for extra in identity.extra) == ["1", "2"]


def test_keeping_a_person_twice_keeps_one_row(database: Database, vault: Vault) -> None:
    met(database, vault, (ZHANG, "张伟", {}))
    met(database, vault, (ZHANG, "张伟", {}))
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM identities").scalar_one() == 1


def test_a_person_met_before_is_not_sealed_again() -> None:
    pseudonymise = Pseudonymiser(KEYS)
    pseudonymise(ZHANG, "张伟", {})
    assert len(pseudonymise.drain()) == 1
    pseudonymise(ZHANG, "张伟", {})
    assert pseudonymise.drain() == []


def test_the_memory_of_people_met_is_bounded_and_forgets_the_longest_unseen() -> None:
    pseudonymise = Pseudonymiser(KEYS, remembered=20)
    for number in range(100):
        pseudonymise(f"passport:v1:E{number:08}", "SMITH", {})
        pseudonymise(ZHANG, "张伟", {})
    sealed = [person_id for person_id, _, _ in pseudonymise.drain()]
    assert len(pseudonymise._newer) + len(pseudonymise._older) <= 20
    assert len(sealed) == len(set(sealed)) == 101


def test_nothing_personal_lies_in_the_database(database: Database, vault: Vault) -> None:
    met(database, vault, (ZHANG, "张伟", {"phone": "13800000000"}))
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT person_id, variant, sealed FROM identities").all()
    stored = b"".join(part if isinstance(part, bytes) else str(part).encode() for row in rows for part in row)
    for private in ("440106199003078513", "张伟", "13800000000", "19900307"):
        assert private.encode() not in stored


def test_a_row_moved_to_another_person_does_not_open(database: Database, vault: Vault) -> None:
    (first, _), (second, _) = met(database, vault, (ZHANG, "张伟", {}), ("passport:v1:E12345678", "SMITH", {}))
    with database.transaction() as connection:
        taken = f"(SELECT sealed FROM identities WHERE person_id = '{first}')"
        connection.exec_driver_sql(f"UPDATE identities SET sealed = {taken} WHERE person_id = '{second}'")
    with pytest.raises(SealBroken):
        identity_of(database, vault, second)


def test_erasing_removes_every_trace_of_a_person_and_of_nobody_else(database: Database, vault: Vault) -> None:
    (person_id, _), _, (other, _) = met(
        database, vault, (ZHANG, "张伟", {}), (ZHANG, "章伟", {"phone": "1"}), ("passport:v1:E12345678", "SMITH", {})
    )
    with database.transaction() as connection:
        assert vault.erase(connection, person_id) == 2
        assert vault.erase(connection, person_id) == 0
    assert identity_of(database, vault, person_id) is None
    assert identity_of(database, vault, other) is not None


def test_erased_bytes_leave_the_file(sqlite_database: Database, vault: Vault) -> None:
    ((person_id, _),) = met(sqlite_database, vault, (ZHANG, "张伟", {}))
    with sqlite_database.transaction() as connection:
        sealed = connection.exec_driver_sql("SELECT sealed FROM identities").scalar_one()
        vault.erase(connection, person_id)
    with sqlite_database.engine.connect() as connection:
        connection.commit()
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(str(sqlite_database.engine.url.database))
    assert sealed[-32:] not in path.read_bytes()


@pytest.mark.parametrize(
    ("identity", "name", "masked"),
    [
        (ZHANG, "张伟", "张＊ 4401…13"),
        (ZHANG, "欧阳娜娜", "欧阳＊ 4401…13"),
        (ZHANG, "欧阳", "欧＊ 4401…13"),
        (ZHANG, "张", "＊ 4401…13"),
        ("passport:v1:E12345678", "John Smith", "J＊ E…78"),
    ],
)
def test_a_mask_shows_the_surname_and_the_ends_of_the_number(identity: str, name: str, masked: str) -> None:
    assert Identity("", identity, (name,)).masked == masked


def test_two_names_of_one_person_show_both_surnames() -> None:
    assert Identity("", ZHANG, ("张伟", "章伟")).masked == "张＊/章＊ 4401…13"


def test_people_nobody_named_are_masked_wholly(database: Database, vault: Vault) -> None:
    ((person_id, _),) = met(database, vault, (ZHANG, "张伟", {}))
    with database.read() as connection:
        assert vault.masked_all(connection, [person_id, "0" * 64]) == {
            person_id: "张＊ 4401…13",
            "0" * 64: UNKNOWN_PERSON,
        }
        assert vault.masked(connection, "0" * 64) == UNKNOWN_PERSON


@given(st.binary(max_size=500), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_for_the_same_purpose_only(content: bytes, purpose: str) -> None:
    vault = Vault(KEYS)
    sealed = vault.seal(content, purpose)
    assert vault.open(sealed, purpose) == content
    with pytest.raises(SealBroken):
        vault.open(sealed, purpose + "!")


@given(st.binary(max_size=60), st.integers(min_value=0), st.integers(1, 255))
def test_a_changed_seal_is_broken(content: bytes, place: int, change: int) -> None:
    vault = Vault(KEYS)
    sealed = bytearray(vault.seal(content, "test"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), "test")


@given(st.binary(max_size=90))
def test_bytes_that_never_were_sealed_are_a_broken_seal(content: bytes) -> None:
    with pytest.raises(SealBroken):
        Vault(KEYS).open(content, "test")


def test_another_vault_key_opens_nothing() -> None:
    other = Keys(vault=b"w" * 32, pseudonyms=KEYS.pseudonyms, pseudonyms_version=1, tokens=KEYS.tokens)
    with pytest.raises(SealBroken):
        Vault(other).open(Vault(KEYS).seal(b"content", "test"), "test")
