"""R025: a bidder that bids often and hardly ever wins."""

from domain.evidence.ocds import Process
from tests.ocds_builders import BIDDER, a_process, an_award, an_offer, explained, flagged, indicators


def loses(number: int, **given: object) -> Process:
    """F bids and another wins, who bids nowhere else."""
    return a_process(
        f"P{number}", an_offer("F"), an_offer(f"W{number}"), **{"awards": (an_award(f"W{number}"),), **given}
    )


LOST = [loses(number) for number in range(5)]
WON = a_process("P9", an_offer("F"), awards=(an_award("F"),))


def test_a_frequent_bidder_that_hardly_wins_is_flagged_with_its_share() -> None:
    assert flagged("R025", WON, *LOST) == {(BIDDER, "F"): 1 / 6}


def test_the_finding_rests_on_all_processes_the_bidder_took_part_in() -> None:
    (found,) = indicators("R025", [WON, *LOST]).indicated
    assert set(found.indication.processes) == {"P9", "P0", "P1", "P2", "P3", "P4"}


def test_a_bidder_that_bids_no_more_than_others_is_not_flagged() -> None:
    once = a_process("P8", an_offer("G"), an_offer("W8"), awards=(an_award("W8"),))
    assert (BIDDER, "G") not in flagged("R025", WON, *LOST, once)


def test_several_bids_in_one_process_count_once() -> None:
    twice = [loses(number, offers=(an_offer("F"), an_offer("F"), an_offer(f"W{number}"))) for number in range(5)]
    assert flagged("R025", WON, *twice) == {(BIDDER, "F"): 1 / 6}


def test_the_fence_itself_is_flagged() -> None:
    assert flagged("R025", WON, *LOST, thresholds={"fixed_fence": "0.17"})
    assert not flagged("R025", WON, *LOST, thresholds={"fixed_fence": "0.16"})


def test_the_percentile_of_frequent_bidders_can_be_set() -> None:
    oftener = [a_process(f"G{number}", an_offer("G"), awards=(an_award("G"),)) for number in range(9)]
    assert (BIDDER, "F") in flagged("R025", WON, *LOST, *oftener)
    assert (BIDDER, "F") not in flagged("R025", WON, *LOST, *oftener, thresholds={"top_percentile": 100})


def test_processes_without_one_final_winner_do_not_count() -> None:
    pending = [loses(number, awards=(an_award(f"W{number}", status="pending"),)) for number in range(5)]
    assert not flagged("R025", WON, *pending, thresholds={"fixed_fence": "0.5"})


def test_disqualified_bids_do_not_count() -> None:
    lost = [loses(number, offers=(an_offer("F", status="disqualified"), an_offer(f"W{number}"))) for number in range(5)]
    assert not flagged("R025", WON, *lost, thresholds={"fixed_fence": "0.5"})


def test_nobody_is_flagged_where_most_bidders_never_win() -> None:
    assert not flagged("R025", *LOST, *(a_process(f"N{n}", an_offer(f"N{n}"), an_offer("W")) for n in range(9)))


def test_the_explanation_counts_bids_and_wins() -> None:
    zh, en = explained("R025", WON, *LOST)
    assert "6个项目中有效投标，中标1个" in zh
    assert "6 processes and won 1 (16.67%)" in en
