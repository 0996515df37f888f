"""A shard whose notices wait for data: what is told, when, and again by a rebuild."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.tables import NOTICES
from alerts.waiting_notices import WAITING_NOTICES
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.clue_board import CLUES
from streams.shard.reach import Reach
from tests.builders import LEAD, MONTHS, RIVAL, a_bid_opening, payments
from tests.infra.http.served import ANY_OPENING_IS_NEWS
from tests.monitor import Clock, Message, Monitor, correction, said, told_complete
from tests.projections.judging.test_sites import ATTENDED, DAYS, DUE, STARTED, messages
from tests.site_builders import present_on

LONGEST = timedelta(seconds=60)
OPENING = said(a_bid_opening(), "opening")


@pytest.fixture
def reach() -> Reach:
    return Reach(LONGEST)


@pytest.fixture
def waiting(tmp_path: Path, reach: Reach) -> Iterator[Monitor]:
    """A shard that tells its notices once their data have come."""
    monitor = Monitor(Settings(data=tmp_path / "data", policy=ANY_OPENING_IS_NEWS))
    monitor.shard = monitor.installation.open_shard(reach=reach)
    yield monitor
    Rebuilding(monitor.installation).rebuild()
    monitor.close()


def paid() -> list[Message]:
    return [said(each, f"paid {each.month}") for each in payments(RIVAL, person=LEAD)]


def occasions(monitor: Monitor) -> list[str]:
    return [row.occasion for row in sorted(monitor.rows(NOTICES), key=lambda row: row.notice_id)]


def test_a_clue_is_raised_at_once_and_its_notices_wait_for_the_bound_at_most(waiting: Monitor) -> None:
    waiting.send(*paid(), OPENING)
    began = waiting.clock.moment
    assert "E101" in waiting.open_rules()
    assert (occasions(waiting), waiting.shard.waiting_since) == ([], began)
    waiting.clock.pass_by(seconds=59.9)
    assert not waiting.shard.let_time_pass()
    waiting.clock.pass_by(seconds=0.1)
    assert waiting.shard.let_time_pass()
    assert set(occasions(waiting)) == {"raised"}
    assert (waiting.rows(WAITING_NOTICES), waiting.shard.waiting_since) == ([], None)


def test_notices_are_told_as_soon_as_their_data_are_complete(waiting: Monitor, reach: Reach) -> None:
    waiting.send(*paid(), OPENING)
    reach.complete(waiting.clock.moment - timedelta(seconds=1))
    assert not waiting.shard.let_time_pass()
    reach.complete(waiting.clock.pass_by(seconds=1))
    assert waiting.shard.let_time_pass()
    assert set(occasions(waiting)) == {"raised"}


def test_a_clue_that_was_withdrawn_while_its_notices_waited_alarms_nobody(waiting: Monitor, reach: Reach) -> None:
    """The wrong payments are taken back meanwhile; in between the clue stands on the board."""
    waiting.send(*paid(), OPENING)
    waiting.clock.pass_by(seconds=5)
    waiting.send(*(correction(f"c-{month}", f"paid {month}") for month in MONTHS))
    gone = {row.clue_id for row in waiting.rows(CLUES) if row.status == "withdrawn"}
    assert gone
    reach.complete(waiting.clock.pass_by(seconds=1))
    waiting.shard.let_time_pass()
    assert gone.isdisjoint(row.clue_id for row in waiting.rows(NOTICES))


def test_what_waits_waits_through_a_restart(waiting: Monitor, reach: Reach) -> None:
    waiting.send(*paid(), OPENING)
    began = waiting.clock.moment
    waiting.shard = waiting.installation.open_shard(reach=reach)
    assert waiting.shard.waiting_since == began
    waiting.clock.pass_by(seconds=60)
    assert waiting.shard.let_time_pass()
    assert set(occasions(waiting)) == {"raised"}


def test_what_waited_for_a_batch_that_failed_is_forgotten(waiting: Monitor) -> None:
    waiting.clock.failure = RuntimeError()
    with pytest.raises(RuntimeError):
        waiting.send(*paid(), OPENING)
    waiting.shard.let_time_pass()
    assert waiting.shard.waiting_since is None


SETTLING = 10
"""Seconds, by the policy."""


@pytest.fixture
def absent(tmp_path: Path, reach: Reach) -> Iterator[Monitor]:
    """A machine so slow that the days of a lead's check-ins lie between them: its absence stands, and is not told."""
    monitor = Monitor(Settings(data=tmp_path / "data"), Clock(DUE))
    told_complete(monitor, *ATTENDED)
    monitor.shard = monitor.installation.open_shard(reach=reach)
    monitor.send(STARTED)
    monitor.clock.pass_by(seconds=SETTLING)
    monitor.shard.let_time_pass()
    assert (monitor.open_rules(), occasions(monitor)) == ({"S501"}, [])
    yield monitor
    Rebuilding(monitor.installation).rebuild()
    monitor.close()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clue_whose_facts_still_settle_when_its_data_have_come_is_judged_before_it_is_told(
    absent: Monitor, reach: Reach, *, restarted: bool
) -> None:
    absent.send(*messages(present_on(DAYS)))
    if restarted:
        absent.shard = absent.installation.open_shard(reach=reach)
    reach.complete(absent.clock.pass_by(seconds=1))
    assert absent.shard.let_time_pass()
    assert (absent.open_rules(), occasions(absent), absent.rows(WAITING_NOTICES)) == (set(), [], [])


def test_a_clue_that_still_holds_when_its_data_have_come_is_told_once(absent: Monitor, reach: Reach) -> None:
    absent.send(*messages(present_on(DAYS[:1])))
    reach.complete(absent.clock.pass_by(seconds=1))
    assert absent.shard.let_time_pass()
    absent.clock.pass_by(seconds=SETTLING)
    absent.shard.let_time_pass()
    assert set(occasions(absent)) == {"raised"}
    assert len({row.recipient_key for row in absent.rows(NOTICES)}) == len(absent.rows(NOTICES))


def test_facts_of_which_no_notice_waits_settle_in_their_own_time(absent: Monitor, reach: Reach) -> None:
    reach.complete(absent.clock.pass_by(seconds=1))
    assert absent.shard.let_time_pass()
    absent.send(*messages(present_on(DAYS)))
    reach.complete(absent.clock.pass_by(seconds=1))
    absent.shard.let_time_pass()
    assert absent.open_rules() == {"S501"}


def test_one_machine_tells_at_once(monitor: Monitor) -> None:
    monitor.send(*paid(), OPENING)
    assert monitor.rows(WAITING_NOTICES) == []
    assert monitor.shard.waiting_since is None
