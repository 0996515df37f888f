"""Intake of bulk messages in processes of its own, so that it takes no time from the writer's process."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from streams.child_processes import ChildPool
from streams.intake.completing import SentAgain, prepare_again
from streams.intake.intake import Intake
from streams.intake.prepared import PreparedBatch

_intake: Intake | None = None


class IntakePool:
    """``make_intake`` must be picklable; each process makes its own when it starts, on first use."""

    def __init__(self, make_intake: Callable[[], Intake], *, processes: int) -> None:
        self._make_intake = make_intake
        self._processes = processes
        self._pool = self._started()
        self.ready = False

    def start(self) -> "Future[PreparedBatch]":
        """Start a process before there is anything to prepare: it takes seconds. Done when one is there."""
        return self.prepare(())

    def _started(self) -> ChildPool:
        return ChildPool(self._processes, partial(_begin, self._make_intake))

    def prepare(self, messages: Sequence[bytes], *, allowed_source: str | None = None) -> "Future[PreparedBatch]":
        """Fails with BrokenProcessPool where a process died meanwhile; the next call starts others."""
        return self._submit(partial(_prepare, list(messages), allowed_source))

    def prepare_again(self, again: SentAgain) -> "Future[PreparedBatch]":
        """The same of a message from the quarantine."""
        return self._submit(partial(_prepare_again, again))

    def _submit(self, work: Callable[[], PreparedBatch]) -> "Future[PreparedBatch]":
        try:
            prepared = self._pool.submit(work)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._started()
            prepared = self._pool.submit(work)
        prepared.add_done_callback(self._note)
        return prepared

    def _note(self, prepared: "Future[PreparedBatch]") -> None:
        self.ready = not prepared.cancelled() and prepared.exception() is None

    def close(self) -> None:
        if self.ready:
            self._pool.shutdown(wait=True, cancel_futures=True)
        else:
            # Nothing is lost: a process that is still starting has prepared nothing.
            self._pool.end_now()


def _begin(make_intake: Callable[[], Intake]) -> None:
    global _intake
    # The writer's process answers openings: it goes first where both want the processor.
    os.nice(5)
    _intake = make_intake()
    spare_the_collector()


def _prepare(messages: list[bytes], allowed_source: str | None) -> PreparedBatch:
    assert _intake is not None
    return _intake.prepare(messages, allowed_source=allowed_source)


def _prepare_again(again: SentAgain) -> PreparedBatch:
    assert _intake is not None
    return prepare_again(_intake, again)


def spare_the_collector(*, young: int = 200_000) -> None:
    """Keep the cyclic collector from walking millions of short-lived models.

    At its default threshold it takes three quarters of the time of validation; facts hold
    no cycles. It walks ``young`` objects at a time: 200,000 take 0.1 to 0.3 s, which a feed
    does not notice, and whoever waits does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(young, 4_000_000 // young, 100)


def share_the_interpreter() -> None:
    """Let waiting threads in sooner than after 5 ms: an opening passes from thread to thread beside a busy writer."""
    sys.setswitchinterval(0.001)
