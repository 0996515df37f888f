"""Intake of bulk feeds in processes of its own, so that it costs the writer and an opening nothing."""

import gc
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from streams.intake import Intake, PreparedBatch

_intake: Intake | None = None


class IntakePool:
    """``make_intake`` must be picklable; each process makes its own on first use."""

    def __init__(self, make_intake: Callable[[], Intake], *, processes: int = 1) -> None:
        self._pool = ProcessPoolExecutor(
            processes,
            # A forked child would inherit locks that threads of the server hold.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(make_intake,),
        )

    def prepare(self, messages: Sequence[bytes], *, allowed_source: str | None = None) -> "Future[PreparedBatch]":
        return self._pool.submit(_prepare, list(messages), allowed_source)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _start(make_intake: Callable[[], Intake]) -> None:
    global _intake
    _intake = make_intake()
    spare_the_collector()


def _prepare(messages: list[bytes], allowed_source: str | None) -> PreparedBatch:
    assert _intake is not None
    return _intake.prepare(messages, allowed_source=allowed_source)


def spare_the_collector() -> None:
    """Keep the cyclic collector from walking millions of short-lived models.

    At its default threshold it takes three quarters of the time of validation; facts hold
    no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
