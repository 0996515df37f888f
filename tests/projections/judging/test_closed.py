"""What is missing is judged when it is stated to be complete: then, there, and for whom it concerns."""

import random
from datetime import UTC, datetime

import pytest

from alerts.tables import NOTICES
from domain.evidence.recorded import Knowledge
from domain.policy import Policy
from domain.rule import FindingOutcome, judge
from infra.rebuilding import Rebuilding
from infra.simulation import City
from infra.simulation.wire import TRADING
from projections.boards.closings import CLOSINGS, COVERAGE_ASKS, asking
from projections.boards.due_dates import MOST_AT_ONCE
from tests.builders import (
    BIDDER,
    LEAD,
    MONTHS,
    RIVAL,
    a_bid,
    a_bid_opening,
    a_closing,
    a_register_closed,
    a_registration,
    a_statement,
    payments_closed,
)
from tests.cross_bid_builders import person
from tests.monitor import SOURCE, Message, Monitor, correction, said

OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
CLOSED = [said(data, f"closed-{data.period}") for data in payments_closed()]


def test_a_missing_payment_counts_from_the_closing_of_the_last_month_on(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED, *CLOSED[:2])
    assert monitor_anywhere.open_rules() == set()
    monitor_anywhere.send(CLOSED[2])
    assert monitor_anywhere.open_rules() == {"E105"}
    assert monitor_anywhere.clues()["E105"].history[-1]["caused_by"] == f"{SOURCE}#closed-2025-05"
    Rebuilding(monitor_anywhere.installation).rebuild()


def test_a_retracted_closing_takes_the_clue_back(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED, *CLOSED, correction("open-again", "closed-2025-04"))
    assert monitor_anywhere.open_rules() == set()
    assert monitor_anywhere.clues()["E105"].history[-1]["caused_by"] == f"{SOURCE}#open-again"
    monitor_anywhere.send(said(a_closing(period="2025-04", delivery_id="again"), "again"))
    assert monitor_anywhere.open_rules() == {"E105"}
    Rebuilding(monitor_anywhere.installation).rebuild()


def test_a_delivery_that_is_replaced_by_one_for_another_month_covers_no_more(monitor: Monitor) -> None:
    april = a_closing(period="2025-04").delivery_id
    monitor.send_each(OPENING, REGISTERED, *CLOSED)
    monitor.send(said(a_closing(period="2025-06", delivery_id="june", replaces=april), "june"))
    assert monitor.open_rules() == set()
    monitor.send(correction("not-so", "june"))
    assert monitor.open_rules() == {"E105"}
    Rebuilding(monitor.installation).rebuild()


def test_closings_elsewhere_or_of_other_periods_concern_nobody(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED)
    with monitor.read() as connection:
        assert len(asking(connection, [("insurance-paid", "440100", month) for month in MONTHS])) == 1
        assert asking(connection, [("insurance-paid", "440000", "2025-05")]) != set()
        for key in (
            ("insurance-paid", "440300", "2025-05"),
            ("insurance-paid", "440106", "2025-05"),
            ("insurance-paid", "440100", "2025-06"),
            ("attendance-recorded", "440100", "2025-05"),
            ("registration-recorded", "440000", "2025-07-01"),
            ("safety-assessment-b", "440000", "2025-06-17"),
        ):
            assert asking(connection, [key]) == set(), key
        assert asking(connection, [("certificate-issued", "440000", "2025-06-18")]) != set()


def test_a_register_that_is_closed_day_by_day_judges_a_bid_once(monitor: Monitor) -> None:
    monitor.send_each(OPENING, said(a_register_closed(through="2025-06-20"), "to-20"))
    assert monitor.open_rules() == {"C302"}
    with monitor.read() as connection:
        assert asking(connection, [("registration-recorded", "440000", "2025-06-21")]) == set()
        assert asking(connection, [("registration-recorded", "440000", "2025-06-19")]) != set()


