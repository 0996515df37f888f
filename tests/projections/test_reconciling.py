"""Clues in line with what the rules say: one step per change, each naming what changed it."""

from typing import Any
from uuid import UUID

from domain.facts.bidding import Candidate, CandidatesAnnounced
from projections.boards.clue_board import HISTORY
from tests.builders import BIDDER, RIVAL, THIRD, a_bid_opening, a_payment, a_registration, payments
from tests.monitor import SOURCE, Message, Monitor, correction, said

OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
PAID_BY_RIVAL: tuple[Message, ...] = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL))


def steps(monitor: Monitor, rule: str = "E101") -> list[tuple[str, str]]:
    """What happened to a clue, and by which of our messages."""
    history: list[dict[str, Any]] = monitor.clues()[rule].history
    return [(step["what"], str(step["caused_by"]).removeprefix(f"{SOURCE}#")) for step in history]


def test_a_finding_that_stays_the_same_leaves_its_clue_alone(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    before = monitor.clues()["E101"]
    monitor.send(said(a_payment(payer=THIRD, scheme="medical", month="2025-03"), "medical in march"))
    assert monitor.clues()["E101"] == before


def test_another_payer_revises_the_clue_and_keeps_its_id(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, PAID_BY_RIVAL[0])
    before = monitor.clues()["E101"]
    monitor.send(said(a_payment(payer=THIRD, month="2025-04"), "april"))
    after = monitor.clues()["E101"]
    assert (after.clue_id, after.number, after.status) == (before.clue_id, before.number, "raised")
    assert steps(monitor) == [("raised", "paid-2025-03"), ("revised", "april")]
    assert after.said["explanation_zh"] != before.said["explanation_zh"]


def test_a_fact_replaced_by_one_that_says_the_same_revises_what_the_clue_rests_on(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, PAID_BY_RIVAL[2])
    monitor.send(correction("again", "paid-2025-05", a_payment(payer=RIVAL)))
    clue = monitor.clues()["E101"]
    assert {fact["id"] for fact in clue.said["facts"]} >= {"again"}
    assert steps(monitor)[-1] == ("revised", "again")


def test_the_fact_named_is_the_one_that_changed_the_answer_not_its_neighbour(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED)
    monitor.send(
        said(a_payment(payer=RIVAL), "decides"),
        said(a_payment(payer=RIVAL, month="2025-03"), "earlier month"),
        said(a_payment(payer=THIRD, scheme="housing-fund"), "other scheme"),
    )
    assert steps(monitor) == [("raised", "decides")]


def test_one_batch_makes_one_step(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID_BY_RIVAL, said(a_payment(payer=BIDDER, month="2025-02"), "before"))
    assert len(steps(monitor)) == 1


def test_clues_are_numbered_as_they_are_first_raised(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    numbers = sorted(row.number for row in monitor.clues().values())
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_withdrawn_clue_keeps_its_row_and_its_history(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, PAID_BY_RIVAL[2], correction("wrong", "paid-2025-05", a_payment()))
    clue = monitor.clues()["E101"]
    assert (clue.status, clue.stands) == ("withdrawn", False)
    assert [what for what, _ in steps(monitor)] == ["raised", "withdrawn"]


def test_candidacy_alone_changes_no_finding_but_is_told(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    before = monitor.clues()["E101"]
    candidates = [Candidate(rank=1, bidder=BIDDER).model_dump(mode="json")]
    given = {"tender_id": "T-2025-001", "lot_id": "1", "announced_at": "2025-06-25T10:00:00+08:00"}
    monitor.send(said(CandidatesAnnounced.model_validate({**given, "candidates": candidates}), "announced"))
    after = monitor.clues()["E101"]
    assert (after.fingerprint, after.status, after.candidate) == (before.fingerprint, "raised", True)


def test_a_clue_s_board_row_is_what_its_events_say(monitor_anywhere: Monitor) -> None:
    """The aggregate read from the ledger and the row written beside it agree."""
    monitor_anywhere.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL, correction("c", "paid-2025-05", a_payment()))
    for row in monitor_anywhere.clues().values():
        clue = monitor_anywhere.installation.decisions.clue(UUID(row.clue_id))
        assert (clue.version, str(clue.status), clue.stands) == (row.version, row.status, row.stands)
        assert HISTORY.validate_python(row.history) == clue.history
