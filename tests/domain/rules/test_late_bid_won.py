"""R030: a bid that came after the deadline, and won."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.evidence.ocds import Awarded, Process
from tests.ocds_builders import BIDDER, PROCESS, a_process, an_award, an_offer, explained, flagged

DEADLINE = datetime(2025, 3, 15, tzinfo=UTC)
LATE = DEADLINE + timedelta(days=17)


def late(**given: object) -> Process:
    return a_process("P", an_offer("W", received_at=LATE), **{"closes_at": DEADLINE, **given})


def test_a_late_bid_of_the_winner_is_flagged_with_the_winner() -> None:
    assert flagged("R030", late()) == {(PROCESS, "P"): 1, (BIDDER, "W"): 1}


@pytest.mark.parametrize(("seconds", "found"), [(-1, False), (0, False), (1, True)])
def test_the_moment_of_the_deadline_is_in_time(seconds: int, found: bool) -> None:
    offer = an_offer("W", received_at=DEADLINE + timedelta(seconds=seconds))
    assert bool(flagged("R030", late(offers=(offer,)))) is found


def test_offsets_are_looked_through() -> None:
    in_time = datetime.fromisoformat("2025-03-15T07:59:00+08:00")
    assert not flagged("R030", late(offers=(an_offer("W", received_at=in_time),)))


@pytest.mark.parametrize("award", [an_award("L"), an_award(status="pending"), an_award(None)])
def test_a_late_bid_that_did_not_win_is_not_flagged(award: Awarded) -> None:
    assert not flagged("R030", late(awards=(award,)))


def test_a_member_of_a_late_consortium_is_flagged_if_it_won() -> None:
    found = flagged("R030", late(offers=(an_offer(bidders=("W", "V"), received_at=LATE),)))
    assert found == {(PROCESS, "P"): 1, (BIDDER, "W"): 1}


def test_without_deadline_or_date_or_validity_nothing_is_flagged() -> None:
    assert not flagged("R030", late(closes_at=None))
    assert not flagged("R030", late(offers=(an_offer("W"),)))
    assert not flagged("R030", late(offers=(an_offer("W", status="disqualified", received_at=LATE),)))


def test_the_explanation_gives_both_moments() -> None:
    zh, en = explained("R030", late())
    assert "2025-04-01 00:00" in zh
    assert "after the deadline of 2025-03-15 00:00" in en
