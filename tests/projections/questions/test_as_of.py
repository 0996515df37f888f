"""The same fold, whoever asks: live judgement, and any reader at any moment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.evidence.recorded import Knowledge
from domain.rule import judge
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    a_bid_opening,
    a_cancellation,
    a_closing,
    a_payment,
    a_registration,
    a_renaming,
    an_exemption,
    payments,
)
from tests.monitor import Message, Monitor, correction, said, told_complete
from tests.site_builders import a_start, an_acceptance, an_inspection, present_on, working_days

SUBJECT = f"person:{LEAD.person_id}"
FORMER = BIDDER.model_copy(update={"name": "广州旧名建设有限公司", "uscc": None})
HISTORY: tuple[Message, ...] = (
    said(a_bid_opening(), "opening"),
    said(a_registration(), "registered"),
    *(said(data, f"paid-{data.month}") for data in payments(FORMER)),
    said(a_renaming(), "renamed"),
    correction("undone", "renamed"),
    said(an_exemption(), "exempt"),
    correction("other ground", "exempt", an_exemption(ground="university")),
    correction("not at all", "other ground"),
    correction("wrong payer", "paid-2025-05", a_payment(payer=RIVAL)),
)

DUE = datetime(2025, 9, 5, 16, tzinfo=UTC)
"""When the attendance of August is due."""
DAYS = working_days()
AUGUST_CLOSED = said(a_closing("attendance-recorded", "2025-08"), "closed")


def open_rules_known(monitor: Monitor, knowledge: Knowledge) -> set[str]:
    with monitor.read() as connection:
        cases = monitor.as_of.cases(connection, LEAD.person_id, knowledge=knowledge, now=monitor.clock.moment)
    return {finding.rule for case in cases for finding in judge(case) if finding.outcome.makes_clue}


def test_asked_about_any_moment_it_says_what_was_judged_then(monitor_anywhere: Monitor) -> None:
    """After every message the open clues are noted; later each of these moments is asked about."""
    told_complete(monitor_anywhere)
    noted = []
    for message in HISTORY:
        monitor_anywhere.clock.pass_by(hours=1)
        monitor_anywhere.send(message)
        noted.append((monitor_anywhere.clock.moment, monitor_anywhere.open_rules()))
    assert len({frozenset(rules) for _, rules in noted}) >= 4
    monitor_anywhere.reopen()
    for moment, rules in noted:
        assert open_rules_known(monitor_anywhere, Knowledge(moment)) == rules
        assert open_rules_known(monitor_anywhere, Knowledge(moment + timedelta(minutes=59))) == rules


def test_a_cancellation_on_the_day_after_the_opening_clears_from_the_moment_it_was_known(monitor: Monitor) -> None:
    begun = a_registration(employer=RIVAL, certificate_no="粤2", valid_from="2025-06-18")
    monitor.send_each(*HISTORY[:2], said(begun, "begun"))
    before = monitor.clock.moment + timedelta(minutes=59)
    monitor.clock.pass_by(hours=1)
    monitor.send(said(a_cancellation(cancelled_on="2025-06-19"), "cancelled"))
    assert "E103" in open_rules_known(monitor, Knowledge(before))
    assert "E103" not in open_rules_known(monitor, Knowledge(monitor.clock.moment))


def test_a_reader_sees_what_was_committed_after_it_was_made(monitor: Monitor) -> None:
    monitor.send(HISTORY[0])
    early = monitor.installation.evidence()
    with monitor.read() as connection:
        assert early.standing(connection, SUBJECT)
    monitor.send(*HISTORY[1:5])
    with monitor.read() as connection:
        ids = {fact.id for fact in early.standing(connection, SUBJECT)}
    assert {"registered", "paid-2025-03", "paid-2025-04", "paid-2025-05"} <= ids


def test_what_stands_about_a_person_is_only_about_that_person(monitor: Monitor) -> None:
    monitor.send_each(*HISTORY[:5], correction("moved", "paid-2025-05", a_payment(person=SOMEONE_ELSE)))
    with monitor.read() as connection:
        mine = monitor.as_of.standing(connection, SUBJECT)
        others = monitor.as_of.standing(connection, f"person:{SOMEONE_ELSE.person_id}")
    assert {"moved", "paid-2025-05"}.isdisjoint(fact.id for fact in mine)
    assert [fact.id for fact in others] == ["moved"]


@pytest.mark.parametrize("subject", ["person:" + "0" * 64, "lot:T/none", "org:nobody"])
def test_about_a_subject_never_heard_of_nothing_stands(monitor: Monitor, subject: str) -> None:
    monitor.send(*HISTORY)
    with monitor.read() as connection:
        assert monitor.as_of.standing(connection, subject) == ()
        assert monitor.as_of.recorded(connection, subject) == []


def on_sites(monitor: Monitor, knowledge: Knowledge, now: datetime) -> set[str]:
    with monitor.read() as connection:
        found = monitor.as_of.on_sites(connection, LEAD.person_id, knowledge=knowledge, now=now)
    return {finding.rule for case in found.cases for finding in judge(case) if finding.outcome.makes_clue}


def on_site_of(days: Sequence[date], name: str, **given: Any) -> list[Message]:
    return [said(data, f"{name}-{number}") for number, data in enumerate(present_on(days, **given))]


def test_asked_about_any_moment_sites_say_what_was_judged_then(monitor_anywhere: Monitor) -> None:
    """A month closed before it is over, the lead's attendance by hand, an inspection, and each taken back."""
    monitor = monitor_anywhere
    monitor.clock.moment = DUE - timedelta(days=7)
    history: list[list[Message]] = [
        [said(a_start(on="2025-08-01"), "started")],
        [AUGUST_CLOSED],
        [],
        on_site_of(DAYS[1:18], "by-hand", method="manual"),
        [said(an_inspection(present=False), "absent")],
        [],
        [],
        on_site_of(DAYS[1:], "by-face", method="face"),
        [correction("not-absent", "absent")],
        [said(an_acceptance(on="2025-08-04", lead=SOMEONE_ELSE), "accepted")],
        [correction("accepted-not", "accepted")],
        [correction("open-again", "closed")],
    ]
    noted = []
    for messages in history:
        monitor.clock.pass_by(seconds=1)
        if messages:
            monitor.send(*messages)
        monitor.clock.pass_by(days=1)
        monitor.shard.let_time_pass()
        noted.append((monitor.clock.moment, monitor.open_rules()))
    assert len({frozenset(rules) for _, rules in noted}) >= 4
    monitor.reopen()
    for moment, rules in noted:
        assert on_sites(monitor, Knowledge(moment), moment) == rules


def test_a_closed_month_counts_from_when_it_was_known_by_whom(monitor: Monitor) -> None:
    """We heard of a closing long after its source had recorded it."""
    monitor.clock.moment = DUE
    monitor.send(said(a_start(on="2025-08-01"), "started", recordedtime="2025-08-01T12:00:00+08:00"))
    monitor.clock.pass_by(days=30)
    monitor.send({**AUGUST_CLOSED, "recordedtime": "2025-09-05T12:00:00+08:00"})
    assert on_sites(monitor, Knowledge(DUE), DUE) == set()
    assert on_sites(monitor, Knowledge(DUE, "source"), DUE) == {"S501"}
    assert on_sites(monitor, Knowledge(), monitor.clock.moment) == {"S501"}
