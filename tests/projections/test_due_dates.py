"""When time alone changes a finding."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from projections.due_dates import DUE_DATES
from projections.judged import APPOINTMENTS
from tests.builders import LEAD, SOMEONE_ELSE, a_bid, a_bid_opening, a_payment, a_registration
from tests.monitor import Monitor, correction, said

BEFORE = datetime(2025, 6, 18, 2, tzinfo=UTC)
DUE = datetime(2025, 6, 30, 16, tzinfo=UTC)
"""The first instant of July in Shanghai: the data of May are due."""
OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")


def waiting(monitor: Monitor) -> list[tuple[str, str]]:
    return sorted((row.due_at, row.person_id) for row in monitor.rows(DUE_DATES))


def at(monitor: Monitor, moment: datetime) -> None:
    monitor.clock.moment = moment
    monitor.shard.let_time_pass()


def test_missing_insurance_is_found_by_time_alone_and_not_before(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.clock.moment = BEFORE
    monitor_anywhere.send(OPENING, REGISTERED)
    assert monitor_anywhere.shard.next_due == DUE
    at(monitor_anywhere, DUE - timedelta(seconds=1))
    assert monitor_anywhere.open_rules() == set()
    at(monitor_anywhere, DUE)
    assert monitor_anywhere.open_rules() == {"E105"}
    assert monitor_anywhere.clues()["E105"].history[-1]["caused_by"] == "time"
    assert waiting(monitor_anywhere) == []
    assert monitor_anywhere.shard.next_due is None


def test_a_due_date_survives_a_restart(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.clock.moment = BEFORE
    monitor_anywhere.send(OPENING, REGISTERED)
    monitor_anywhere.reopen()
    assert monitor_anywhere.shard.next_due == DUE
    at(monitor_anywhere, DUE)
    assert monitor_anywhere.open_rules() == {"E105"}


def test_a_due_date_that_fell_while_nobody_was_there_is_judged_at_once(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(OPENING, REGISTERED)
    monitor.close()
    monitor.clock.moment = DUE + timedelta(days=40)
    monitor.reopen()
    monitor.shard.let_time_pass()
    assert monitor.open_rules() == {"E105"}


def test_whichever_batch_comes_next_judges_who_is_due(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(OPENING, REGISTERED)
    monitor.clock.moment = DUE
    monitor.send(said(a_payment(person=SOMEONE_ELSE), "else"))
    assert monitor.open_rules() == {"E105"}


def test_a_decision_judges_who_is_due_too(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(OPENING, REGISTERED)
    monitor.clock.moment = DUE
    monitor.shard.decide(lambda *_: None)
    assert monitor.open_rules() == {"E105"}


def test_a_payment_that_came_in_time_keeps_the_due_date_silent(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send_each(OPENING, REGISTERED, said(a_payment(), "paid"))
    at(monitor, DUE)
    assert monitor.open_rules() == set()


def test_a_due_date_lost_in_a_failure_is_judged_when_the_database_is_back(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(OPENING, REGISTERED)
    monitor.clock.moment = DUE
    database = monitor.installation.database
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE batches RENAME TO batches_away")
    with pytest.raises(OperationalError, match="batches"):
        monitor.shard.let_time_pass()
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE batches_away RENAME TO batches")
    monitor.shard.let_time_pass()
    assert monitor.open_rules() == {"E105"}


def test_an_opening_taken_back_is_waited_for_no_longer(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send_each(OPENING, REGISTERED, correction("gone", "opening"))
    assert waiting(monitor) == []
    at(monitor, DUE)
    assert monitor.open_clues() == frozenset()
    assert monitor.rows(APPOINTMENTS) == []


def test_each_lead_of_each_opening_is_waited_for(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    later = a_bid_opening(lot_id="2", opened_at="2025-07-02T09:30:00+08:00", bids=(a_bid(), a_bid(person=SOMEONE_ELSE)))
    monitor.send_each(OPENING, said(later, "opening-2"))
    july, august = "2025-06-30T16:00:00.000000+00:00", "2025-07-31T16:00:00.000000+00:00"
    lead, else_ = LEAD.person_id, SOMEONE_ELSE.person_id
    assert waiting(monitor) == [(july, lead), (august, lead), (august, else_)]
    at(monitor, DUE)
    assert waiting(monitor) == [(august, lead), (august, else_)]
