"""Nothing refused is lost, nothing multiplies, and each feed reaches its own only."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.access import Actor, Role
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from infra.storage.database import Database
from streams.intake.prepared import FieldError, Refusal
from streams.intake.quarantine import NotQuarantined, Quarantine, QuarantinedMessage, Status

AT = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
BUREAU, REGISTRY = "urn:social-insurance", "urn:registrations"
OPERATOR = Actor(Role.OPERATOR, "operator")
WRONG_DIGIT = FieldError("data.person.id_number", "check_digit", "the check digit is wrong")


def a_refusal(raw: bytes = b'{"id": "line-7"}', *, id: str | None = "line-7", source: str | None = BUREAU) -> Refusal:
    return Refusal(0, id, source, (WRONG_DIGIT,), raw)


def a_feed(source: str) -> Actor:
    return Actor(Role.SOURCE, "feed", source=source)


@pytest.fixture
def quarantine() -> Quarantine:
    key = AESGCM.generate_key(256)
    return Quarantine(Vault(Keys(vault=key, pseudonyms=os.urandom(32), pseudonyms_version=1, tokens=b"")))


def put(database: Database, quarantine: Quarantine, *refusals: Refusal, at: datetime = AT) -> list[str]:
    with database.transaction() as connection:
        return [entry for _, entry in quarantine.put(connection, refusals, at)]


def entries(database: Database, quarantine: Quarantine, actor: Actor = OPERATOR) -> list[QuarantinedMessage]:
    with database.read() as connection:
        return quarantine.entries(connection, actor)


def test_a_refused_message_comes_back_as_it_was(database: Database, quarantine: Quarantine) -> None:
    raw = "{不是 JSON \x00".encode()
    (entry,) = put(database, quarantine, a_refusal(raw, id=None, source=None))
    with database.read() as connection:
        assert quarantine.opened(connection, entry, OPERATOR) == raw


def test_an_entry_says_what_was_wrong_and_since_when(database: Database, quarantine: Quarantine) -> None:
    (entry,) = put(database, quarantine, a_refusal())
    with database.read() as connection:
        message = quarantine.entry(connection, entry, a_feed(BUREAU))
    assert (message.source, message.external_id) == (BUREAU, "line-7")
    assert message.errors == (WRONG_DIGIT,)
    assert message.received_at == message.last_received_at == AT
    assert (message.status, message.times_received) == (Status.OPEN, 1)


def test_the_same_bad_message_sent_again_is_the_same_entry(database: Database, quarantine: Quarantine) -> None:
    first = put(database, quarantine, a_refusal())
    again = put(database, quarantine, a_refusal(), a_refusal(), at=AT + timedelta(days=1))
    assert first == again[:1] == again[1:]
    (message,) = entries(database, quarantine)
    assert message.times_received == 3
    assert message.received_at == AT
    assert message.last_received_at == AT + timedelta(days=1)


def test_other_bytes_or_another_source_or_id_are_another_entry(database: Database, quarantine: Quarantine) -> None:
    put(database, quarantine, a_refusal(), a_refusal(b"other"), a_refusal(source=REGISTRY), a_refusal(id="line-8"))
    assert len(entries(database, quarantine)) == 4


def test_an_entry_id_depends_on_the_key_so_that_it_does_not_give_an_id_number_away(quarantine: Quarantine) -> None:
    other = Quarantine(Vault(Keys(vault=bytes(32), pseudonyms=bytes(32), pseudonyms_version=1, tokens=b"")))
    assert quarantine.entry_id(a_refusal()) == quarantine.entry_id(a_refusal())
    assert quarantine.entry_id(a_refusal()) != other.entry_id(a_refusal())


def test_nothing_of_the_message_lies_open(database: Database, quarantine: Quarantine) -> None:
    raw = '{"name": "张伟", "id_number": "440106199003078513"}'.encode()
    put(database, quarantine, a_refusal(raw, id="pay-440106199003078513-2024-01"))
    with database.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM quarantine").all()
    stored = b" ".join(part if isinstance(part, bytes) else str(part).encode() for part in row)
    assert b"440106199003078513" not in stored
    assert "张伟".encode() not in stored


def test_an_id_of_many_digits_is_shown_when_it_is_no_id_number(database: Database, quarantine: Quarantine) -> None:
    put(database, quarantine, a_refusal(id="440106199003078516"), a_refusal(id="1765432109876543210"))
    shown = [message.external_id for message in entries(database, quarantine)]
    assert shown == ["440106199003078516", "1765432109876543210"]


def test_a_feed_reaches_its_own_entries_only(database: Database, quarantine: Quarantine) -> None:
    mine, others, nobodys = put(
        database, quarantine, a_refusal(), a_refusal(source=REGISTRY), a_refusal(b"[", source=None, id=None)
    )
    assert [message.quarantine_id for message in entries(database, quarantine, a_feed(BUREAU))] == [mine]
    for foreign in (others, nobodys):
        with database.read() as connection:
            with pytest.raises(NotQuarantined):
                quarantine.entry(connection, foreign, a_feed(BUREAU))
            with pytest.raises(NotQuarantined):
                quarantine.opened(connection, foreign, a_feed(BUREAU))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.SOURCE}))
def test_who_neither_feeds_nor_operates_reaches_none(
    sqlite_database: Database, quarantine: Quarantine, role: Role
) -> None:
    put(sqlite_database, quarantine, a_refusal())
    assert entries(sqlite_database, quarantine, Actor(role, "someone", source=BUREAU)) == []


def test_an_operator_reaches_all(database: Database, quarantine: Quarantine) -> None:
    put(database, quarantine, a_refusal(), a_refusal(source=REGISTRY), a_refusal(b"[", source=None, id=None))
    assert len(entries(database, quarantine)) == 3


def test_a_message_recorded_after_all_is_resolved(database: Database, quarantine: Quarantine) -> None:
    (entry,) = put(database, quarantine, a_refusal())
    with database.transaction() as connection:
        assert quarantine.open_entries(connection) == 1
        quarantine.resolve(connection, entry, AT + timedelta(hours=1))
        assert quarantine.open_entries(connection) == 0
    (message,) = entries(database, quarantine)
    assert (message.status, message.settled_at) == (Status.RESOLVED, AT + timedelta(hours=1))


def test_a_correction_refused_too_takes_the_place_of_the_first(database: Database, quarantine: Quarantine) -> None:
    first, second = put(database, quarantine, a_refusal(), a_refusal(b"corrected, still wrong"))
    with database.transaction() as connection:
        quarantine.replace(connection, first, AT, by=second)
        quarantine.replace(connection, second, AT, by=second)
        waiting = quarantine.entries(connection, OPERATOR, status=Status.OPEN)
    assert [message.quarantine_id for message in waiting] == [second]
    assert entries(database, quarantine)[0].replaced_by == second


def test_what_is_resolved_stays_resolved_when_the_old_file_comes_again(
    database: Database, quarantine: Quarantine
) -> None:
    (entry,) = put(database, quarantine, a_refusal())
    with database.transaction() as connection:
        quarantine.resolve(connection, entry, AT)
    put(database, quarantine, a_refusal())
    (message,) = entries(database, quarantine)
    assert (message.status, message.times_received) == (Status.RESOLVED, 2)


def test_entries_are_listed_page_by_page_in_the_order_of_arrival(database: Database, quarantine: Quarantine) -> None:
    put(database, quarantine, *[a_refusal(id=f"line-{number}") for number in range(5)])
    with database.read() as connection:
        first = quarantine.entries(connection, OPERATOR, limit=3)
        second = quarantine.entries(connection, OPERATOR, after=first[-1].number, limit=3)
    assert [message.external_id for message in first + second] == [f"line-{number}" for number in range(5)]


def test_settling_what_is_not_there_is_an_error(database: Database, quarantine: Quarantine) -> None:
    with pytest.raises(NotQuarantined), database.transaction() as connection:
        quarantine.resolve(connection, "no-such-entry", AT)
