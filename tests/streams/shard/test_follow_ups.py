"""What a lot's facts mean for its leads: appointments and candidacies, worked out from what stands."""

import itertools
from datetime import datetime
from typing import Any

import pytest

from domain.facts.bidding import AwardAnnounced, Candidate, CandidatesAnnounced
from domain.follow_ups.appointments import outstanding
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE
from projections.boards.clue_board import CLUES
from projections.boards.judged import APPOINTMENTS
from projections.boards.lot_board import LOTS
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_correction,
    a_firm,
    a_registration,
    payments,
    recorded,
)
from tests.monitor import SOURCE, Message, Monitor, correction, said, told_complete

LOT = "lot:T-2025-001/1"
OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
PAID_BY_RIVAL = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL))


@pytest.fixture
def monitor(monitor: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor)


@pytest.fixture
def monitor_anywhere(monitor_anywhere: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor_anywhere)


def announced(*bidders: Any, **given: Any) -> CandidatesAnnounced:
    candidates = tuple(Candidate(rank=rank, bidder=bidder) for rank, bidder in enumerate(bidders, 1))
    given = {"tender_id": "T-2025-001", "lot_id": "1", "announced_at": "2025-06-25T10:00:00+08:00", **given}
    return CandidatesAnnounced(candidates=candidates, **given)


def awarded(bidder: Any = BIDDER) -> AwardAnnounced:
    awarded_at = datetime.fromisoformat("2025-07-01T10:00:00+08:00")
    return AwardAnnounced(tender_id="T-2025-001", lot_id="1", awarded_at=awarded_at, bidder=bidder)


def derived(monitor: Monitor) -> list[dict[str, Any]]:
    return [fact for fact in monitor.facts() if fact["source"] == FOLLOW_UP_SOURCE]


def kinds(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["type"].split(".")[1] for fact in facts]


def test_an_opening_appoints_the_lead_of_every_bid(monitor: Monitor) -> None:
    bids = (a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE), a_bid(bidder=THIRD))
    monitor.send(said(a_bid_opening(bids=bids), "opening"))
    facts = derived(monitor)
    assert kinds(facts) == ["lead-appointed"] * 3
    assert [fact["data"]["bidder"]["uscc"] for fact in facts] == [BIDDER.uscc, RIVAL.uscc, THIRD.uscc]
    assert [fact["data"]["person"]["person_id"] for fact in facts] == [
        LEAD.person_id,
        SOMEONE_ELSE.person_id,
        LEAD.person_id,
    ]
    assert facts[0]["data"]["rivals"] == sorted([RIVAL.uscc or "", THIRD.uscc or ""])


def test_a_follow_up_names_its_cause_and_happened_with_it(monitor: Monitor) -> None:
    monitor.send(OPENING)
    (fact,) = derived(monitor)
    assert fact["causationid"] == f"{SOURCE}#opening"
    assert datetime.fromisoformat(fact["time"]) == datetime.fromisoformat(OPENING["time"])


def test_a_source_knew_what_followed_when_it_knew_the_cause(monitor: Monitor) -> None:
    monitor.send({**OPENING, "recordedtime": "2025-06-18T10:00:00+08:00"})
    (fact,) = derived(monitor)
    assert datetime.fromisoformat(fact["recordedtime"]) == datetime.fromisoformat("2025-06-18T10:00:00+08:00")


def test_a_candidacy_was_known_when_both_its_causes_were(monitor: Monitor) -> None:
    monitor.send({**OPENING, "recordedtime": "2025-07-18T10:00:00+08:00"})
    monitor.send({**said(announced(BIDDER), "announced"), "recordedtime": "2025-06-25T10:00:00+08:00"})
    fact = derived(monitor)[-1]
    assert datetime.fromisoformat(fact["recordedtime"]) == datetime.fromisoformat("2025-07-18T10:00:00+08:00")


def test_a_candidate_s_lead_is_marked_whichever_came_first(monitor: Monitor) -> None:
    monitor.send_each(said(announced(RIVAL, BIDDER), "announced"), OPENING)
    assert kinds(derived(monitor)) == ["lead-appointed", "lead-candidacy"]
    assert derived(monitor)[1]["data"]["rank"] == 2
    assert derived(monitor)[1]["causationid"] == f"{SOURCE}#announced"


def test_an_award_makes_a_candidate_without_rank(monitor: Monitor) -> None:
    monitor.send_each(OPENING, said(awarded(), "awarded"))
    assert "rank" not in derived(monitor)[1]["data"]


def test_candidates_are_found_by_code_whatever_they_are_called(monitor: Monitor) -> None:
    renamed = BIDDER.model_copy(update={"name": "广州宏图建设集团有限公司"})
    monitor.send_each(OPENING, said(announced(renamed), "announced"))
    assert kinds(derived(monitor)) == ["lead-appointed", "lead-candidacy"]


