"""The dossier of a person as a timeline, and the integrity file the trading system may show."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.access import Actor, Role
from domain.errors import NotFound
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.conducts import (
    ConductCorrected,
    ConductObjected,
    ConductRecorded,
    ConductUpheld,
    ConductWithdrawn,
)
from domain.rule import FindingOutcome
from projections.questions.dossier import Dossier, dossier
from projections.questions.integrity_file import IntegrityFile, integrity_file
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    a_bid,
    a_bid_opening,
    a_cancellation,
    a_check_in,
    a_payment,
    a_registration,
    a_safety_certificate,
    an_exemption,
    payments,
)
from tests.clue_builders import CONTEXTS, ELSEWHERE, a_finding, judged
from tests.monitor import AUDITOR, SOURCE, START, SUPERVISOR, Monitor, correction, said, told_complete
from tests.site_builders import an_inspection

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
TRADING = Actor(Role.SOURCE, "交易系统", source=SOURCE)


def told(
    monitor: Monitor,
    knowledge: Knowledge = EVERYTHING,
    *,
    person_id: str = LEAD.person_id,
    valid_at: date | None = None,
    actor: Actor = AUDITOR,
) -> Dossier:
    with monitor.read() as connection:
        return dossier(
            connection,
            monitor.as_of,
            actor,
            person_id,
            knowledge=knowledge,
            valid_at=valid_at,
            now=monitor.clock.moment,
        )


def filed(monitor: Monitor, *, person_id: str = LEAD.person_id, actor: Actor = SUPERVISOR) -> IntegrityFile:
    with monitor.read() as connection:
        return integrity_file(connection, monitor.as_of, actor, person_id, on=date(2025, 6, 18))


def entries(found: Dossier, *, standing: bool | None = None) -> dict[str, Any]:
    return {entry.fact.id: entry for entry in found.entries if standing is None or entry.standing is standing}


def findings(found: Dossier) -> dict[str, FindingOutcome]:
    return {finding.rule: finding.outcome for finding in found.findings}


def test_a_dossier_tells_what_is_known_by_the_day_it_begins(monitor_anywhere: Monitor) -> None:
    paid = [said(data, f"paid-{data.month}") for data in payments()]
    monitor_anywhere.send(*paid, OPENING, REGISTERED, said(a_safety_certificate(), "safety"))
    found = told(monitor_anywhere)
    assert [entry.kind for entry in found.entries] == [
        "registration-recorded",
        "certificate-issued",
        "insurance-paid",
        "insurance-paid",
        "insurance-paid",
        "lead-appointed",
    ]
    assert all(entry.standing for entry in found.entries)
    assert findings(found)["E101"] is FindingOutcome.CONSISTENT


def test_a_dossier_of_a_day_tells_what_held_then(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *(said(data, f"paid-{data.month}") for data in payments()))
    assert set(entries(told(monitor, valid_at=date(2025, 4, 30)))) == {"registered", "paid-2025-04"}
    assert set(entries(told(monitor, valid_at=date(2025, 5, 1)))) == {"registered", "paid-2025-05"}
    assert entries(told(monitor, valid_at=date(2023, 1, 9))) == {}


def test_a_dossier_as_known_before_a_late_payment_is_without_it(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, REGISTERED)
    monitor_anywhere.clock.pass_by(days=1)
    monitor_anywhere.send(said(a_payment(payer=RIVAL), "late"))
    before = told(monitor_anywhere, Knowledge(START))
    assert "late" not in entries(before)
    assert findings(before)["E101"] is FindingOutcome.NO_EVIDENCE
    after = told(monitor_anywhere)
    assert "late" in entries(after)
    assert findings(after)["E101"] is FindingOutcome.MISMATCH


def test_a_dossier_by_when_the_sources_knew(monitor: Monitor) -> None:
    monitor.send(
        {**OPENING, "recordedtime": "2025-06-18T10:00:00+08:00"},
        said(a_payment(), "paid", recordedtime="2025-08-01T10:00:00+08:00"),
    )
    july = told(monitor, Knowledge(datetime(2025, 7, 1, tzinfo=UTC), "source"))
    assert "paid" not in entries(july)
    assert [entry.kind for entry in july.entries] == ["lead-appointed"]
    with pytest.raises(NotFound):
        told(monitor, Knowledge(datetime(2025, 7, 1, tzinfo=UTC)))


def test_a_history_loaded_with_its_corrections_tells_what_its_sources_knew_of_a_lead(monitor: Monitor) -> None:
    """The opening was corrected before we heard of it: that it appointed the lead was never recorded."""
    monitor.send(
        {**OPENING, "recordedtime": "2025-06-18T10:00:00+08:00"},
        correction("fixed", "opening", a_bid_opening(title="更正"), recordedtime="2025-08-01T10:00:00+08:00"),
    )
    july = told(monitor, Knowledge(datetime(2025, 7, 1, tzinfo=UTC), "source"), actor=SUPERVISOR)
    (entry,) = july.entries
    assert (entry.kind, entry.data["title"], entry.standing) == ("lead-appointed", "测试路改造工程", True)
    assert findings(july)


def test_what_was_retracted_is_told_as_retracted_beside_what_counts_instead(monitor: Monitor) -> None:
    monitor.send_each(OPENING, said(a_payment(payer=RIVAL), "paid"), correction("fixed", "paid", a_payment()))
    found = told(monitor)
    assert not entries(found)["paid"].standing
    assert entries(found)["fixed"].standing
    assert entries(found)["fixed"].data["payer"]["uscc"] == BIDDER.uscc


@pytest.mark.parametrize("waits", [False, True])
def test_a_payment_moved_to_another_person_is_told_of_that_person_alone(monitor: Monitor, waits: bool) -> None:
    moved = correction("moved", "paid", a_payment(person=SOMEONE_ELSE))
    paid = said(a_payment(), "paid")
    monitor.send_each(OPENING, *([moved, paid] if waits else [paid, moved]))
    assert set(entries(told(monitor), standing=False)) == {"paid"}
    assert "moved" not in entries(told(monitor))
    assert set(entries(told(monitor, person_id=SOMEONE_ELSE.person_id))) == {"moved"}


def test_a_registration_moved_to_another_person_leaves_the_first_one_s_file(monitor: Monitor) -> None:
    moved = correction("moved", "registered", a_registration(person=SOMEONE_ELSE))
    monitor.send_each(OPENING, REGISTERED)
    assert len(filed(monitor).registrations) == 1
    monitor.send(moved)
    assert filed(monitor).registrations == ()
    auditor = filed(monitor, person_id=SOMEONE_ELSE.person_id, actor=AUDITOR)
    assert len(auditor.registrations) == 1


def test_attendance_is_told_as_days_of_a_month(monitor: Monitor) -> None:
    days = [f"2025-08-{day:02d}T08:00:00+08:00" for day in (1, 1, 2, 5)]
    monitor.send(OPENING, *(said(a_check_in(checked_at=day), f"in-{n}") for n, day in enumerate(days)))
    found = told(monitor)
    assert sum(month.days_on_site for month in found.attendance) == 3
    assert all(entry.kind != "attendance-recorded" for entry in found.entries)


def test_a_dossier_names_nobody(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED)
    assert told(monitor).person_masked is None
    assert all("person" not in entry.data for entry in told(monitor).entries)


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (AUDITOR, True),
        (SUPERVISOR, True),
        (Actor(Role.INVESTIGATOR, "核查员", jurisdiction="440000"), True),
        (Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300"), False),
        (Actor(Role.BIDDER, "投标人", uscc=BIDDER.uscc), False),
        (Actor(Role.OPERATOR, "值班员"), False),
        (TRADING, False),
    ],
    ids=lambda value: value.name if isinstance(value, Actor) else "",
)
def test_a_dossier_is_shown_to_whom_the_person_concerns(monitor: Monitor, actor: Actor, sees: bool) -> None:
    monitor.send(OPENING)
    if sees:
        assert told(monitor, actor=actor).entries
    else:
        with pytest.raises(NotFound):
            told(monitor, actor=actor)


def test_a_supervisor_does_not_see_people_named_in_no_bid_there(monitor: Monitor) -> None:
    monitor.send(said(a_registration(person=SOMEONE_ELSE), "else"))
    with pytest.raises(NotFound):
        told(monitor, person_id=SOMEONE_ELSE.person_id, actor=SUPERVISOR)
    assert told(monitor, person_id=SOMEONE_ELSE.person_id).entries


def test_the_integrity_file_shows_what_the_trading_system_may_show(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, REGISTERED, said(a_safety_certificate(), "safety"), said(_bad_conduct(), "bad"))
    found = filed(monitor_anywhere, actor=TRADING)
    assert not found.suspended
    assert [registration.employer_uscc for registration in found.registrations] == [BIDDER.uscc]
    assert [certificate.valid for certificate in found.certificates] == [True]
    assert [conduct.record_id for conduct in found.conduct] == ["R-1"]


def test_the_integrity_file_is_held_back_while_an_investigation_runs(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, REGISTERED, said(_bad_conduct(), "bad"))
    clue_id = monitor_anywhere.clues()["E105"].clue_id
    monitor_anywhere.decide(clue_id, "acknowledge")
    assert not filed(monitor_anywhere).suspended
    monitor_anywhere.decide(clue_id, "investigate")
    found = filed(monitor_anywhere)
    assert found.suspended
    assert (*found.registrations, *found.certificates, *found.conduct) == ()
    monitor_anywhere.decide(clue_id, "clear", "材料齐全")
    assert not filed(monitor_anywhere).suspended
    assert filed(monitor_anywhere).registrations


@pytest.mark.parametrize(
    "given",
    [
        {"published_on": date(2025, 6, 17)},
        {"published_on": date(2025, 6, 19)},
        {"published_on": None},
        {"happened_on": date(2015, 5, 1), "published_on": date(2015, 6, 1), "effective_to": date(2016, 6, 1)},
        {"kind": "good", "happened_on": date(2024, 5, 1), "published_on": date(2025, 3, 3)},
    ],
    ids=[
        "notice runs",
        "published tomorrow",
        "not published",
        "of ten years ago",
        "good, and reported a year too late",
    ],
)
def test_conduct_that_is_not_in_force_is_not_shown(monitor: Monitor, given: dict[str, Any]) -> None:
    monitor.send_each(OPENING, said(_bad_conduct().model_copy(update=given), "conduct"))
    assert filed(monitor, actor=TRADING).conduct == ()


def test_conduct_is_not_shown_under_objection_and_shown_again_where_it_is_upheld(monitor: Monitor) -> None:
    content = _bad_conduct().model_dump()
    monitor.send_each(OPENING, said(_bad_conduct(), "bad"))
    monitor.send(said(ConductObjected(**content), "objected", time="2025-06-12T12:00:00+08:00"))
    assert filed(monitor, actor=TRADING).conduct == ()
    monitor.send(said(ConductUpheld(**content), "upheld", time="2025-06-16T12:00:00+08:00"))
    (shown,) = filed(monitor, actor=TRADING).conduct
    assert (shown.counts_from, shown.counts_to) == (date(2024, 6, 25), date(2026, 6, 30))


def test_conduct_that_was_withdrawn_and_corrected_afterwards_is_not_shown(monitor: Monitor) -> None:
    content = _bad_conduct().model_dump()
    monitor.send_each(OPENING, said(_bad_conduct(), "bad"))
    monitor.send(said(ConductWithdrawn(**content), "withdrawn", time="2025-06-12T12:00:00+08:00"))
    monitor.send(said(ConductCorrected(**content), "corrected", time="2025-06-16T12:00:00+08:00"))
    assert filed(monitor, actor=TRADING).conduct == ()


@pytest.mark.parametrize("first", ["bad", "moved"])
def test_conduct_that_a_correction_moves_to_somebody_else_leaves_the_first_one_s_file(
    monitor: Monitor, first: str
) -> None:
    content = _bad_conduct().model_dump() | {"subject": SOMEONE_ELSE}
    messages = [
        said(_bad_conduct(), "bad"),
        said(ConductCorrected(**content), "moved", time="2025-06-18T13:00:00+08:00"),
    ]
    monitor.send(OPENING)
    monitor.send_each(*sorted(messages, key=lambda message: message["id"] != first))
    assert filed(monitor).conduct == ()
    (shown,) = filed(monitor, person_id=SOMEONE_ELSE.person_id, actor=AUDITOR).conduct
    assert shown.record_id == "R-1"


def test_conduct_that_was_withdrawn_is_not_shown(monitor: Monitor) -> None:
    withdrawn = ConductWithdrawn(**_bad_conduct().model_dump())
    monitor.send_each(OPENING, said(_bad_conduct(), "bad"))
    monitor.send(said(withdrawn, "withdrawn", time="2025-07-01T12:00:00+08:00"))
    assert filed(monitor).conduct == ()


def test_a_cancelled_registration_is_not_shown(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, said(a_cancellation(), "cancelled"))
    assert filed(monitor).registrations == ()


def test_a_supervisor_sees_people_whom_a_clue_of_its_own_is_about(monitor: Monitor) -> None:
    """Such as someone who works on a site and was never named in a bid."""
    monitor.send(said(a_registration(), "registered"))
    clue = judged(None, a_finding(), context=CONTEXTS["sites"])
    assert clue is not None
    clues = monitor.installation.decisions
    monitor.shard.decide(lambda connection, _: clues.record(connection, [clue]))
    assert told(monitor, actor=SUPERVISOR).entries
    with pytest.raises(NotFound):
        told(monitor, actor=ELSEWHERE)
    judged(clue, None, context=None)
    monitor.shard.decide(lambda connection, _: clues.record(connection, [clue]))
    with pytest.raises(NotFound):
        told(monitor, actor=SUPERVISOR)


def test_a_dossier_says_what_was_found_on_sites_as_known_then(monitor_anywhere: Monitor) -> None:
    """An inspection failed, taken back a day later."""
    monitor = monitor_anywhere
    monitor.send(said(an_inspection(present=False), "inspected"))
    inspected = monitor.clock.moment
    monitor.clock.pass_by(days=1)
    monitor.send(correction("not-so", "inspected"))
    assert findings(told(monitor, Knowledge(inspected)))["S503"] is FindingOutcome.MISMATCH
    assert "S503" not in findings(told(monitor))


def test_a_supervisor_of_the_site_sees_whom_a_clue_is_about_and_nobody_else_does(monitor: Monitor) -> None:
    """Of those who merely work there no supervisor sees the dossier; nor once the clue is withdrawn."""
    monitor.send(said(an_inspection(present=False), "inspected"), said(an_inspection(person=SOMEONE_ELSE), "in-order"))
    _settle(monitor)
    assert monitor.open_rules() == {"S503"}
    assert findings(told(monitor, actor=SUPERVISOR))["S503"] is FindingOutcome.MISMATCH
    elsewhere = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
    for actor, person in ((elsewhere, LEAD), (SUPERVISOR, SOMEONE_ELSE)):
        with pytest.raises(NotFound):
            told(monitor, actor=actor, person_id=person.person_id)
    monitor.send(correction("not-so", "inspected"))
    _settle(monitor)
    with pytest.raises(NotFound):
        told(monitor, actor=SUPERVISOR)


def test_a_lead_of_a_retracted_opening_was_the_business_of_its_supervisor_until_then(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED)
    before = told(monitor, actor=SUPERVISOR)
    monitor.clock.pass_by(days=1)
    monitor.send(correction("never", "opening"))
    with pytest.raises(NotFound):
        told(monitor, actor=SUPERVISOR)
    stood = told(monitor, Knowledge(START), actor=SUPERVISOR)
    assert replace(stood, known_at=None) == before


def test_a_lead_was_the_business_of_the_place_of_the_opening_as_it_was_known(monitor: Monitor) -> None:
    """Whoever it concerns since a correction does not see what was known before it, and the other way round."""
    monitor.send(OPENING)
    monitor.clock.pass_by(days=1)
    monitor.send(correction("moved", "opening", a_bid_opening(jurisdiction="440300")))
    assert told(monitor, Knowledge(START), actor=SUPERVISOR).entries
    assert told(monitor, actor=ELSEWHERE).entries
    for knowledge, actor in ((EVERYTHING, SUPERVISOR), (Knowledge(START), ELSEWHERE)):
        with pytest.raises(NotFound):
            told(monitor, knowledge, actor=actor)


def test_whom_a_clue_was_about_is_shown_of_the_time_in_which_it_stood(monitor: Monitor) -> None:
    """Of a person never named in a bid: not before the clue, nor after it was withdrawn; nor by anybody else."""
    unseen = monitor.clock.moment
    monitor.send(said(an_inspection(), "in-order"))
    monitor.clock.pass_by(days=1)
    monitor.send(said(an_inspection(present=False), "inspected"))
    _settle(monitor)
    stood = monitor.clock.moment
    monitor.send(correction("not-so", "inspected"))
    _settle(monitor)
    withdrawn = monitor.clock.moment
    assert findings(told(monitor, Knowledge(stood), actor=SUPERVISOR))["S503"] is FindingOutcome.MISMATCH
    for moment, actor in ((unseen, SUPERVISOR), (withdrawn, SUPERVISOR), (stood, ELSEWHERE), (stood, TRADING)):
        with pytest.raises(NotFound):
            told(monitor, Knowledge(moment), actor=actor)


def test_a_correction_that_came_before_its_fact_makes_nobody_known(monitor: Monitor) -> None:
    """Whom it concerns is learned when the fact comes; until then nothing was known of the person."""
    monitor.send(correction("early", "registered"))
    monitor.clock.pass_by(days=1)
    monitor.send(REGISTERED)
    assert entries(told(monitor), standing=False).keys() == {"registered"}
    with pytest.raises(NotFound):
        told(monitor, Knowledge(START))


def _settle(monitor: Monitor) -> None:
    monitor.clock.pass_by(hours=1)
    monitor.shard.let_time_pass()


def test_a_trading_system_sees_the_leads_of_its_own_openings_only(monitor: Monitor) -> None:
    monitor.send(OPENING, said(a_registration(person=SOMEONE_ELSE), "else"))
    assert not filed(monitor, actor=TRADING).suspended
    with pytest.raises(NotFound):
        filed(monitor, actor=TRADING, person_id=SOMEONE_ELSE.person_id)
    with pytest.raises(NotFound):
        filed(monitor, actor=Actor(Role.SOURCE, "别的系统", source="urn:test"))


def test_a_person_never_heard_of_is_not_found(monitor: Monitor) -> None:
    monitor.send(OPENING)
    for look in (told, filed):
        with pytest.raises(NotFound):
            look(monitor, person_id="f" * 64)


def test_an_exemption_is_told_with_its_period(monitor: Monitor) -> None:
    monitor.send(OPENING, said(an_exemption(valid_to="2025-12-31"), "exempt"))
    entry = entries(told(monitor))["exempt"]
    assert (entry.begins, entry.ends) == (date(2024, 1, 1), date(2025, 12, 31))
    assert "exempt" not in entries(told(monitor, valid_at=date(2026, 1, 1)))


def test_a_lead_of_several_lots_has_the_findings_of_each(monitor: Monitor) -> None:
    second = said(a_bid_opening(lot_id="2", bids=(a_bid(bidder=RIVAL),)), "opening-2")
    monitor.send(OPENING, second, REGISTERED)
    assert {finding.subject.split("|")[1] for finding in told(monitor).findings} == {BIDDER.uscc, RIVAL.uscc}


def _bad_conduct() -> ConductRecorded:
    return ConductRecorded(
        record_id="R-1",
        subject=LEAD,
        kind="bad",
        what="未到岗履职",
        authority="广州市住房和城乡建设局",
        happened_on=date(2024, 5, 1),
        published_on=date(2024, 6, 1),
        effective_to=date(2026, 6, 30),
    )
