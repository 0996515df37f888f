"""What a rebuild finds wrong can be put right, except in the ledger itself."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from alerts.tables import NOTICES, READINGS
from infra.rebuilding import Rebuilding
from infra.storage.event_rows import STORED_EVENTS
from projections.boards.clue_board import CLUES
from projections.boards.lot_board import LOTS
from projections.index.subject_index import SUBJECT_TABLES
from streams.shard.rebuild import Differs
from tests.builders import BIDDER, RIVAL, a_payment
from tests.monitor import Monitor, said
from tests.projections.test_judging import OPENING, REGISTERED, paid


@pytest.fixture
def lived(monitor_anywhere: Monitor) -> Monitor:
    monitor_anywhere.send_each(*paid(RIVAL), OPENING, REGISTERED)
    return monitor_anywhere


def damage(monitor: Monitor, *statements: Any) -> None:
    with monitor.installation.database.transaction() as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (update(CLUES).values(severity="info"), "clues"),
        (delete(LOTS), "lots"),
        (delete(NOTICES), "notices"),
        (delete(SUBJECT_TABLES.segments), "subject_index"),
    ],
    ids=["clues", "lots", "notices", "index"],
)
def test_damaged_tables_become_what_the_ledger_leads_to(lived: Monitor, statement: Any, named: str) -> None:
    damage(lived, statement)
    with pytest.raises(Differs, match=named):
        Rebuilding(lived.installation).rebuild()
    assert named in str(Rebuilding(lived.installation).repair())
    assert Rebuilding(lived.installation).rebuild() == len(lived.ledger())


def test_the_shard_goes_on_after_a_repair(lived: Monitor) -> None:
    damage(lived, delete(CLUES), delete(SUBJECT_TABLES.segments), delete(SUBJECT_TABLES.runs))
    Rebuilding(lived.installation).repair()
    lived.reopen()
    lived.send(*(said(a_payment(payer=BIDDER, month=month), f"late {month}") for month in ("2025-03", "2025-05")))
    assert Rebuilding(lived.installation).rebuild() == len(lived.ledger())


def test_tables_that_are_right_are_left_alone(lived: Monitor) -> None:
    assert Rebuilding(lived.installation).repair() is None


def test_who_has_read_what_survives_a_repair(lived: Monitor) -> None:
    damage(lived, READINGS.insert().values(notice_id=1, read_at="2025-12-01", reader="值班员"), delete(LOTS))
    Rebuilding(lived.installation).repair()
    assert len(lived.rows(READINGS)) == 1


def test_a_forged_ledger_is_not_repaired(lived: Monitor) -> None:
    raised = next(position for position, topic, _ in lived.ledger() if topic == "clue.raised.v1")
    row = STORED_EVENTS.c.id == raised
    with lived.read() as connection:
        state = connection.execute(STORED_EVENTS.select().where(row)).one().state
    damage(lived, update(STORED_EVENTS).where(row).values(state=state.replace(b'"high"', b'"low"')))
    with pytest.raises(Differs, match=f"position {raised}"):
        Rebuilding(lived.installation).repair()
