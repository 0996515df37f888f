"""What is to be sent, on real databases."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from alerts.outgoing import OUTGOING, ContentTooLarge, Row, State, Telling, queue, told_by
from infra.storage.database import Database
from tests.clue_builders import OPENING, hours_later

ROW = Row("notice-1", "mail", "a" * 32, Telling.RAISED, OPENING, {"lot_id": "L1", "rule": "E110"})


def write(database: Database, *rows: Row) -> None:
    with database.transaction() as connection:
        queue(connection, rows, OPENING)


def test_a_row_that_is_written_twice_stays_as_it_was(database: Database) -> None:
    write(database, ROW, ROW)
    write(database, replace(ROW, due_at=hours_later(3), content={}))
    with database.read() as connection:
        row = connection.execute(select(OUTGOING)).one()
    assert (row.state, row.tries, row.due_at, row.next_try_at) == (State.WAITING, 0, row.next_try_at, row.due_at)
    assert '"L1"' in row.content


def test_a_rollback_takes_the_rows_back_with_what_caused_them(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:  # noqa: PT012 - the block is the claim
        queue(connection, [ROW], OPENING)
        raise ZeroDivisionError
    with database.read() as connection:
        assert not connection.execute(select(func.count()).select_from(OUTGOING)).scalar()


def test_a_withdrawal_finds_exactly_those_that_a_notice_went_to(database: Database) -> None:
    robot = replace(ROW, channel="wecom-city", account_id=None)
    write(database, ROW, robot, replace(ROW, notice="notice-2", account_id="b" * 32))
    with database.read() as connection:
        assert sorted(told_by(connection, "notice-1")) == [("mail", "a" * 32), ("wecom-city", None)]


def test_what_no_channel_carries_is_refused_to_its_writer(database: Database) -> None:
    with pytest.raises(ContentTooLarge):
        write(database, replace(ROW, content={"link": "x" * 20_000}))
