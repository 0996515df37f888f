"""The same fold, whoever asks: live judgement, and any reader at any moment."""

from datetime import timedelta

import pytest

from domain.evidence.recorded import Knowledge
from domain.rule import judge
from projections.as_of import AsOf
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    a_bid_opening,
    a_payment,
    a_registration,
    a_renaming,
    an_exemption,
    payments,
)
from tests.monitor import Message, Monitor, correction, said

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


def open_rules_known(monitor: Monitor, knowledge: Knowledge) -> set[str]:
    with monitor.read() as connection:
        cases = monitor.as_of.cases(connection, LEAD.person_id, knowledge=knowledge, now=monitor.clock.moment)
    return {finding.rule for case in cases for finding in judge(case) if finding.outcome.makes_clue}


def test_asked_about_any_moment_it_says_what_was_judged_then(monitor_anywhere: Monitor) -> None:
    """After every message the open clues are noted; later each of these moments is asked about."""
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


def test_a_reader_sees_what_was_committed_after_it_was_made(monitor: Monitor) -> None:
    monitor.send(HISTORY[0])
    early = AsOf(monitor.installation.recorder, monitor.settings.policy)
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