def test_any_order_and_repetition_of_closings_end_the_same(monitor: Monitor) -> None:
    april = a_closing(period="2025-04").delivery_id
    messages: list[Message] = [
        OPENING,
        REGISTERED,
        *CLOSED,
        said(a_closing(period="2025-04", delivery_id="b", replaces=april), "b"),
        said(a_closing(period="2025-03", delivery_id="c", replaces="b"), "c"),
        correction("gone", "c"),
        correction("moved", "closed-2025-05", a_closing(period="2025-05", delivery_id="d", area="440000")),
    ]
    ends = set()
    for seed in range(6):
        installed = Monitor(monitor.settings.model_copy(update={"data": monitor.settings.data / str(seed)}))
        mixed = random.Random(seed).sample([*messages, *messages[:3]], len(messages) + 3)
        for message in mixed:
            installed.send(message)
        Rebuilding(installed.installation).rebuild()
        rows = sorted((row.id, row.kind, row.area, row.through, row.counts) for row in installed.rows(CLOSINGS))
        ends.add((installed.open_clues(), tuple(rows), tuple(map(tuple, installed.rows(COVERAGE_ASKS)))))
        installed.close()
    ((clues, _, _),) = ends
    assert {clue.rule for clue in clues} == {"E105"}


def test_as_known_before_the_closing_there_is_no_evidence(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *CLOSED[:2])
    before = monitor.clock.pass_by(hours=1)
    monitor.clock.pass_by(hours=1)
    monitor.send(CLOSED[2])
    after = monitor.clock.pass_by(hours=1)
    for moment, outcome, month in (
        (before, FindingOutcome.NO_EVIDENCE, "2025-04"),
        (after, FindingOutcome.SUSPECT, "2025-05"),
    ):
        with monitor.read() as connection:
            (case,) = monitor.as_of.cases(connection, LEAD.person_id, knowledge=Knowledge(moment), now=moment)
        assert {found.outcome for found in judge(case) if found.rule == "E105"} == {outcome}
        assert case.complete_to == {"insurance": {"440100": month}, "registrations": {"440000": None}}


def test_more_bids_than_a_batch_takes_are_judged_in_the_next_ones(monitor: Monitor) -> None:
    bids = [a_bid(person=person(number), bidder=BIDDER if number % 2 else RIVAL) for number in range(MOST_AT_ONCE * 3)]
    lots = [a_bid_opening(lot_id=str(lot), bids=tuple(bids[lot::60])) for lot in range(60)]
    monitor.send(*(said(data, f"opening-{data.lot_id}") for data in lots))
    monitor.send(*CLOSED)
    monitor.clock.pass_by(seconds=1)
    rounds = 1
    while monitor.shard.let_time_pass():
        rounds += 1
    assert rounds > 1
    assert sum(clue.rule == "E105" for clue in monitor.open_clues()) == len(bids)


def test_an_answer_to_an_enquiry_covers_its_person_and_nobody_else(monitor_anywhere: Monitor) -> None:
    other = said(a_bid_opening(lot_id="2", bids=(a_bid(person=person(7)),)), "opening-2")
    monitor_anywhere.send_each(OPENING, other, said(a_statement(), "answer"))
    (clue,) = monitor_anywhere.open_clues()
    assert (clue.rule, clue.person_id) == ("E105", LEAD.person_id)
    monitor_anywhere.send(correction("wrong", "answer"))
    assert monitor_anywhere.open_clues() == frozenset()


def test_with_the_trading_system_alone_there_is_no_clue_about_a_lead_and_no_notice(monitor: Monitor) -> None:
    """What the bids themselves show is told; nobody is accused because nothing else has come."""
    monitor.clock.moment = datetime(2026, 11, 1, tzinfo=UTC)
    city = City(seed=3, people=300, months=8, lots=20)
    sent = [line for line in city.messages() if f'"source":"{TRADING}"'.encode() in line]
    assert not monitor.send(*sent).quarantined
    while monitor.shard.let_time_pass():
        pass
    monitor.clock.pass_by(days=900)
    while monitor.shard.let_time_pass():
        pass
    assert {rule for rule in monitor.open_rules() if not rule.startswith("T")} == set()
    told = {clue.clue_id for clue in monitor.open_clues()}
    assert {row.clue_id for row in monitor.rows(NOTICES)} <= told
    assert monitor.rows(CLOSINGS) == []


@pytest.mark.parametrize("gone", ["complete_feeds", "insurance_due_months", "attendance_due_days"])
def test_a_setting_that_is_gone_is_refused_and_says_what_replaces_it(gone: str) -> None:
    with pytest.raises(ValueError, match=f"{gone} is gone: .*delivery"):
        Policy.model_validate({gone: 1})
