"""One machine: one writer thread, two lanes, commits in groups.

Bid openings go before bulk feeds, so a nightly file never delays an opening. While both
wait, they take turns: neither stops the other, however much of it comes. Whoever waits is
answered after the commit.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from domain.errors import CannotRecord, Overloaded
from streams.intake.prepared import PreparedBatch
from streams.one_machine.commit_times import CommitTimes
from streams.shard.recording import CommitResult
from streams.shard.shard import Shard

log = structlog.get_logger(__name__)

LARGEST_GROUP = 4_000
"""Messages committed together at most; a single call may bring more."""
BULK_TURN = 1_000
"""Messages of bulk work that are committed between two groups of urgent work; a single call may bring more."""
IDLE_SECONDS = 0.5
RETRY_AFTER_SECONDS = 2


@dataclass(slots=True)
class _Work:
    """Something to be committed, and who waits for it."""

    batch: PreparedBatch
    future: "Future[CommitResult]"


@dataclass(slots=True)
class _Command:
    run: Callable[[Shard], Any]
    future: "Future[Any]"


@dataclass(slots=True)
class _Lanes:
    urgent: deque[_Work | _Command] = field(default_factory=deque)
    bulk: deque[_Work | _Command] = field(default_factory=deque)
    waiting: int = 0
    coming: int = 0


class Writer:
    """The thread that owns the shard.

    It commits whatever has gathered while it was busy with the commit before: groups grow
    with the load by themselves, and a lone opening waits for nobody.
    """

    def __init__(self, open_shard: Callable[[], Shard], *, most_waiting: int, committed: Callable[[], None]) -> None:
        self._open_shard = open_shard
        self._most_waiting = most_waiting
        self._committed = committed
        self._lanes = _Lanes()
        self._changed = threading.Condition()
        self._closing = False
        self._somebody_was_due = False
        self._bulk_was_passed_over = False
        self._opened: Future[None] = Future()
        self.commit_times = CommitTimes()
        self._thread = threading.Thread(target=self._run, name="shard-writer", daemon=True)

    def start(self) -> None:
        """Open the shard in its thread; raises what opening it raised."""
        self._thread.start()
        self._opened.result()

    def stop(self) -> None:
        """Commit what was handed in, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive() and self._opened.done() and not self._closing

    @property
    def waiting(self) -> int:
        """Messages handed in and not committed yet."""
        return self._lanes.waiting

    @contextmanager
    def room(self, size: int, *, urgent: bool) -> Iterator[None]:
        """Reserve capacity for ``size`` messages that are being prepared; raises Overloaded if too many wait."""
        with self._changed:
            # Urgent work is never refused for a crowd of bulk work: there is little of it, and people wait for it.
            if self._lanes.waiting + self._lanes.coming > self._most_waiting and not urgent:
                raise Overloaded(RETRY_AFTER_SECONDS)
            self._lanes.coming += size
        try:
            yield
        finally:
            with self._changed:
                self._lanes.coming -= size

    def submit(self, batch: PreparedBatch, *, urgent: bool) -> "Future[CommitResult]":
        """Hand in a batch; raises Overloaded when the end has come."""
        with self._changed:
            return self._put(_Work(batch, Future()), urgent=urgent, size=len(batch))

    def run(self, command: Callable[[Shard], Any]) -> "Future[Any]":
        """Run ``command`` between two commits, before bulk work."""
        with self._changed:
            return self._put(_Command(command, Future()), urgent=True, size=0)

    def _put(self, item: _Work | _Command, *, urgent: bool, size: int) -> "Future[Any]":
        if self._closing:
            raise Overloaded(RETRY_AFTER_SECONDS)
        (self._lanes.urgent if urgent else self._lanes.bulk).append(item)
        self._lanes.waiting += size
        # From here on the work cannot be cancelled: it is committed even if nobody waits for the answer any more.
        item.future.set_running_or_notify_cancel()
        self._changed.notify()
        return item.future

    def _run(self) -> None:
        try:
            shard = self._open_shard()
        except BaseException as error:  # noqa: BLE001 - whoever started the thread is told
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        while True:
            group = self._next_group()
            if group is None:
                return
            self._commit(shard, group)

    def _next_group(self) -> list[_Work | _Command] | None:
        with self._changed:
            idle = not self._lanes.urgent and not self._lanes.bulk and not self._closing
            # One batch judges a bounded number of case groups; more of them may be due at the same moment.
            if idle and not self._somebody_was_due:
                self._changed.wait(IDLE_SECONDS)
            group = self._take()
            if not group and self._closing:
                return None
            return group

    def _take(self) -> list[_Work | _Command]:
        """Urgent work; but some bulk work, where that was passed over last time; without urgent work a whole group."""
        lanes, bulk_is_due = self._lanes, self._bulk_was_passed_over and bool(self._lanes.bulk)
        lane = lanes.urgent if lanes.urgent and not bulk_is_due else lanes.bulk
        self._bulk_was_passed_over = lane is lanes.urgent and bool(lanes.bulk)
        group: list[_Work | _Command] = []
        size = 0
        while lane and size < (BULK_TURN if bulk_is_due else LARGEST_GROUP):
            group.append(item := lane.popleft())
            size += len(item.batch) if isinstance(item, _Work) else 0
        lanes.waiting -= size
        return group

    def _commit(self, shard: Shard, group: Sequence[_Work | _Command]) -> None:
        works = [item for item in group if isinstance(item, _Work)]
        if works:
            self._commit_together(shard, works)
        for item in group:
            if isinstance(item, _Command):
                _settle(item, shard)
        self._somebody_was_due = _time_passes(shard)
        if self._somebody_was_due or group:
            self._committed()

    def _commit_together(self, shard: Shard, works: Sequence[_Work]) -> None:
        """One transaction for all; when it fails, one for each, so that one bad batch fails alone."""
        began = time.perf_counter()
        try:
            receipts = shard.commit([work.batch for work in works])
        except Exception as error:  # noqa: BLE001 - whoever handed the work in is told
            if len(works) == 1:
                works[0].future.set_exception(error)
                # No traceback: the database's words may hold what was sent.
                log.error("commit_failed", error=type(error).__name__, messages=len(works[0].batch))  # noqa: TRY400
                return
            for work in works:
                self._commit_together(shard, [work])
        else:
            self.commit_times.add(time.perf_counter() - began)
            for work, receipt in zip(works, receipts, strict=True):
                work.future.set_result(receipt)


def _time_passes(shard: Shard) -> bool:
    """Judge the case groups that are due; True if there were any. If the database is away, try again later."""
    try:
        return shard.let_time_pass()
    except CannotRecord:
        return False  # The clock and the database say so themselves, once.
    except Exception as error:  # noqa: BLE001 - nobody waits for it, and the writer must live on
        log.warning("due_dates_not_judged", error=type(error).__name__)
        return False


def _settle(command: _Command, shard: Shard) -> None:
    try:
        command.future.set_result(command.run(shard))
    except BaseException as error:  # noqa: BLE001 - whoever gave the command is told
        command.future.set_exception(error)
