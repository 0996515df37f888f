"""R036: the cheapest bid disqualified."""

import pytest

from domain.evidence.ocds import Process
from tests.ocds_builders import PROCESS, a_process, an_award, an_offer, explained, flagged

LOW = an_offer("D", 1, status="disqualified")
HIGH = an_offer("W", 2)


def test_a_disqualified_lowest_bid_is_flagged() -> None:
    assert flagged("R036", a_process("P", LOW, HIGH)) == {(PROCESS, "P"): 1}


def test_bidders_without_ids_do_not_matter() -> None:
    nameless = a_process("P", an_offer(None, 1, status="disqualified"), an_offer(None, 2), awards=(an_award(None),))
    assert flagged("R036", nameless)


@pytest.mark.parametrize(
    "process",
    [
        a_process("P", an_offer("D", 3, status="disqualified"), HIGH),
        a_process("P", an_offer("D", 1, status="withdrawn"), HIGH),
        a_process("P", an_offer("D", 1, status="pending"), HIGH),
        a_process("P", HIGH, an_offer("D", 1, status="disqualified", currency="USD")),
        a_process("P", LOW, HIGH, awards=()),
        a_process("P", LOW, HIGH, awards=(an_award(status="pending"),)),
        a_process("P", LOW),
        a_process("P", LOW, HIGH, status="cancelled"),
    ],
)
def test_anything_else_is_not_flagged(process: Process) -> None:
    assert not flagged("R036", process)


def test_of_equally_low_bids_the_one_listed_first_counts() -> None:
    equal = an_offer("D", 2, status="disqualified")
    assert flagged("R036", a_process("P", equal, HIGH))
    assert not flagged("R036", a_process("P", HIGH, equal))


def test_a_bid_disqualified_late_flips_it() -> None:
    assert not flagged("R036", a_process("P", an_offer("D", 1), HIGH))
    assert flagged("R036", a_process("P", LOW, HIGH))


def test_the_explanation_gives_both_amounts() -> None:
    zh, en = explained("R036", a_process("P", LOW, HIGH))
    assert "最低报价1.00被否决" in zh
    assert "the lowest valid one is 2.00 (CNY)" in en
