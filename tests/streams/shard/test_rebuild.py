"""The derived tables, worked out anew from the ledger."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from alerts.tables import NOTICES
from infra.rebuilding import Rebuilding
from infra.storage.event_rows import STORED_EVENTS
from projections.boards.clue_board import CLUES
from projections.boards.lot_board import LOTS
from projections.boards.registered_sources import REGISTERED_SOURCES
from streams.shard.rebuild import Differs
from tests.builders import BIDDER, RIVAL, a_payment, a_registration
from tests.monitor import Monitor, correction, said
from tests.projections.test_judging import OPENING, REGISTERED, paid
from tests.source_builders import EVERYTHING, GRANTED


def lived_through(monitor: Monitor) -> None:
    """Openings, late facts, corrections, decisions, and time passing."""
    monitor.send_each(*paid(RIVAL), OPENING, REGISTERED, *paid(RIVAL))
    (clue,) = (row for row in monitor.rows(CLUES) if row.rule == "E101")
    monitor.decide(clue.clue_id, "acknowledge")
    monitor.send(said(a_payment(payer=BIDDER), "late"))
    monitor.send(correction("undone", "late"))
    monitor.send(said(a_registration(employer=RIVAL, certificate_no="other"), "elsewhere"))
    monitor.decide(clue.clue_id, "investigate", "证据充分")
    monitor.clock.pass_by(days=90)
    monitor.send(b"{unreadable")


def test_a_rebuild_equals_the_live_tables_to_the_byte(monitor_anywhere: Monitor) -> None:
    lived_through(monitor_anywhere)
    assert Rebuilding(monitor_anywhere.installation).rebuild() == len(monitor_anywhere.ledger())


def test_a_rebuild_of_nothing_equals_nothing(monitor: Monitor) -> None:
    assert Rebuilding(monitor.installation).rebuild() == len(monitor.ledger())
    assert monitor.facts() == []


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (update(CLUES).values(severity="info"), "clues"),
        (update(NOTICES).values(recipient_key="440500"), "notices"),
        (delete(LOTS), "lots"),
    ],
)
def test_a_table_that_was_changed_by_hand_is_named(monitor: Monitor, statement: Any, table: str) -> None:
    lived_through(monitor)
    with monitor.installation.database.transaction() as connection:
        connection.execute(statement)
    with pytest.raises(Differs, match=table):
        Rebuilding(monitor.installation).rebuild()


def test_a_clue_event_that_does_not_follow_from_the_facts_is_named(monitor: Monitor) -> None:
    lived_through(monitor)
    position = next(position for position, topic, _ in monitor.ledger() if topic == "clue.raised.v1")
    state = STORED_EVENTS.c.state
    with monitor.installation.database.transaction() as connection:
        changed = connection.execute(STORED_EVENTS.select().where(STORED_EVENTS.c.id == position)).one().state
        forged = changed.replace(b'"high"', b'"low"').replace(b'"medium"', b'"low"')
        connection.execute(update(STORED_EVENTS).where(STORED_EVENTS.c.id == position).values({state: forged}))
    with pytest.raises(Differs, match=f"position {position}"):
        Rebuilding(monitor.installation).rebuild()


def test_the_registry_of_sources_is_derived_from_the_ledger(monitor_anywhere: Monitor) -> None:
    monitor = monitor_anywhere
    for bounds in (GRANTED, EVERYTHING):
        monitor.register("urn:test:bureau", bounds=bounds)
    monitor.send(said(a_payment(), "p1"))
    monitor.end_source("urn:test:bureau", "停用")
    assert Rebuilding(monitor.installation).rebuild() == len(monitor.ledger())
    with monitor.installation.database.transaction() as connection:
        connection.execute(delete(REGISTERED_SOURCES))
    with pytest.raises(Differs, match="registered_sources"):
        Rebuilding(monitor.installation).rebuild()
