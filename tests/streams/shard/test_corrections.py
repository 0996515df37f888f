"""A source takes back what it said: before or after we heard it, and as often as it likes."""

import itertools

import pytest

from projections.boards.judged import APPOINTMENTS
from projections.boards.lot_board import LOTS
from streams.shard.corrections import WAITING
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    a_bid,
    a_bid_opening,
    a_payment,
    a_registration,
    a_renaming,
    payments,
)
from tests.monitor import SOURCE, Message, Monitor, correction, said, told_complete

OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
PAID_BY_RIVAL = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL))
PAID_BY_BIDDER = tuple(said(data, f"paid-{data.month}") for data in payments())
CORRECTED = tuple(correction(f"corrected-{data.month}", f"paid-{data.month}", data) for data in payments())


@pytest.fixture
def monitor(monitor: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor)


@pytest.fixture
def monitor_anywhere(monitor_anywhere: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor_anywhere)


def the_end_of(monitor: Monitor, *messages: Message) -> set[tuple[str, str, frozenset[str]]]:
    """Open clues after ``messages``, each in a batch of its own: rule, outcome, fact ids."""
    monitor.send_each(*messages)
    return {(clue.rule, clue.outcome, frozenset(id for _, id in clue.facts)) for clue in monitor.open_clues()}


def last_cause(monitor: Monitor, rule: str) -> str:
    cause: str = monitor.clues()[rule].history[-1]["caused_by"]
    return cause


