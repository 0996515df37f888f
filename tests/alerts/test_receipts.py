"""What became of rows, and sending them again, on real databases."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from alerts.outgoing import OUTGOING, Row, State, Telling, queue
from alerts.receipts import counts, receipt, receipts, resend, resend_all
from domain.errors import NotAllowed, NotFound
from infra.storage.database import Database
from tests.clue_builders import OPENING, hours_later

FAILED = Row("failed", "mail", "a" * 32, Telling.RAISED, OPENING)
WAITING = replace(FAILED, notice="waiting")


@pytest.fixture
def rows(database: Database) -> Database:
    with database.transaction() as connection:
        queue(connection, [FAILED, WAITING], OPENING)
        failed = {"state": State.FAILED, "error": "http-410", "tries": 9, "next_try_at": None}
        connection.execute(update(OUTGOING).where(OUTGOING.c.row_id == FAILED.row_id).values(**failed))
    return database


def test_what_failed_is_listed_with_its_reason_and_sent_again_under_its_id_with_all_its_tries(rows: Database) -> None:
    with rows.transaction() as connection:
        (found,) = receipts(connection, state=State.FAILED, limit=10)
        assert (found.row_id, found.error) == (FAILED.row_id, "http-410")
        again = resend(connection, found.row_id, hours_later(80))
    assert (again.row_id, again.state, again.tries, again.error) == (FAILED.row_id, State.WAITING, 0, None)
    assert again.due_at == hours_later(80)


def test_what_has_not_failed_is_not_sent_again(rows: Database) -> None:
    with rows.transaction() as connection:
        with pytest.raises(NotAllowed):
            resend(connection, WAITING.row_id, OPENING)
        with pytest.raises(NotFound):
            resend(connection, "nobody's", OPENING)


def test_all_that_failed_of_a_channel_is_sent_again_at_once(rows: Database) -> None:
    with rows.transaction() as connection:
        assert counts(connection) == {("mail", "failed"): 1, ("mail", "waiting"): 1}
        assert (resend_all(connection, "sms", OPENING), resend_all(connection, "mail", OPENING)) == (0, 1)
        assert receipt(connection, FAILED.row_id).state is State.WAITING
