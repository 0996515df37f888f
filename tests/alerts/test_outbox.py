"""The outbox on real databases."""

import pytest
from sqlalchemy import Connection, select

from alerts.outbox import OUTBOX, Outbox, Outgoing, backlog
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from infra.storage.database import Database
from tests.clue_builders import OPENING, hours_later

LETTER = Outgoing("t", b"\xff", "身份证 110101199003070000".encode(), (("h", b"\x00"),), personal=True)
COPY = Outgoing("t", None, None, (), 3)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(Vault(Keys(bytes(32), bytes(32), 1, bytes(32))))


def put(database: Database, outbox: Outbox, *messages: Outgoing) -> None:
    with database.transaction() as connection:
        outbox.put(connection, messages, OPENING)


def waiting(connection: Connection, outbox: Outbox) -> list[Outgoing]:
    return [row.message for row in outbox.waiting(connection, limit=100) if row.message]


def test_what_is_put_waits_in_order_as_it_was_put(database: Database, outbox: Outbox) -> None:
    put(database, outbox, LETTER, COPY)
    with database.read() as connection:
        assert waiting(connection, outbox) == [LETTER, COPY]


def test_what_was_sent_waits_no_more(database: Database, outbox: Outbox) -> None:
    put(database, outbox, LETTER, COPY)
    with database.transaction() as connection:
        outbox.sent(connection, [row.number for row in outbox.waiting(connection, limit=1)])
    with database.read() as connection:
        assert waiting(connection, outbox) == [COPY]


def test_a_rollback_takes_it_back(database: Database, outbox: Outbox) -> None:
    def put_and_fail() -> None:
        with database.transaction() as connection:
            outbox.put(connection, [COPY], OPENING)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    with database.read() as connection:
        assert backlog(connection) == (0, None)


def test_nothing_personal_lies_open_in_the_table(database: Database, outbox: Outbox) -> None:
    put(database, outbox, LETTER)
    with database.read() as connection:
        content = connection.execute(select(OUTBOX.c.content)).scalar_one()
    assert b"110101199003070000" not in content


def test_the_backlog_tells_how_much_waits_and_since_when(database: Database, outbox: Outbox) -> None:
    put(database, outbox, COPY)
    with database.transaction() as connection:
        outbox.put(connection, [COPY], hours_later(2))
    with database.read() as connection:
        assert backlog(connection) == (2, OPENING)