def test_a_correction_of_what_a_clue_rests_on_withdraws_it_and_is_named(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    assert monitor_anywhere.open_rules() == {"E101", "E102"}
    monitor_anywhere.send(*CORRECTED)
    assert monitor_anywhere.open_rules() == set()
    withdrawn = monitor_anywhere.clues()["E101"]
    assert withdrawn.status == "withdrawn"
    assert withdrawn.history[-1]["what"] == "withdrawn"
    assert last_cause(monitor_anywhere, "E101") == f"{SOURCE}#corrected-2025-05"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_correction_counts_whether_it_comes_before_or_after_its_fact(
    monitor: Monitor, order: tuple[int, ...]
) -> None:
    parts: list[tuple[Message, ...]] = [(OPENING, REGISTERED), PAID_BY_RIVAL, CORRECTED]
    assert the_end_of(monitor, *itertools.chain.from_iterable(parts[place] for place in order)) == set()


def test_a_correction_in_one_batch_with_its_fact_counts(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(*CORRECTED, OPENING, *PAID_BY_RIVAL, REGISTERED)
    assert monitor_anywhere.open_rules() == set()


def test_a_correction_that_waits_for_its_fact_waits_through_a_restart(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(*(correction(f"c-{month}", f"paid-{month}") for month in ("2025-03", "2025-04", "2025-05")))
    assert len(monitor_anywhere.rows(WAITING)) == 3
    monitor_anywhere.reopen()
    monitor_anywhere.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    assert monitor_anywhere.open_rules() == {"E105"}
    assert monitor_anywhere.rows(WAITING) == []


def test_a_correction_of_nothing_ever_said_changes_nothing(monitor: Monitor) -> None:
    expected = the_end_of(monitor, OPENING, REGISTERED, *PAID_BY_RIVAL)
    monitor.send(correction("c", "never-said"))
    assert the_end_of(monitor) == expected


def test_a_retraction_without_replacement_leaves_no_payment(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    monitor.send_each(*(correction(f"c-{data['id']}", data["id"]) for data in PAID_BY_RIVAL))
    assert monitor.open_rules() == {"E105"}


def test_a_correction_of_a_correction_replaces_its_replacement(monitor: Monitor) -> None:
    first = [correction(f"a-{data.month}", f"paid-{data.month}", data) for data in payments(RIVAL)]
    second = [correction(f"b-{data.month}", f"a-{data.month}", data) for data in payments(BIDDER)]
    assert the_end_of(monitor, OPENING, REGISTERED, *PAID_BY_BIDDER) == set()
    assert {rule for rule, *_ in the_end_of(monitor, *first)} == {"E101", "E102"}
    assert the_end_of(monitor, *second) == set()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_corrections_of_corrections_end_the_same_in_any_order(monitor: Monitor, order: tuple[int, ...]) -> None:
    chain = [
        said(a_payment(payer=RIVAL), "paid"),
        correction("first", "paid", a_payment(payer=BIDDER)),
        correction("second", "first", a_payment(payer=RIVAL, scheme="medical")),
    ]
    end = the_end_of(monitor, OPENING, REGISTERED, *(chain[place] for place in order))
    assert ("E101", "mismatch", frozenset({"second"})) in {
        (rule, outcome, ids & {"paid", "first", "second"}) for rule, outcome, ids in end
    }


def test_corrections_that_name_each_other_retract_each_other(monitor: Monitor) -> None:
    circle = [
        correction("one", "other", a_payment(payer=RIVAL)),
        correction("other", "one", a_payment(payer=RIVAL)),
    ]
    assert {rule for rule, *_ in the_end_of(monitor, OPENING, REGISTERED, *circle)} == {"E105"}


@pytest.mark.parametrize("waits", [False, True])
def test_a_correction_can_move_a_fact_to_another_person(monitor_anywhere: Monitor, waits: bool) -> None:
    """One is no longer insured by the rival; the other, who was not insured, is."""
    opening = said(a_bid_opening(bids=(a_bid(), a_bid(person=SOMEONE_ELSE, certificate_no="粤2"))), "opening")
    registered = said(a_registration(person=SOMEONE_ELSE, certificate_no="粤2"), "registered-2")
    moved = [correction(f"c-{data.month}", f"paid-{data.month}", data) for data in payments(RIVAL, person=SOMEONE_ELSE)]
    facts = [opening, REGISTERED, registered, *PAID_BY_RIVAL]
    monitor_anywhere.send_each(*(moved + facts if waits else facts + moved))
    found = {(clue.rule, clue.person_id) for clue in monitor_anywhere.open_clues()}
    someone_else, lead = SOMEONE_ELSE.person_id, LEAD.person_id
    assert found == {("E101", someone_else), ("E102", someone_else), ("E105", lead)}


@pytest.mark.parametrize("waits", [False, True])
def test_a_correction_can_move_an_opening_to_another_lot(monitor_anywhere: Monitor, waits: bool) -> None:
    moved = correction("moved", "opening", a_bid_opening(lot_id="2"))
    facts: list[Message] = [OPENING, REGISTERED, *PAID_BY_RIVAL]
    monitor_anywhere.send_each(*([moved, *facts] if waits else [*facts, moved]))
    assert [row.lot for row in monitor_anywhere.rows(LOTS)] == ["lot:T-2025-001/2"]
    assert [row.lot_id for row in monitor_anywhere.rows(APPOINTMENTS)] == ["2"]
    assert monitor_anywhere.open_rules() == {"E101", "E102"}


def test_an_opening_moved_twice_stays_where_it_was_moved_last(monitor: Monitor) -> None:
    chain: list[Message] = [
        OPENING,
        correction("to-2", "opening", a_bid_opening(lot_id="2")),
        correction("to-3", "to-2", a_bid_opening(lot_id="3")),
    ]
    monitor.send_each(*chain)
    assert [row.lot_id for row in monitor.rows(LOTS)] == [row.lot_id for row in monitor.rows(APPOINTMENTS)] == ["3"]


@pytest.mark.parametrize("waits", [False, True])
def test_a_corrected_renaming_is_undone_for_those_it_concerned(monitor: Monitor, waits: bool) -> None:
    """The payers had the bidder's former name, until the renaming turned out to be another firm's."""
    former = [said(data, f"paid-{data.month}") for data in payments(BIDDER.model_copy(update=_FORMER))]
    renaming = said(a_renaming(), "renamed")
    undone = correction("undone", "renamed", a_renaming(uscc=RIVAL.uscc))
    facts: list[Message] = [OPENING, REGISTERED, *former]
    if waits:
        monitor.send_each(undone, *facts, renaming)
    else:
        monitor.send_each(*facts, renaming)
        assert monitor.open_rules() == set()
        monitor.send(undone)
    assert monitor.open_rules() == {"E101", "E102"}


_FORMER = {"name": "广州旧名建设有限公司", "uscc": None}