def test_a_bidder_that_is_no_candidate_has_no_candidacy(monitor: Monitor) -> None:
    monitor.send_each(OPENING, said(announced(RIVAL, THIRD), "announced"))
    assert kinds(derived(monitor)) == ["lead-appointed"]


def test_a_clue_about_a_candidate_says_so(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    assert not monitor.clues()["E101"].candidate
    monitor.send(said(announced(BIDDER), "announced"))
    assert monitor.clues()["E101"].candidate
    assert monitor.clues()["E101"].history[-1]["caused_by"] == f"{SOURCE}#announced"


def test_what_was_derived_once_is_not_derived_again(monitor: Monitor) -> None:
    monitor.send_each(OPENING, said(announced(BIDDER), "announced"), OPENING, said(awarded(), "awarded"), OPENING)
    assert kinds(derived(monitor)) == ["lead-appointed", "lead-candidacy", "lead-candidacy"]


def test_a_corrected_opening_replaces_its_leads(monitor_anywhere: Monitor) -> None:
    """The old lead's clue is withdrawn and names the correction; the new lead is judged."""
    monitor_anywhere.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    bids = (a_bid(person=SOMEONE_ELSE, certificate_no="粤2"),)
    monitor_anywhere.send(correction("fixed", "opening", a_bid_opening(bids=bids)))
    clues = monitor_anywhere.open_clues()
    assert {clue.person_id for clue in clues} == {SOMEONE_ELSE.person_id}
    assert {clue.rule for clue in clues} == {"E105", "C302"}
    (withdrawn,) = (row for row in monitor_anywhere.rows(CLUES) if row.rule == "E101")
    assert (withdrawn.person_id, withdrawn.status) == (LEAD.person_id, "withdrawn")
    assert withdrawn.history[-1]["caused_by"] == f"{SOURCE}#fixed"
    assert [row.person_id for row in monitor_anywhere.rows(APPOINTMENTS)] == [SOMEONE_ELSE.person_id]


def test_a_retracted_opening_withdraws_everything_about_it(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    monitor.send(correction("gone", "opening"))
    assert monitor.open_clues() == frozenset()
    assert monitor.rows(APPOINTMENTS) == monitor.rows(LOTS) == []


def test_a_retracted_announcement_makes_nobody_a_candidate(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL, said(announced(BIDDER), "announced"))
    monitor.send(correction("gone", "announced"))
    clue = monitor.clues()["E101"]
    assert (clue.status, clue.candidate) == ("raised", False)
    assert clue.history[-1]["caused_by"] == f"{SOURCE}#gone"


def test_a_corrected_opening_that_changes_no_lead_changes_what_its_clue_says_of_the_lot(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *PAID_BY_RIVAL)
    tenderer = a_firm("广州市水务投资集团有限公司", 10)
    before = monitor.clues()["E101"].clue_id
    monitor.send(correction("fixed", "opening", a_bid_opening(tenderer=tenderer)))
    clue = monitor.clues()["E101"]
    assert (clue.clue_id, clue.status, clue.tenderer_key) == (before, "raised", tenderer.key)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_lot_ends_the_same_in_any_order(monitor: Monitor, order: tuple[int, ...]) -> None:
    messages: list[Message] = [
        OPENING,
        said(announced(RIVAL, BIDDER), "announced"),
        correction("fixed", "opening", a_bid_opening(bids=(a_bid(person=SOMEONE_ELSE), a_bid(bidder=RIVAL)))),
        correction("again", "announced", announced(BIDDER)),
    ]
    monitor.send_each(*(messages[place] for place in order))
    (lot,) = monitor.rows(LOTS)
    assert (lot.bids, lot.stage) == (2, "candidates")
    people = {(row.person_id, row.bidder_key) for row in monitor.rows(APPOINTMENTS)}
    assert people == {(SOMEONE_ELSE.person_id, BIDDER.uscc), (LEAD.person_id, RIVAL.uscc)}
    candidates = {(clue.person_id, clue.candidate) for clue in _clue_rows(monitor)}
    assert candidates == {(SOMEONE_ELSE.person_id, True), (LEAD.person_id, False)}


def test_ids_of_follow_ups_are_those_of_their_cause_and_line() -> None:
    opening = recorded(a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL))), id="opening", position=1)
    elsewhere = recorded(a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL))), id="opening", position=7)
    ids = [message.id for message in outstanding(LOT, [opening])]
    assert len(set(ids)) == 2
    assert ids == [message.id for message in outstanding(LOT, [elsewhere])]


def test_nothing_is_outstanding_about_an_opening_retracted_before_it_was_heard() -> None:
    opening = recorded(a_bid_opening(), position=2)
    assert outstanding(LOT, [recorded(a_correction(opening), position=1), opening]) == ()


def _clue_rows(monitor: Monitor) -> list[Any]:
    return [row for row in monitor.rows(CLUES) if row.status != "withdrawn"]
