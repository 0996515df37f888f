"""R035: everybody but the winner disqualified."""

import pytest

from domain.evidence.ocds import Process
from tests.ocds_builders import BIDDER, PROCESS, a_process, an_award, an_offer, explained, flagged

OUT = an_offer("D", status="disqualified")
WINNER = an_offer("W")


def test_the_only_valid_bid_wins_and_others_are_disqualified() -> None:
    assert flagged("R035", a_process("P", OUT, WINNER)) == {(PROCESS, "P"): 1, (BIDDER, "W"): 0}


def test_the_value_is_the_number_of_other_bidders_disqualified() -> None:
    more = an_offer("E", status="disqualified")
    own = an_offer("W", status="disqualified")
    assert flagged("R035", a_process("P", OUT, OUT, more, own, WINNER))[PROCESS, "P"] == 2


@pytest.mark.parametrize(("fewest", "found"), [(0, True), (1, True), (2, False)])
def test_the_fewest_disqualified_can_be_set_but_not_to_none(fewest: int, found: bool) -> None:
    assert bool(flagged("R035", a_process("P", OUT, WINNER), thresholds={"fewest_disqualified": fewest})) is found
    assert not flagged("R035", a_process("P", WINNER), thresholds={"fewest_disqualified": 0})


@pytest.mark.parametrize(
    "process",
    [
        a_process("P", WINNER),
        a_process("P", OUT, WINNER, an_offer("V")),
        a_process("P", OUT, WINNER, awards=(an_award("V"),)),
        a_process("P", OUT, WINNER, awards=(an_award(), an_award("V"))),
        a_process("P", OUT, WINNER, awards=(an_award(status="pending"),)),
        a_process("P", OUT, WINNER, awards=()),
        a_process("P", OUT, WINNER, status="cancelled"),
        a_process("P", an_offer("D", status="withdrawn"), WINNER),
    ],
)
def test_anything_else_is_not_flagged(process: Process) -> None:
    assert not flagged("R035", process)


def test_an_award_that_becomes_final_flips_it() -> None:
    open_still = a_process("P", OUT, WINNER, awards=(an_award(), an_award("D", status="pending")))
    assert not flagged("R035", open_still)
    assert flagged("R035", a_process("P", OUT, WINNER, awards=(an_award(), an_award("D", status="unsuccessful"))))


def test_the_explanation_counts_who_was_disqualified() -> None:
    zh, en = explained("R035", a_process("P", OUT, WINNER))
    assert "另有1家投标人被否决" in zh
    assert en.startswith("Other bidders disqualified: 1")
