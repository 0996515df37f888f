"""T404: two bidders of one lot offer exactly the same price."""

import pytest

from domain.evidence.lot import lot_case
from domain.policy import Policy, PolicyBook
from domain.rule import FindingOutcome, Severity, judge
from tests.builders import BIDDER, BRANCH, a_bid, a_bid_opening, a_firm, in_order
from tests.cross_bid_builders import bids, firm, lot_findings, person

T404 = "T404"


def test_the_same_price_twice_is_suspect_of_medium_severity() -> None:
    (found,) = lot_findings(T404, *bids("1000.50", "990.00", "1000.50"))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert (found.subject, found.discriminator) == ("lot:T-2025-001/1", "1000.5")
    assert firm(1).name in found.explanation.zh
    assert firm(3).name in found.explanation.en


def test_a_cent_apart_is_not_the_same() -> None:
    assert lot_findings(T404, *bids("1000.50", "1000.51")) == []


def test_digits_that_say_nothing_do_not_tell_prices_apart() -> None:
    (found,) = lot_findings(T404, *bids("1000", "1000.00"))
    assert found.discriminator == "1000"


def test_each_price_offered_twice_is_a_finding() -> None:
    found = lot_findings(T404, *bids("1", "2", "1", "2", "3"))
    assert [finding.discriminator for finding in found] == ["1", "2"]


@pytest.mark.parametrize("price", [None, "0", "0.00"])
def test_no_price_and_zero_are_not_prices(price: str | None) -> None:
    assert lot_findings(T404, *bids(price, price)) == []


def test_disqualified_bids_count_too() -> None:
    assert len(lot_findings(T404, *bids("7", "7", disqualified=True))) == 1


def test_one_firm_may_offer_its_price_twice_and_a_branch_is_another() -> None:
    own = a_bid(price="7")
    assert lot_findings(T404, own, a_bid(price="7"), a_bid(bidder=a_firm(BIDDER.name), price="7")) == []
    assert len(lot_findings(T404, own, a_bid(bidder=BRANCH, person=person(1), price="7"))) == 1


def test_the_threshold_is_the_jurisdictions() -> None:
    three = Policy(thresholds={T404: {"fewest_bidders": 3}})
    assert lot_findings(T404, *bids("7", "7"), policy=three) == []
    assert len(lot_findings(T404, *bids("7", "7", "7"), policy=three)) == 1


def test_a_correction_of_a_price_flips_it() -> None:
    for prices, expected in (("7", 1), ("8", 0)):
        case = lot_case(in_order([a_bid_opening(bids=bids("7", prices))]), policies=PolicyBook())
        assert case is not None
        assert len([each for each in judge(case) if each.rule == T404]) == expected
