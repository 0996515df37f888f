"""One case as it had happened by a moment, as it was known at another."""

from dataclasses import replace
from datetime import datetime

import pytest

from domain.access import Actor, Role
from domain.errors import NotFound
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.policy import PolicyBook
from projections.questions.approval_history import CaseDetail, CaseEvent, case_detail, case_history
from tests.approval_builders import CASE, a_certificate, a_pause, accepted, an_entry, approved, instant, moment
from tests.monitor import AUDITOR, SUPERVISOR, Monitor, correction, said

POLICIES = PolicyBook()
NOW = instant("04-30")
SHENZHEN = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")


def detail(
    monitor: Monitor,
    *,
    known: Knowledge = EVERYTHING,
    valid_at: datetime | None = None,
    now: datetime = NOW,
    actor: Actor = AUDITOR,
) -> CaseDetail:
    with monitor.read() as connection:
        return case_detail(
            connection, monitor.as_of, actor, POLICIES, CASE, knowledge=known, valid_at=valid_at, now=now
        )


def history(monitor: Monitor, knowledge: Knowledge = EVERYTHING, *, actor: Actor = AUDITOR) -> tuple[CaseEvent, ...]:
    with monitor.read() as connection:
        return case_history(connection, monitor.as_of, actor, POLICIES, CASE, knowledge=knowledge, now=NOW)


@pytest.fixture
def case(monitor: Monitor) -> Monitor:
    """Accepted on 03-02, paused from 03-04 to 03-10, decided and certified on 03-20; all recorded in April."""
    monitor.clock.moment = instant("04-01")
    began, ended = a_pause("03-04", "03-10")
    for number, entry in enumerate((accepted("03-02", 5), began, ended, approved("03-20"))):
        monitor.send(said(entry, f"entry-{number}"))
    monitor.send(said(a_certificate(), "certificate", time=moment("03-20")))
    return monitor


def test_nothing_that_had_not_happened_yet_is_in_the_case(case: Monitor) -> None:
    then = detail(case, valid_at=instant("03-19"))
    assert (then.case.state, then.case.closed, then.case.decided_at) == ("special-finished", False, None)
    assert then.certificates == ()
    assert then.case.certificate_in_step is None
    assert detail(case).case.closed


def test_a_pause_that_ended_later_still_lasts_and_the_clock_is_read_at_that_moment(case: Monitor) -> None:
    then = detail(case, valid_at=instant("03-06"))
    assert [pause.ended_at for pause in then.special_procedures] == [None]
    assert then.case.clock is not None
    assert (then.case.clock.stands, then.case.clock.used_working_days, then.case.light) == (True, 2, "green")
    assert then.case.age_days == 4
    assert then.turns_at == ()


def test_what_happens_at_the_moment_itself_has_happened(case: Monitor) -> None:
    assert detail(case, valid_at=instant("03-20")).case.state == "approved"
    assert detail(case, valid_at=instant("03-20 09:59")).case.state == "special-finished"


def test_before_its_first_entry_there_is_no_case(case: Monitor) -> None:
    with pytest.raises(NotFound):
        detail(case, valid_at=instant("03-01"))


def test_the_same_past_is_told_otherwise_once_it_was_corrected(case: Monitor) -> None:
    case.clock.moment = instant("04-10")
    case.send(correction("moved", "entry-3", approved("03-12")))
    past = instant("03-16")
    assert detail(case, valid_at=past).case.state == "approved"
    before = detail(case, known=Knowledge(instant("04-05")), valid_at=past)
    assert (before.case.state, before.valid_at, before.known_at) == ("special-finished", past, instant("04-05"))


def test_at_a_moment_after_everything_the_case_is_as_it_is(case: Monitor) -> None:
    assert detail(case, valid_at=NOW).case == detail(case).case


def test_a_history_can_be_told_as_far_as_it_was_known(case: Monitor) -> None:
    case.clock.moment = instant("04-10")
    case.send(correction("gone", "entry-3"))
    now, then = history(case), history(case, Knowledge(instant("04-05")))
    assert [event.id for event in now if event.retracted] == ["entry-3"]
    assert [event.id for event in then] == [event.id for event in now][:-1]
    assert not any(event.retracted for event in then)


def test_a_retracted_case_is_shown_as_it_stood(case: Monitor) -> None:
    """With its history of that time; now there is no such case."""
    before = detail(case)
    case.clock.moment = instant("04-10")
    case.send(*(correction(f"gone-{number}", f"entry-{number}") for number in range(4)))
    with pytest.raises(NotFound):
        detail(case)
    known = Knowledge(instant("04-05"))
    assert replace(detail(case, known=known), known_at=None) == before
    assert [event.id for event in history(case, known)] == [f"entry-{number}" for number in range(4)] + ["certificate"]
    with pytest.raises(NotFound):
        history(case)


def test_a_case_that_a_correction_moved_to_another_place_was_seen_by_whom_it_concerned_then(monitor: Monitor) -> None:
    monitor.clock.moment = instant("04-01")
    monitor.send(said(an_entry(jurisdiction="440106"), "entry"))
    monitor.clock.moment = instant("04-10")
    monitor.send(correction("moved", "entry", an_entry(jurisdiction="440300")))
    before = Knowledge(instant("04-05"))
    assert detail(monitor, known=before, actor=SUPERVISOR).case.jurisdiction == "440106"
    assert detail(monitor, actor=SHENZHEN).case.jurisdiction == "440300"
    for known, actor in ((EVERYTHING, SUPERVISOR), (before, SHENZHEN), (before, Actor(Role.BIDDER, "申请人"))):
        with pytest.raises(NotFound):
            detail(monitor, known=known, actor=actor)
        with pytest.raises(NotFound):
            history(monitor, known, actor=actor)


def test_whoever_may_see_a_case_sees_it_as_it_had_happened_elsewhere(monitor: Monitor) -> None:
    """Who may see it follows from what was known, and not from the day asked about."""
    monitor.clock.moment = instant("04-01")
    began, handed_over = an_entry("submitted", "03-01", jurisdiction="440300"), accepted(jurisdiction="440106")
    monitor.send(said(began, "began"), said(handed_over, "handed-over"))
    assert detail(monitor, valid_at=instant("03-01"), actor=SUPERVISOR).case.jurisdiction == "440300"
    with pytest.raises(NotFound):
        detail(monitor, valid_at=instant("03-01"), actor=SHENZHEN)
