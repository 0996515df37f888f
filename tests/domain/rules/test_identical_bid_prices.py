"""R028: different bidders, one price."""

import pytest

from domain.evidence.ocds import Offer
from tests.ocds_builders import BIDDER, PROCESS, a_process, an_offer, explained, flagged


def test_equal_prices_of_different_bidders_are_flagged_with_both() -> None:
    found = flagged("R028", a_process("P", an_offer("V", 100), an_offer("D", 100, status="disqualified")))
    assert found == {(PROCESS, "P"): 1, (BIDDER, "V"): 1, (BIDDER, "D"): 1}


def test_three_bidders_of_one_price_are_all_flagged() -> None:
    offers = (an_offer("A", 100), an_offer("A", 100), an_offer("B", 100), an_offer("C", 100), an_offer("D", 101))
    found = flagged("R028", a_process("P", *offers))
    assert {whom for group, whom in found if group == BIDDER} == {"A", "B", "C"}


@pytest.mark.parametrize(
    "other",
    [
        an_offer("V", 100),
        an_offer("D", 100.01),
        an_offer("D", 100, currency="USD"),
        an_offer("D"),
        an_offer(None, 100),
        an_offer("D", 100, status="withdrawn"),
        an_offer("D", 100, status="invited"),
        an_offer("D", 100, status=None),
    ],
)
def test_what_is_no_second_bid_of_that_price_is_not_flagged(other: Offer) -> None:
    assert not flagged("R028", a_process("P", an_offer("V", 100), other))


def test_a_consortium_is_another_bidder_than_its_member() -> None:
    found = flagged("R028", a_process("P", an_offer("A", 100), an_offer(None, 100, bidders=("A", "B"))))
    assert {whom for group, whom in found if group == BIDDER} == {"A", "B"}


def test_a_cancelled_process_is_not_flagged() -> None:
    assert not flagged("R028", a_process("P", an_offer("A", 1), an_offer("B", 1), status="cancelled"))


def test_a_second_bid_learned_late_flips_it() -> None:
    assert not flagged("R028", a_process("P", an_offer("A", 100)))
    assert flagged("R028", a_process("P", an_offer("A", 100), an_offer("B", 100)))


def test_the_explanation_names_price_and_bidders() -> None:
    zh, en = explained("R028", a_process("P", an_offer("A", 1234.5), an_offer("B", 1234.5)))
    assert "“A”、“B”的报价同为1,234.50 CNY" in zh
    assert en == "A, B all bid 1,234.50 CNY."
