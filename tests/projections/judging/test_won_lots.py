"""Won lots judged inside the shard: what comes late, out of order, twice or corrected ends the same."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from alerts.tables import NOTICES
from domain.evidence import Knowledge
from domain.facts.bidding import AwardAnnounced
from domain.facts.fact import FactData, Org
from domain.facts.insurance import StatedPayment
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.clue_board import CLUES
from projections.boards.won_lots import WON_LOTS
from projections.questions.replayed import lot_replay, person_replay
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_cancellation,
    a_check_in,
    a_closing,
    a_payment,
    a_registration,
    a_renaming,
    a_statement,
    an_exemption,
    payments,
    payments_closed,
)
from tests.examples import examples
from tests.monitor import SOURCE, Message, Monitor, correction, said
from tests.site_builders import PROJECT, a_lead_change, a_start, a_stop, an_acceptance, an_inspection
from tests.streams.test_laws import LAW, End, arrivals, assert_same

SECOND_LEVEL = "二级注册建造师（市政公用工程）"
AFTER_AWARD = frozenset({"E109", "L202", "L203"})


def an_award(bidder: Org = BIDDER) -> AwardAnnounced:
    at = datetime(2025, 6, 25, 2, tzinfo=UTC)
    return AwardAnnounced(tender_id="T-2025-001", lot_id="1", awarded_at=at, bidder=bidder)


OPENING = said(a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))), "opening")
AWARD = said(an_award(), "award")
REGISTERED = said(a_registration(), "registered")
PAID = [said(payment, f"paid-{number}") for number, payment in enumerate(payments())]
STARTED = said(a_start(), "started")
MOVED = said(a_payment(payer=THIRD, month="2025-07"), "moved")
CLOSED = [said(data, f"closed-{data.period}") for data in payments_closed(["2025-07", "2025-08"])]
OTHER_LEAD = said(a_start(lead=SOMEONE_ELSE, on="2025-07-02"), "other-lead")
CONSENT = said(a_lead_change(on="2025-07-02"), "consent")
SUCCESSOR = said(a_registration(person=SOMEONE_ELSE, certificate_no="粤2", qualification=SECOND_LEVEL), "successor")


def after_award(monitor: Monitor) -> set[str]:
    return monitor.open_rules() & AFTER_AWARD


def steps(monitor: Monitor, rule: str) -> list[tuple[str, str]]:
    (row,) = (row for row in monitor.rows(CLUES) if row.rule == rule)
    return [(step["what"], step["caused_by"].removeprefix(f"{SOURCE}#")) for step in row.history]


def test_the_payer_moves_away_the_month_after_the_award_and_comes_back(monitor_anywhere: Monitor) -> None:
    monitor = monitor_anywhere
    monitor.send(OPENING, REGISTERED, *PAID)
    monitor.send(AWARD)
    monitor.send(STARTED)
    assert after_award(monitor) == set()
    monitor.send(MOVED)
    assert after_award(monitor) == {"E109"}
    monitor.send(said(a_payment(month="2025-07"), "back"))
    assert steps(monitor, "E109") == [("raised", "moved"), ("withdrawn", "back")]


def test_payments_that_stop_count_from_the_closing_of_the_second_month_on(monitor_anywhere: Monitor) -> None:
    monitor = monitor_anywhere
    monitor.send(OPENING, REGISTERED, *PAID, AWARD, STARTED)
    monitor.send(CLOSED[0])
    assert after_award(monitor) == set()
    monitor.send(CLOSED[1])
    assert after_award(monitor) == {"E109"}
    assert steps(monitor, "E109") == [("raised", "closed-2025-08")]
    monitor.send(said(a_payment(month="2025-07", paid_on="2025-10-08"), "late"))
    assert steps(monitor, "E109") == [("raised", "closed-2025-08"), ("withdrawn", "late")]


def test_a_gap_ends_with_a_closing_that_is_retracted_or_replaced(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID, AWARD, STARTED, *CLOSED)
    assert after_award(monitor) == {"E109"}
    monitor.send(correction("mistaken", "closed-2025-07"))
    assert after_award(monitor) == set()
    monitor.send(said(a_closing(period="2025-07", delivery_id="again"), "again"))
    assert after_award(monitor) == {"E109"}
    monitor.send(said(a_closing(period="2025-06", delivery_id="june", replaces="again"), "june"))
    assert after_award(monitor) == set()
    assert [what for what, _ in steps(monitor, "E109")] == ["raised", "withdrawn", "reopened", "withdrawn"]


def test_an_answer_to_an_enquiry_covers_its_months_and_its_payments_count(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID, AWARD, STARTED)
    monitor.send(said(a_statement(months=("2025-07", "2025-08")), "stated"))
    assert after_award(monitor) == {"E109"}
    moved = StatedPayment(payer=THIRD, month="2025-08", scheme="pension", paid_on=date(2025, 8, 20))
    monitor.send(correction("mistaken", "stated", a_statement(months=("2025-07", "2025-08"), payments=(moved,))))
    (clue,) = (clue for clue in monitor.open_clues() if clue.rule == "E109")
    assert THIRD.name in str(clue.explanation)
    monitor.send(correction("all-wrong", "mistaken"))
    assert after_award(monitor) == set()


def test_payments_between_the_opening_and_a_late_award_show_that_somebody_insured_the_lead(monitor: Monitor) -> None:
    at = datetime(2025, 9, 25, 2, tzinfo=UTC)
    late = AwardAnnounced(tender_id="T-2025-001", lot_id="1", awarded_at=at, bidder=BIDDER)
    closed = [said(data, f"closed-{data.period}") for data in payments_closed(["2025-10", "2025-11"])]
    monitor.send(OPENING, REGISTERED, said(late, "award"), STARTED, *closed)
    assert after_award(monitor) == set()
    monitor.send(said(a_payment(month="2025-07"), "hired"))
    assert after_award(monitor) == {"E109"}


def test_whether_payments_had_stopped_is_told_as_it_was_known(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID, AWARD, STARTED, *CLOSED)
    known = monitor.clock.pass_by(hours=1)
    monitor.clock.pass_by(hours=1)
    monitor.send(correction("mistaken", "closed-2025-07"))
    assert [found_then(monitor, each) for each in (known, None)] == [{"E109"}, set()]


def test_replays_of_the_lead_and_of_the_lot_tell_when_payments_were_known_to_have_stopped(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID, AWARD, STARTED, *CLOSED, correction("mistaken", "closed-2025-07"))
    about, until = (monitor.as_of, monitor.settings.policy), monitor.clock() + timedelta(hours=1)
    with monitor.read() as connection:
        replays = (
            person_replay(connection, *about, LEAD.person_id, until=until),
            lot_replay(connection, *about, "lot:T-2025-001/1", until=until),
        )
        for replay in replays:
            steps = {fact.fact.id: {each.rule for each in step.findings} for step in replay for fact in step.facts}
            assert ("E109" in steps["closed-2025-08"], "E109" in steps["mistaken"]) == (True, False)


def found_then(monitor: Monitor, known_at: datetime | None) -> set[str]:
    knowledge = Knowledge(known_at)
    with monitor.read() as connection:
        openings = monitor.as_of.cases(connection, LEAD.person_id, knowledge=knowledge, now=monitor.clock())
        found = monitor.as_of.won_findings(connection, openings, knowledge=knowledge)
        return {each.rule for each in found if each.outcome.makes_clue}


@pytest.mark.parametrize("order", [*permutations([OPENING, AWARD, MOVED])])
def test_in_whatever_order_opening_award_and_payment_come_the_clue_is_the_same(
    monitor: Monitor, order: tuple[Message, ...]
) -> None:
    monitor.send(REGISTERED, *PAID)
    monitor.send_each(*order)
    (clue,) = (clue for clue in monitor.open_clues() if clue.rule == "E109")
    assert (clue.bidder, clue.outcome, clue.severity) == (BIDDER.key, "mismatch", "medium")


@pytest.mark.parametrize("order", [*permutations([OPENING, OTHER_LEAD, CONSENT, SUCCESSOR])])
def test_consent_clears_another_lead_and_the_level_of_the_successor_is_compared(
    monitor: Monitor, order: tuple[Message, ...]
) -> None:
    monitor.send(REGISTERED)
    monitor.send_each(*order)
    assert after_award(monitor) == {"L203"}


def test_a_project_that_a_correction_put_in_place_before_the_opening_came_is_seen(monitor: Monitor) -> None:
    started = a_start(lead=SOMEONE_ELSE, on="2025-07-02")
    monitor.send_each(correction("in-place", "never-seen", started), OPENING)
    assert after_award(monitor) == {"L202"}


def test_another_lead_without_consent_is_a_clue_until_the_consent_is_recorded(monitor: Monitor) -> None:
    monitor.send(OPENING, AWARD, REGISTERED, STARTED)
    monitor.send(OTHER_LEAD)
    assert after_award(monitor) == {"L202"}
    row = next(row for row in monitor.rows(CLUES) if row.rule == "L202")
    assert row.case_group == f"won_lots:person:{LEAD.person_id}|{BIDDER.key}|T-2025-001/1"
    assert {"supervisor", "bidder"} <= {notice.recipient_role for notice in monitor.rows(NOTICES)}
    monitor.send(CONSENT)
    assert steps(monitor, "L202") == [("raised", "other-lead"), ("withdrawn", "consent")]


def test_check_ins_and_inspections_in_the_role_of_the_lead_are_seen_and_may_be_corrected(monitor: Monitor) -> None:
    monitor.send(OPENING, AWARD, STARTED)
    for day in (3, 4):
        at = f"2025-07-0{day}T08:00:00+08:00"
        monitor.send(said(a_check_in(person=SOMEONE_ELSE, checked_at=at, trade="项目负责人"), f"acts-{day}"))
    assert after_award(monitor) == {"L202"}
    monitor.send(correction("mistaken", "acts-4"))
    assert steps(monitor, "L202") == [("raised", "acts-4"), ("withdrawn", "mistaken")]
    monitor.send(said(an_inspection(person=SOMEONE_ELSE, role="项目负责人"), "inspected"))
    assert steps(monitor, "L202")[-1] == ("reopened", "inspected")


def test_a_person_who_only_works_there_is_never_looked_at(monitor: Monitor) -> None:
    monitor.send(OPENING, AWARD, STARTED)
    before = monitor.rows(CLUES), monitor.rows(WON_LOTS)
    monitor.send(*(said(a_check_in(person=SOMEONE_ELSE), f"works-{number}") for number in range(5)))
    assert (monitor.rows(CLUES), monitor.rows(WON_LOTS)) == before


def test_an_award_that_is_taken_back_withdraws_what_was_found_after_it(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID, AWARD, MOVED)
    assert after_award(monitor) == {"E109"}
    monitor.send(correction("mistaken", "award", an_award(RIVAL)))
    assert after_award(monitor) == set()
    assert [row.subject.split("|")[1] for row in monitor.rows(WON_LOTS)] == [RIVAL.key]


def test_after_a_restart_a_payment_is_still_met(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID, AWARD)
    monitor.reopen()
    monitor.send(MOVED)
    assert after_award(monitor) == {"E109"}


def test_what_was_found_is_told_as_it_was_known(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID, AWARD, STARTED)
    monitor.send(OTHER_LEAD, MOVED)
    known = monitor.clock.pass_by(hours=1)
    monitor.clock.pass_by(hours=1)
    monitor.send(CONSENT, said(a_payment(month="2025-07"), "back"))
    assert [found_then(monitor, each) for each in (known, None)] == [{"L202"}, set()]


people = st.sampled_from([LEAD, SOMEONE_ELSE])
firms = st.sampled_from([BIDDER, RIVAL, THIRD])
days = st.sampled_from(["2025-06-30", "2025-07-01", "2025-07-02", "2025-08-31"])
closed = st.builds(
    lambda month, area, replaces: a_closing(
        period=month, area=area, replaces=None if replaces in (None, month) else f"insurance-paid/440100/{replaces}"
    ),
    st.sampled_from(["2025-07", "2025-08", "2025-09"]),
    st.sampled_from(["440100", "440100", "440300"]),
    st.sampled_from([None, None, "2025-07", "2025-08"]),
)


def stated_by(payer: Org, month: str) -> StatedPayment:
    return StatedPayment(payer=payer, month=month, scheme="pension", paid_on=date(2025, 9, 20))


qualifications = st.sampled_from(["一级注册建造师", SECOND_LEVEL])
facts: st.SearchStrategy[FactData] = st.one_of(
    st.builds(an_award, firms),
    st.builds(
        lambda make, person, firm, day: make(lead=person, contractor=firm, on=day),
        st.sampled_from([a_start, a_start, a_stop, an_acceptance]),
        people,
        firms,
        days,
    ),
    st.builds(lambda old, new, day: a_lead_change(old=old, new=new, on=day), people, people, days),
    st.builds(
        lambda person, firm, month: a_payment(person=person, payer=firm, month=month),
        people,
        firms,
        st.sampled_from(["2025-05", "2025-07", "2025-08"]),
    ),
    st.builds(
        lambda person, day, role: a_check_in(person=person, checked_at=f"{day}T08:00:00+08:00", trade=role),
        people,
        days,
        st.sampled_from([None, "项目负责人", "项目负责人"]),
    ),
    st.builds(
        lambda person, role: an_inspection(person=person, role=role), people, st.sampled_from([None, "项目经理"])
    ),
    st.builds(
        lambda person, level: a_registration(person=person, certificate_no=person.person_id[:6], qualification=level),
        people,
        qualifications,
    ),
    st.builds(lambda person, day: a_cancellation(person=person, cancelled_on=day), people, days),
    st.builds(lambda person, payer: an_exemption(person=person, payer=payer), people, firms),
    closed,
    st.builds(
        lambda person, months, firm: a_statement(
            person=person,
            months=months,
            payments=() if firm is None else (stated_by(firm, months[0]),),
        ),
        people,
        st.sampled_from([("2025-07",), ("2025-07", "2025-08")]),
        st.one_of(st.none(), firms),
    ),
    st.just(a_renaming(uscc=RIVAL.uscc, old_name=THIRD.name, new_name=RIVAL.name)),
)


STORIES: tuple[tuple[FactData, ...], ...] = (
    (),
    (a_registration(), an_exemption(payer=THIRD), a_payment(payer=THIRD, month="2025-07")),
    (a_payment(month="2025-05"), *payments_closed(["2025-07", "2025-08"])),
    (
        a_registration(),
        a_lead_change(on="2025-07-02"),
        a_registration(person=SOMEONE_ELSE, certificate_no="粤2", qualification=SECOND_LEVEL),
    ),
)
"""What must meet so that something is found, which would rarely be drawn one by one."""


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """A lot of two bids, mostly won and begun, more facts, and corrections of any of them."""
    bids = (a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))
    told: list[FactData] = [a_bid_opening(bids=bids), a_start(lead=draw(people)), an_award(draw(firms))]
    told += (*draw(st.sampled_from(STORIES)), *draw(st.lists(facts, min_size=2, max_size=10)))
    messages: list[Message] = [said(data, f"m{number}") for number, data in enumerate(told)]
    for number in range(len(told), len(told) + draw(st.integers(0, 3))):
        replacement = draw(st.one_of(st.none(), facts))
        messages.append(correction(f"m{number}", f"m{draw(st.integers(0, number - 1))}", replacement))
    return messages


class WonEnd(End):
    """With the table of won lots."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(monitor)
        self.tables[WON_LOTS.name] = sorted(map(tuple, monitor.rows(WON_LOTS)))


