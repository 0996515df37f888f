"""R024: a losing bid hardly dearer than the winning one."""

import pytest

from domain.evidence.ocds import Process
from tests.ocds_builders import BIDDER, PROCESS, a_duel, a_process, an_award, an_offer, explained, flagged, indicators

USUAL = [a_duel(f"U{number}", 100, 200) for number in range(8)]
"""Second bids are twice the winning one: the fence is 100 %."""


def test_a_bid_far_closer_than_usual_is_flagged_with_winner_and_runner_up() -> None:
    found = flagged("R024", a_duel("P", 100, 101), *USUAL)
    assert found == {(PROCESS, "P"): 0.01, (BIDDER, "W"): 0, (BIDDER, "L"): 0} | {
        (PROCESS, process.key): 1 for process in USUAL
    }


def test_the_fence_belongs_to_what_is_flagged() -> None:
    """With equal differences everywhere the fence is that difference: all of them are at it."""
    assert len([whom for whom in flagged("R024", *USUAL) if whom[0] == PROCESS]) == 8


def test_differences_that_vary_set_the_fence_apart() -> None:
    varied = [a_duel(f"V{number}", 100, 190 + number) for number in range(20)]
    found = flagged("R024", a_duel("P", 100, 101), *varied)
    assert {whom for group, whom in found if group == PROCESS} == {"P"}
    zh, en = explained("R024", a_duel("P", 100, 101), *varied)
    assert "1.00%" in zh
    assert "of L, was 1.00% dearer than that of the winner W" in en


def test_a_fixed_fence_takes_the_place_of_the_quartiles() -> None:
    assert flagged("R024", a_duel("P", 100, 105), thresholds={"fixed_fence": "0.05"})
    assert not flagged("R024", a_duel("P", 100, 106), thresholds={"fixed_fence": "0.05"})


def test_nobody_is_flagged_where_a_quarter_has_no_difference() -> None:
    none = [a_duel(f"N{number}", 100, 100) for number in range(5)]
    assert not flagged("R024", *none, *USUAL)


@pytest.mark.parametrize(
    "process",
    [
        a_duel("P", 100, 101, awards=(an_award(), an_award(status="pending"))),
        a_duel("P", 100, 101, awards=(an_award(), an_award("L"))),
        a_duel("P", 100, 101, awards=(an_award(suppliers=("W", "L")),)),
        a_duel("P", 102, 101),
        a_duel("P", 0, 101),
        a_duel("P", 100, 101, status="cancelled"),
        a_process("P", an_offer("W", 100), an_offer("L", 101, status="disqualified")),
        a_process("P", an_offer("W", 100), an_offer("L", 101, bidders=("L", "M"))),
        a_process("P", an_offer("W", 100), an_offer("L", 101, currency="USD")),
        a_process("P", an_offer("W", 100), an_offer("L")),
    ],
)
def test_what_price_alone_did_not_decide_is_left_out(process: Process) -> None:
    assert "P" not in {whom for _, whom in flagged("R024", *USUAL, process)}


def test_a_cancelled_award_was_an_earlier_attempt() -> None:
    again = a_duel("P", 100, 101, awards=(an_award("L", status="cancelled"), an_award()))
    assert (PROCESS, "P") in flagged("R024", *USUAL, again)


def test_the_winners_lowest_bid_counts() -> None:
    twice = a_process("P", an_offer("W", 150), an_offer("W", 100), an_offer("L", 101))
    assert flagged("R024", *USUAL, twice)[PROCESS, "P"] == 0.01


def test_amounts_are_compared_in_the_currency_asked_for() -> None:
    yen = a_process("P", an_offer("W", 100, currency="JPY"), an_offer("L", 101, currency="JPY"))
    assert indicators("R024", [yen, *USUAL], currency="CNY").currency == "CNY"
    assert indicators("R024", [yen, *USUAL]).currency == "JPY"
