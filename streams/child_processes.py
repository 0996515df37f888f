"""Processes of our own: each has an interpreter of its own, and ends with us."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor


def child_pool(processes: int, begin: Callable[[], object]) -> ProcessPoolExecutor:
    """``begin``, which must be picklable, runs first in each process."""
    # A forked child would inherit locks that our threads hold.
    spawning = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=spawning, initializer=_start, initargs=(begin,))


def _start(begin: Callable[[], object]) -> None:
    # Ctrl-C reaches every process of the terminal; who started us ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    begin()


def _end_with_parent() -> None:
    """One that was killed tells nobody; we would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
