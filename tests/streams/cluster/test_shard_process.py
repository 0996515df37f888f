"""A shard in a process of its own."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Passed, Recorded
from streams.cluster.shard_process import BEAT_SECONDS, open_in_child
from streams.cluster.topics import BID_OPENINGS, INSURANCE_PAYMENTS
from streams.cluster.trying_again import AWAY

ONE = Delivery(INSURANCE_PAYMENTS, 1, 7, b"key", b"value", (("ce_id", b"1"),))


@dataclass
class TellingFeed:
    """Writes down what it is given; on an opening it does what ``told`` says."""

    file: Path
    told: str = ""

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        self.note(f"{os.getpid()} {deliveries[0]!r}")
        if deliveries[0].topic == BID_OPENINGS:
            match self.told:
                case "fail":
                    raise OperationalError("SELECT 1", {}, ConnectionRefusedError("away"))
                case "die":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "stop":
                    os.kill(os.getpid(), signal.SIGSTOP)
                case "take long":
                    time.sleep(5 * BEAT_SECONDS)
                case "go on":
                    for number in (signal.SIGINT, signal.SIGTERM):
                        os.kill(os.getpid(), number)
        return Recorded(accepted=len(deliveries))

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:
        return Passed(anything=True, notices_wait=complete_to is None)

    def note(self, text: str) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            print(text, file=file)

    @property
    def notes(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").splitlines()


@contextmanager
def opened(feed: TellingFeed, shard: int) -> Iterator[TellingFeed]:
    feed.note(f"opened {shard}")
    yield feed
    feed.note(f"closed {shard}")


def away(_: int) -> AbstractContextManager[TellingFeed]:
    raise OperationalError("SELECT 1", {}, ConnectionRefusedError("away"))


@pytest.fixture
def feed(tmp_path: Path) -> TellingFeed:
    return TellingFeed(tmp_path / "notes")


def an_opening() -> Delivery:
    return ONE._replace(topic=BID_OPENINGS)


def test_a_shard_is_opened_used_and_closed_in_another_process(feed: TellingFeed) -> None:
    with open_in_child(partial(opened, feed), 3) as shard:
        assert shard.record([ONE, ONE]) == Recorded(accepted=2)
        assert shard.let_time_pass() == Passed(anything=True, notices_wait=True)
        assert shard.let_time_pass(datetime(2026, 1, 1, tzinfo=UTC)) == Passed(anything=True)
    first, told, last = feed.notes
    assert (first, last) == ("opened 3", "closed 3")
    process, _, delivery = told.partition(" ")
    assert int(process) != os.getpid()
    assert delivery == repr(ONE)


def test_an_error_there_is_an_error_here(feed: TellingFeed) -> None:
    feed.told = "fail"
    with open_in_child(partial(opened, feed), 0) as shard:
        with pytest.raises(OperationalError):
            shard.record([an_opening()])
        assert shard.record([ONE]) == Recorded(accepted=1)


def test_a_database_that_is_away_when_a_shard_is_opened_is_told_apart() -> None:
    with pytest.raises(AWAY), open_in_child(away, 0):
        pass


def test_a_process_that_dies_is_noticed(feed: TellingFeed) -> None:
    feed.told = "die"
    with pytest.raises(BrokenProcessPool), open_in_child(partial(opened, feed), 0) as shard:
        shard.record([an_opening()])


def test_a_process_that_is_stopped_for_good_is_killed(feed: TellingFeed) -> None:
    """Its worker waited for ever, and all its other shards with it."""
    feed.told = "stop"
    with pytest.raises(BrokenProcessPool), open_in_child(partial(opened, feed), 0, still_seconds=2) as shard:
        shard.record([an_opening()])


def test_a_process_that_takes_long_is_waited_for(feed: TellingFeed) -> None:
    feed.told = "take long"
    with open_in_child(partial(opened, feed), 0, still_seconds=3) as shard:
        assert shard.record([an_opening()]) == Recorded(accepted=1)


def test_a_signal_to_all_processes_of_a_worker_leaves_its_shards_at_work(feed: TellingFeed) -> None:
    feed.told = "go on"
    with open_in_child(partial(opened, feed), 0) as shard:
        assert shard.record([an_opening()]) == Recorded(accepted=1)
        time.sleep(0.05)
        assert shard.record([ONE]) == Recorded(accepted=1)