def the_end_of(batches: Sequence[Sequence[Message]], *, restarts: bool = False, rebuilt: bool = False) -> WonEnd:
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)))
        for batch in batches:
            monitor.send(*batch)
            monitor.clock.pass_by(seconds=20)
            if restarts:
                monitor.reopen()
        monitor.clock.moment += timedelta(days=1)
        monitor.shard.let_time_pass()
        if rebuilt:
            Rebuilding(monitor.installation).rebuild()
        end = WonEnd(monitor)
        monitor.close()
    return end


@settings(LAW, max_examples=examples(40))
@given(st.data())
def test_any_order_any_batches_repetition_and_a_rebuild_end_the_same(data: st.DataObject) -> None:
    messages = data.draw(histories())
    at_once = the_end_of([messages], rebuilt=True)
    event(f"rules: {sorted({clue.rule for clue in at_once.clues} & AFTER_AWARD)}")
    assert_same(at_once, the_end_of(data.draw(arrivals(messages)), restarts=data.draw(st.booleans())))


def test_consent_that_comes_before_the_start_of_the_project_ends_the_same() -> None:
    started = said(a_start(on="2025-06-30"), "started")
    at_once = the_end_of([[OPENING, REGISTERED, started, CONSENT]], rebuilt=True)
    assert_same(at_once, the_end_of([[OPENING, REGISTERED], [CONSENT], [started]]))
    assert_same(at_once, the_end_of([[OPENING, CONSENT], [REGISTERED], [started]], restarts=True))


def test_the_project_of_the_facts_is_that_of_the_lot() -> None:
    assert a_bid_opening().project_code == PROJECT
