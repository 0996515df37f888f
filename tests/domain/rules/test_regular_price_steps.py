"""T405: prices that rise by one difference or by one ratio."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.price_runs import constant_difference, constant_ratio, longest_run
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import a_bid
from tests.cross_bid_builders import bids, firm, lot_findings

T405 = "T405"
FOUR = ("9700000.00", "9800000.00", "9900000.00", "10000000.00")
RATIO = ("10000000.00", "9800000.00", "9604000.00", "9411920.00", "9223681.60")


def test_four_prices_one_difference_apart_are_suspect_of_medium_severity() -> None:
    (found,) = lot_findings(T405, *bids(*FOUR))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert (found.subject, found.discriminator) == ("lot:T-2025-001/1", "")
    assert "100000 yuan" in found.explanation.en
    assert "依次相差100000元" in found.explanation.zh


def test_prices_one_ratio_apart_are_found_rounded_to_cents() -> None:
    (found,) = lot_findings(T405, *bids(*RATIO))
    assert "1.020408" in found.explanation.en
    assert "5 of 5" in found.explanation.en


def test_the_order_of_the_bids_does_not_matter_and_others_may_lie_between() -> None:
    (found,) = lot_findings(T405, *bids(FOUR[2], "9855000.37", FOUR[0], FOUR[3], "9711111.11", FOUR[1]))
    assert "4 of 6" in found.explanation.en


def test_three_prices_are_too_few() -> None:
    assert lot_findings(T405, *bids(*FOUR[:3])) == []


def test_a_run_must_hold_half_of_the_prices() -> None:
    others = ("9111111.10", "9222224.20", "9333336.40", "9444449.80", "9555561.65")
    assert len(lot_findings(T405, *bids(*FOUR, *others[:4]))) == 1
    assert lot_findings(T405, *bids(*FOUR, *others)) == []


@pytest.mark.parametrize(("last", "found"), [("10000000.03", 1), ("10000000.04", 0)])
def test_three_cents_are_rounding_and_four_are_not(last: str, found: int) -> None:
    assert len(lot_findings(T405, *bids(*FOUR[:3], last))) == found


def test_equal_prices_are_one_step_and_no_price_is_none() -> None:
    assert lot_findings(T405, *bids(*FOUR[:3], FOUR[0], "0", None)) == []
    assert len(lot_findings(T405, *bids(*FOUR, FOUR[0], "0", None))) == 1


def test_one_firm_makes_no_steps_by_itself() -> None:
    assert lot_findings(T405, *(a_bid(bidder=firm(1), price=price) for price in FOUR)) == []


def test_disqualified_bids_count_too() -> None:
    assert len(lot_findings(T405, *bids(*FOUR, disqualified=True))) == 1


def test_thresholds_are_the_jurisdictions() -> None:
    wide = Policy(thresholds={T405: {"most_off_yuan": Decimal(1), "fewest_bids": 5}})
    assert lot_findings(T405, *bids(*FOUR), policy=wide) == []
    (found,) = lot_findings(T405, *bids(*FOUR, "10100000.90"), policy=wide)
    assert dict(found.thresholds)["most_off_yuan"] == "1"


def test_a_longer_run_is_preferred_and_of_equals_the_difference() -> None:
    prices = [Decimal(price) for price in ("1", "2", "3", "4", "8", "16", "32")]
    longest = longest_run(prices, fewest=4, most_off=Decimal("0.03"))
    assert longest is not None
    assert (longest.law, longest.prices[-1]) == (constant_ratio, Decimal(32))
    equal = longest_run(prices[:5], fewest=4, most_off=Decimal("0.03"))
    assert equal is not None
    assert equal.law is constant_difference


@given(st.sets(st.integers(1, 60), max_size=9), st.integers(3, 5))
def test_it_finds_a_run_where_trying_all_subsets_does(levels: set[int], fewest: int) -> None:
    prices = sorted(map(Decimal, levels))
    exhaustive = any(
        all(chosen[i + 2] == law(chosen[i], chosen[i + 1]) for i in range(fewest - 2))
        for law in (constant_difference, constant_ratio)
        for chosen in combinations(prices, fewest)
    )
    assert (longest_run(prices, fewest=fewest, most_off=Decimal("0.0001")) is not None) == exhaustive
