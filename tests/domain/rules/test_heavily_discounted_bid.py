"""R058: a winning bid far below the others."""

from tests.ocds_builders import BIDDER, PROCESS, a_duel, an_award, explained, flagged

VARIED = [a_duel(f"V{number}", 100, 105 + number) for number in range(8)]


def test_a_winning_bid_far_below_the_next_is_flagged_with_its_winner() -> None:
    found = flagged("R058", *VARIED, a_duel("P", 100, 300))
    assert found == {(PROCESS, "P"): 2, (BIDDER, "W"): 0}


def test_usual_differences_are_not_flagged() -> None:
    assert not flagged("R058", *VARIED)


def test_the_upper_fence_itself_is_flagged() -> None:
    assert flagged("R058", a_duel("P", 100, 150), thresholds={"fixed_fence": "0.5"})
    assert not flagged("R058", a_duel("P", 100, 149), thresholds={"fixed_fence": "0.5"})


def test_more_interquartile_ranges_flag_less() -> None:
    near = a_duel("P", 100, 120)
    assert flagged("R058", *VARIED, near, thresholds={"interquartile_ranges": "1"})
    assert not flagged("R058", *VARIED, near, thresholds={"interquartile_ranges": "3"})


def test_nobody_is_flagged_where_nothing_differs() -> None:
    assert not flagged("R058", *(a_duel(f"N{number}", 100, 100) for number in range(5)))


def test_a_pending_award_is_left_out() -> None:
    assert not flagged("R058", *VARIED, a_duel("P", 100, 300, awards=(an_award(), an_award(status="pending"))))


def test_the_explanation_names_both_bidders_and_the_fence() -> None:
    zh, en = explained("R058", *VARIED, a_duel("P", 100, 300))
    assert "“W”" in zh
    assert "200.00%" in en
    assert "upper fence" in en
