"""The comparison of a lot, now and as it was known at a moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest

from domain.access import Actor, Role
from domain.errors import NotFound
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.rule import FindingOutcome
from projections.questions.comparison import Comparison, DayEvidence, comparison
from tests.builders import (
    BIDDER,
    LEAD,
    MONTHS,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_check_in,
    a_licence,
    a_payment,
    a_registration,
    a_renaming,
    payments,
)
from tests.monitor import AUDITOR, OPERATOR, SOURCE, START, SUPERVISOR, Monitor, correction, said, told_complete

OPENING = said(a_bid_opening(), "opening")


@pytest.fixture
def monitor(monitor: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor)


@pytest.fixture
def monitor_anywhere(monitor_anywhere: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor_anywhere)


REGISTERED = said(a_registration(), "registered")


def compared(
    monitor: Monitor,
    knowledge: Knowledge = EVERYTHING,
    *,
    actor: Actor = SUPERVISOR,
    lot_id: str = "1",
    valid_at: datetime | None = None,
) -> Comparison:
    now = monitor.clock.moment
    with monitor.read() as connection:
        return comparison(
            connection, monitor.as_of, actor, "T-2025-001", lot_id, knowledge=knowledge, now=now, valid_at=valid_at
        )


def outcomes(found: Comparison) -> dict[str, FindingOutcome]:
    (bid,) = found.bids
    return {finding.rule: finding.outcome for finding in bid.findings}


def at(moment: datetime, by: Literal["ours", "source"] = "ours") -> Knowledge:
    return Knowledge(moment, by)


def test_every_bid_stands_beside_its_evidence(monitor_anywhere: Monitor) -> None:
    bids = (a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))
    facts = [said(a_bid_opening(bids=bids), "opening"), REGISTERED, said(a_licence(), "licence")]
    facts += [said(data, f"paid-{data.month}") for data in payments(RIVAL)]
    facts += [said(a_check_in(), "came"), said(a_check_in(checked_at="2025-08-02T08:00:00+08:00"), "came again")]
    monitor_anywhere.send(*facts)
    found = compared(monitor_anywhere)
    assert (found.title, found.jurisdiction, found.names_people) == ("测试路改造工程", "440100", True)
    bid, other = sorted(found.bids, key=lambda each: each.person_id != LEAD.person_id)
    assert (bid.bidder, bid.bidder_uscc, bid.outcome) == (BIDDER.name, BIDDER.uscc, FindingOutcome.MISMATCH)
    assert [row.month for row in bid.months] == list(MONTHS)
    assert bid.registrations
    assert bid.certificates
    assert sum(month.days_on_site for month in bid.attendance) == 2
    assert other.bidder_uscc == RIVAL.uscc


def test_another_day_shows_what_held_then_and_judges_the_opening_all_the_same(monitor_anywhere: Monitor) -> None:
    later = a_payment(payer=RIVAL, month="2025-08")
    monitor_anywhere.send(OPENING, said(a_registration(valid_to="2025-07-31"), "registered"), said(later, "later"))
    at_opening, in_autumn = (
        compared(monitor_anywhere),
        compared(monitor_anywhere, valid_at=datetime(2025, 9, 10, tzinfo=UTC)),
    )
    (bid,), (then,) = at_opening.bids, in_autumn.bids
    assert bid.registrations
    assert not then.registrations
    assert [row.month for row in then.months] == ["2025-06", "2025-07", "2025-08"]
    assert [row.payer for month in then.months for row in month.payers] == [RIVAL.name]
    assert then.findings == bid.findings
    assert in_autumn.opened_at == at_opening.opened_at


def test_another_day_stands_beside_the_day_of_the_opening_and_each_is_named(monitor: Monitor) -> None:
    """Registered in autumn, but not on the day that is judged: the finding has its evidence beside it."""
    monitor.send(OPENING, said(a_registration(valid_from="2025-07-01"), "registered"), said(a_licence(), "licence"))
    (opening,) = compared(monitor).bids
    (then,) = compared(monitor, valid_at=datetime(2025, 9, 10, tzinfo=UTC)).bids
    assert (opening.on, opening.at_opening) == (date(2025, 6, 18), None)
    assert then.on == date(2025, 9, 10)
    assert then.registrations
    assert {found.rule: found.outcome for found in then.findings}["E105"] is FindingOutcome.SUSPECT
    assert then.at_opening == DayEvidence(
        date(2025, 6, 18), opening.months, opening.registrations, opening.certificates
    )
    assert then.at_opening.registrations == ()


def test_a_late_payment_is_not_known_before_it_came(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, REGISTERED)
    before = monitor_anywhere.clock.moment
    monitor_anywhere.clock.pass_by(days=1)
    monitor_anywhere.send(said(a_payment(payer=RIVAL), "late"))
    after = monitor_anywhere.clock.moment
    assert outcomes(compared(monitor_anywhere, at(before)))["E101"] is FindingOutcome.NO_EVIDENCE
    assert outcomes(compared(monitor_anywhere, at(after - timedelta(seconds=1))))["E105"] is FindingOutcome.SUSPECT
    assert outcomes(compared(monitor_anywhere, at(after)))["E101"] is FindingOutcome.MISMATCH
    assert outcomes(compared(monitor_anywhere)) == outcomes(compared(monitor_anywhere, at(after)))


def test_a_retracted_payment_was_known_until_it_was_retracted(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, said(a_payment(payer=RIVAL), "paid"))
    before = monitor.clock.moment
    monitor.clock.pass_by(days=1)
    monitor.send(correction("wrong", "paid", a_payment()))
    assert outcomes(compared(monitor, at(before)))["E101"] is FindingOutcome.MISMATCH
    assert outcomes(compared(monitor))["E101"] is FindingOutcome.CONSISTENT


def test_a_renaming_was_not_known_before_it_came(monitor: Monitor) -> None:
    former = BIDDER.model_copy(update={"name": "广州旧名建设有限公司", "uscc": None})
    paid = [said(data, f"paid-{data.month}") for data in payments(former)]
    monitor.send(OPENING, REGISTERED, *paid)
    before = monitor.clock.moment
    monitor.clock.pass_by(days=1)
    monitor.send(said(a_renaming(), "renamed"))
    assert outcomes(compared(monitor, at(before)))["E101"] is FindingOutcome.MISMATCH
    assert outcomes(compared(monitor))["E101"] is FindingOutcome.CONSISTENT


def test_leads_replaced_by_a_correction_were_compared_until_then(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED)
    before = monitor.clock.moment
    monitor.clock.pass_by(days=1)
    monitor.send(correction("fixed", "opening", a_bid_opening(bids=(a_bid(person=SOMEONE_ELSE),))))
    assert [bid.person_id for bid in compared(monitor, at(before)).bids] == [LEAD.person_id]
    assert [bid.person_id for bid in compared(monitor).bids] == [SOMEONE_ELSE.person_id]


def test_a_history_loaded_today_answers_by_when_its_sources_knew(monitor_anywhere: Monitor) -> None:
    """Nothing of it was known to us in July; to the sources the opening was, the payment not yet."""
    monitor_anywhere.send(
        {**OPENING, "recordedtime": "2025-06-18T10:00:00+08:00"},
        {**REGISTERED, "recordedtime": "2023-01-10T10:00:00+08:00"},
        said(a_payment(payer=RIVAL), "paid", recordedtime="2025-08-01T10:00:00+08:00"),
    )
    july, august = datetime(2025, 7, 10, tzinfo=UTC), datetime(2025, 8, 10, tzinfo=UTC)
    with pytest.raises(NotFound):
        compared(monitor_anywhere, at(july))
    assert outcomes(compared(monitor_anywhere, at(july, "source")))["E101"] is FindingOutcome.NO_EVIDENCE
    assert outcomes(compared(monitor_anywhere, at(august, "source")))["E101"] is FindingOutcome.MISMATCH


def test_a_history_loaded_with_its_corrections_shows_the_leads_that_its_sources_knew(monitor: Monitor) -> None:
    """We had the correction before the opening, and so never said that the first lead was appointed."""
    instead = a_bid_opening(bids=(a_bid(person=SOMEONE_ELSE),))
    monitor.send(
        correction("fixed", "opening", instead, recordedtime="2025-08-01T10:00:00+08:00"),
        {**OPENING, "recordedtime": "2025-06-18T10:00:00+08:00"},
        said(a_payment(payer=RIVAL), "paid", recordedtime="2025-06-20T10:00:00+08:00"),
    )
    july, august = datetime(2025, 7, 10, tzinfo=UTC), datetime(2025, 8, 10, tzinfo=UTC)
    (before,) = compared(monitor, at(july, "source")).bids
    assert (before.person_id, before.outcome) == (LEAD.person_id, FindingOutcome.MISMATCH)
    assert [bid.person_id for bid in compared(monitor, at(august, "source")).bids] == [SOMEONE_ELSE.person_id]


def test_a_source_that_does_not_say_when_it_knew_knew_when_we_did(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED)
    assert len(compared(monitor, at(START, "source")).bids) == 1
    with pytest.raises(NotFound):
        compared(monitor, at(START - timedelta(seconds=1), "source"))


def test_before_the_opening_came_there_was_no_such_lot(monitor_anywhere: Monitor) -> None:
    """Not even its title, which came with it."""
    monitor_anywhere.send(OPENING)
    with pytest.raises(NotFound):
        compared(monitor_anywhere, at(START - timedelta(days=1)))


def test_a_retracted_opening_is_compared_as_it_stood(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, REGISTERED)
    before = compared(monitor_anywhere)
    monitor_anywhere.clock.pass_by(days=1)
    monitor_anywhere.send(correction("never", "opening"))
    with pytest.raises(NotFound):
        compared(monitor_anywhere)
    stood = compared(monitor_anywhere, at(START))
    assert (stood.title, stood.tenderer, stood.bids) == (before.title, before.tenderer, before.bids)


def test_a_corrected_opening_is_shown_as_it_was_known(monitor_anywhere: Monitor) -> None:
    """Title, project, tenderer and place of the moment asked about."""
    monitor_anywhere.send(OPENING)
    before = compared(monitor_anywhere)
    monitor_anywhere.clock.pass_by(days=1)
    instead = a_bid_opening(
        title="更正路改造工程", jurisdiction="440106", project_code="2506-440106-04-01-100009", tenderer=THIRD
    )
    monitor_anywhere.send(correction("fixed", "opening", instead))
    after = compared(monitor_anywhere)
    assert (after.title, after.jurisdiction, after.tenderer) == ("更正路改造工程", "440106", THIRD.name)
    assert after.project_code == "2506-440106-04-01-100009"
    assert replace(compared(monitor_anywhere, at(START)), known_at=None) == before


def test_a_lot_that_a_correction_moved_to_another_place_was_seen_by_whom_it_concerned_then(monitor: Monitor) -> None:
    """Before, those of the first place; since then, those of the second, who never might see what was said before."""
    monitor.send(OPENING)
    monitor.clock.pass_by(days=1)
    monitor.send(correction("moved", "opening", a_bid_opening(jurisdiction="440300")))
    shenzhen = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
    assert compared(monitor, at(START)).jurisdiction == "440100"
    assert compared(monitor, actor=shenzhen).jurisdiction == "440300"
    with pytest.raises(NotFound):
        compared(monitor)
    with pytest.raises(NotFound):
        compared(monitor, at(START), actor=shenzhen)


@pytest.mark.parametrize("role", [Role.BIDDER, Role.TENDERER, Role.SOURCE])
def test_a_party_to_the_bid_sees_no_comparison_of_any_moment(monitor: Monitor, role: Role) -> None:
    monitor.send(OPENING)
    monitor.clock.pass_by(days=1)
    monitor.send(correction("never", "opening"))
    with pytest.raises(NotFound):
        compared(
            monitor, at(START), actor=Actor(role, "当事人", source=SOURCE, jurisdiction="440100", uscc=BIDDER.uscc)
        )


def test_what_was_known_is_answered_alike_after_a_restart(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED)
    before = compared(monitor, at(START))
    monitor.clock.pass_by(days=1)
    monitor.send(said(a_payment(payer=RIVAL), "late"))
    monitor.reopen()
    after = compared(monitor, at(START))
    assert [bid.findings for bid in before.bids] == [bid.findings for bid in after.bids]


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (SUPERVISOR, True),
        (AUDITOR, True),
        (OPERATOR, True),
        (Actor(Role.INVESTIGATOR, "核查员"), True),
        (Actor(Role.INVESTIGATOR, "别处核查员", jurisdiction="510000"), False),
        (Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300"), False),
        (Actor(Role.SUPERVISOR, "无辖区"), False),
        (Actor(Role.BIDDER, "投标人", uscc=BIDDER.uscc), False),
        (Actor(Role.SOURCE, "交易系统", source="urn:test:source"), False),
    ],
    ids=lambda value: value.name if isinstance(value, Actor) else "",
)
def test_a_comparison_is_shown_to_whom_the_lot_concerns(monitor: Monitor, actor: Actor, sees: bool) -> None:
    monitor.send(OPENING)
    if sees:
        assert compared(monitor, actor=actor).bids
    else:
        with pytest.raises(NotFound):
            compared(monitor, actor=actor)


def test_a_lot_nobody_opened_is_not_found(monitor: Monitor) -> None:
    monitor.send(OPENING)
    with pytest.raises(NotFound):
        compared(monitor, lot_id="2")


def test_a_licence_nobody_told_of_does_not_hide_that_payer_and_registration_agree(monitor: Monitor) -> None:
    """C301 has no evidence, the comparison of employers is consistent all the same."""
    paid = [said(data, f"paid-{data.month}") for data in payments(BIDDER)]
    monitor.send(OPENING, REGISTERED, *paid)
    found = compared(monitor)
    assert outcomes(found)["C301"] is FindingOutcome.NO_EVIDENCE
    assert found.bids[0].outcome is FindingOutcome.CONSISTENT
