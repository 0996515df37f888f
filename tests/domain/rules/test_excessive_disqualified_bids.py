"""R038: an unusually high share of disqualified bids."""

from dataclasses import replace

from domain.evidence.ocds import Process
from tests.ocds_builders import BIDDER, BUYER, ENTITY, a_process, an_offer, explained, flagged


def received(buyer: str, disqualified: int, of: int, **given: object) -> Process:
    """A process of ``buyer``; each bid is of a bidder of its own."""
    offers = tuple(
        an_offer(f"{buyer}-{number}", status="disqualified" if number < disqualified else "valid")
        for number in range(of)
    )
    return a_process(f"P-{buyer}", *offers, **{"buyer": buyer, **given})


USUAL = [received(f"B{number}", number % 2, 20) for number in range(8)]
"""Buyers that disqualify no bid or one in twenty: the fence is 12.5 %."""


def test_a_buyer_that_disqualifies_far_more_than_others_is_flagged() -> None:
    assert flagged("R038", *USUAL, received("X", 12, 20)) == {(BUYER, "X"): 0.6}


def test_procuring_entities_are_compared_with_their_like() -> None:
    entities = [replace(received(f"E{n}", n % 2, 20), buyer=None, procuring_entity=f"E{n}") for n in range(8)]
    far = replace(received("X", 12, 20), buyer=None, procuring_entity="X")
    assert flagged("R038", *entities, far) == {(ENTITY, "X"): 0.6}


def test_a_bidder_disqualified_again_and_again_is_flagged() -> None:
    fair = [a_process(f"F{n}", *(an_offer(f"F{m}") for m in range(6)), buyer=None) for n in range(4)]
    out = [a_process(f"X{n}", an_offer("X", status="disqualified"), an_offer("F1")) for n in range(2)]
    some = [a_process(f"S{n}", an_offer(f"F{n}", status="disqualified")) for n in range(3)]
    assert flagged("R038", *fair, *some, *out) == {(BIDDER, "X"): 1}


def test_the_fence_itself_is_flagged() -> None:
    far = received("X", 12, 20)
    assert flagged("R038", *USUAL, far, thresholds={"fixed_fence": "0.6"})
    assert not flagged("R038", *USUAL, far, thresholds={"fixed_fence": "0.61"})


def test_a_single_submitted_bid_says_nothing() -> None:
    one = received("X", 1, 1)
    assert not flagged("R038", *USUAL, one)
    lowered = {"fewest_bids_received": 1, "fewest_bids_made": 2}
    assert flagged("R038", *USUAL, one, thresholds=lowered) == {(BUYER, "X"): 1}


def test_withdrawn_bids_and_cancelled_processes_do_not_count() -> None:
    withdrawn = a_process("P", *(an_offer(f"W{n}", status="withdrawn") for n in range(9)), buyer="X")
    assert not flagged("R038", *USUAL, withdrawn)
    assert not flagged("R038", *USUAL, received("X", 12, 20, status="cancelled"))


def test_nobody_is_flagged_where_no_bid_is_disqualified() -> None:
    assert not flagged("R038", *(received(f"B{n}", 0, 5) for n in range(5)))


def test_the_explanation_counts_bids_and_disqualifications() -> None:
    zh, en = explained("R038", *USUAL, received("X", 12, 20))
    assert "收到的20份投标中12份被否决（60.00%）" in zh
    assert "Of 20 bids received by X, 12 were disqualified (60.00%)" in en
