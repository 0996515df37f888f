"""How long an event loop was kept from looking after others, by the processor time of its thread.

Time on the wall also counts what other processes of a busy machine do; the loop's own processor time does not.
"""

import asyncio
import gc
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Turns:
    """The longest turn of a loop since :meth:`begin`: from one look at its sockets to the next, in seconds."""

    longest: float = 0.0
    _began: float = field(default=0.0, repr=False)

    def begin(self) -> None:
        # What a process full of other tests keeps is no part of a server, and may be collected within any turn.
        gc.freeze()
        self.longest = 0.0

    def loop(self) -> asyncio.AbstractEventLoop:
        """A loop whose turns are counted here."""
        return asyncio.SelectorEventLoop(_Watched(self._end, self._start))

    def _start(self) -> None:
        self._began = time.thread_time()

    def _end(self) -> None:
        if self._began:
            self.longest = max(self.longest, time.thread_time() - self._began)


class _Watched(selectors.DefaultSelector):
    def __init__(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        super().__init__()
        self._before, self._after = before, after

    def select(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        self._before()
        found: list[tuple[Any, int]] = super().select(timeout)
        self._after()
        return found
