"""A process of the cluster ends rather than wait for ever for an answer that does not come.

Some faults raise no error: a connection whose other side is silent, a thread that hangs. What was
begun is then not acknowledged, and whoever supervises the process starts it again.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

log = structlog.get_logger(__name__)

EXIT_CODE: Final = 75
"""EX_TEMPFAIL: nothing was acknowledged; the supervisor of the process must start it again."""
STOP_SECONDS: Final = 10.0


@contextmanager
def deadline(seconds: float, *, of: str, records: Sequence[str] = ()) -> Iterator[None]:
    """End the process where the block takes longer; the log names ``records``."""
    timer = end_after(seconds, what=of, records=records)
    try:
        yield
    finally:
        timer.cancel()


def end_after(seconds: float, *, what: str, records: Sequence[str] = ()) -> threading.Timer:
    """End the process then, unless the timer is cancelled before; ``what`` took too long."""
    timer = threading.Timer(seconds, _end, (what, seconds, records))
    timer.daemon = True
    timer.start()
    return timer


def end_soon_after_a_stop() -> None:
    """A process that was told to stop finishes what it began, but only for :data:`STOP_SECONDS`."""
    end_after(STOP_SECONDS, what="stopping")


def _end(what: str, seconds: float, records: Sequence[str]) -> None:
    about = {"records": list(records)} if records else {}
    log.critical("took_too_long", what=what, seconds=seconds, **about)
    os._exit(EXIT_CODE)
