"""D904: a bid names a lead who cannot be identified."""

from datetime import UTC, datetime
from typing import Any

from domain.evidence import RecordedFact, standing
from domain.evidence.lot import UnidentifiedLeadCase, lot_case, unidentified_lead_cases
from domain.facts.bidding import Bid, BidOpened, Candidate, CandidatesAnnounced
from domain.facts.fact import FactData
from domain.facts.unread import Unread, UnreadError
from domain.policy import PolicyBook
from domain.rule import Finding, FindingOutcome, Severity, judge
from tests.builders import BIDDER, RIVAL, a_bid, a_bid_opening, a_correction, in_order, recorded

AT = datetime(2025, 6, 25, 2, tzinfo=UTC)


def an_unread(field: str = "lead", *errors: tuple[str, str], bid: int = 1) -> Unread:
    wrong = errors or (("lead.person.id_number", "check_digit"),)
    said = tuple(UnreadError(field=f"bids[{bid}].{name}", code=code) for name, code in wrong)
    return Unread(field=f"bids[{bid}].{field}" if field else f"bids[{bid}]", digest="0" * 16, errors=said)


def a_bid_without_lead(*errors: tuple[str, str], **given: Any) -> Bid:
    return Bid(**{"bidder": RIVAL, "lead_unidentified": an_unread("lead", *errors), **given})


def an_opening(*bids: Bid, **given: Any) -> BidOpened:
    return a_bid_opening(bids=bids or (a_bid(), a_bid_without_lead()), **given)


def without_lead(*facts: RecordedFact | FactData) -> tuple[UnidentifiedLeadCase, ...]:
    told = [*in_order(fact for fact in facts if isinstance(fact, FactData))]
    told += [fact for fact in facts if isinstance(fact, RecordedFact)]
    of_lot = standing(told)
    case = lot_case(of_lot, policies=PolicyBook())
    assert case is not None
    return unidentified_lead_cases(case, of_lot)


def findings(*facts: RecordedFact | FactData) -> list[Finding]:
    return [found for case in without_lead(*facts) for found in judge(case)]


def only(*facts: RecordedFact | FactData) -> Finding:
    (found,) = findings(*facts)
    return found


def test_a_lead_who_cannot_be_identified_is_asked_about() -> None:
    found = only(an_opening())
    assert (found.rule, found.outcome, found.severity) == ("D904", FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert RIVAL.name in found.explanation.zh
    assert "证件号码校验码不符" in found.explanation.zh
    assert "the identity number has a wrong check character" in found.explanation.en
    assert [fact.id for fact in found.facts] == ["0001"]


def test_nothing_is_said_of_bids_whose_leads_are_known() -> None:
    assert findings(a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL)))) == []


def test_each_bidder_is_asked_once_however_many_bids_it_handed_in() -> None:
    both = (a_bid_without_lead(), a_bid_without_lead(("lead.person.name", "missing")))
    found = only(an_opening(*both))
    assert "姓名未填写" in found.explanation.zh
    assert len(findings(an_opening(*both, a_bid_without_lead(bidder=BIDDER)))) == 2


def test_of_an_opening_announced_again_the_later_one_counts() -> None:
    later = a_bid_opening(bids=(a_bid(bidder=RIVAL),), opened_at="2025-06-19T09:30:00+08:00")
    assert findings(an_opening(), later) == []
    earlier = a_bid_opening(bids=(a_bid(bidder=RIVAL),), opened_at="2025-06-17T09:30:00+08:00")
    assert only(an_opening(), earlier).rule == "D904"


def test_a_correction_that_fills_the_lead_in_ends_it() -> None:
    opening = recorded(an_opening())
    filled = recorded(a_correction(opening, a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL)))))
    assert findings(opening, filled) == []
    assert findings(filled, opening) == []


def test_a_winning_candidate_is_marked() -> None:
    candidates = (Candidate(rank=1, bidder=RIVAL),)
    announced = CandidatesAnnounced(tender_id="T-2025-001", lot_id="1", announced_at=AT, candidates=candidates)
    assert [each.candidate for each in without_lead(an_opening(), announced)] == [True]
    assert [each.candidate for each in without_lead(an_opening())] == [False]


def test_a_bid_of_which_not_even_the_bidder_can_be_read_is_told_without_one() -> None:
    found = only(a_bid_opening(unread=(an_unread("", ("bidder.name", "missing")),)))
    assert "有1份投标的投标人未能识别" in found.explanation.zh


def test_an_unreadable_member_of_the_staff_leaves_the_lead_as_it_is() -> None:
    assert findings(a_bid_opening(unread=(an_unread("staff[0]", bid=0),))) == []
