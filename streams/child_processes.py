"""Child processes, each with an interpreter of its own; they end when this process ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any


class ChildPool(ProcessPoolExecutor):
    """Starts a process when it is first given work; ``begin``, which must be picklable, runs first in each."""

    def __init__(self, processes: int, begin: Callable[[], object]) -> None:
        self._spawning = _Spawning()
        super().__init__(processes, mp_context=self._spawning, initializer=_start, initargs=(begin,))

    def end_now(self) -> None:
        """Whatever the processes are doing is left undone."""
        for process in self._spawning.started:
            if process.is_alive():
                process.terminate()
        self.shutdown(wait=True, cancel_futures=True)

    def kill(self) -> None:
        """End processes that heed no other signal, such as stopped ones; their work ends with BrokenProcessPool."""
        for process in self._spawning.started:
            process.kill()


class _Spawning(SpawnContext):
    """Remembers what it started. A forked child would inherit locks that our threads hold."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *given: Any, **named: Any) -> SpawnProcess:  # type: ignore[override] # noqa: N802 - as the base has it
        process = SpawnProcess(*given, **named)
        self.started.append(process)
        return process


def _start(begin: Callable[[], object]) -> None:
    # Ctrl-C reaches every process of the terminal; who started us ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    begin()


def _end_with_parent() -> None:
    """A parent that was killed sends no signal; without this its children would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
