"""How fast a channel may be used, and when it is left alone: one for each channel of a process, for all its shards."""

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

_MINUTE: Final = 60.0
_LONGEST_PAUSE: Final = 60.0
"""A channel that was away for a day is tried again within so long after it is back."""


class Pace:
    """``per_minute`` None: no limit. ``clock`` counts seconds, and never goes back."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._sent: deque[float] = deque()
        self._closed_until = 0.0
        self._down_until = 0.0
        self._failures = 0

    @property
    def is_down(self) -> bool:
        """Whether the last page that was sent was refused as a whole."""
        return self._failures > 0

    def free(self, wanted: int) -> int:
        """How many letters may be sent now."""
        now = self._clock()
        if now < self._closed_until:
            return 0
        if self._per_minute is None:
            return wanted
        while self._sent and self._sent[0] <= now - _MINUTE:
            self._sent.popleft()
        return min(wanted, self._per_minute - len(self._sent))

    @property
    def pauses(self) -> bool:
        """Whether only letters that were never tried are worth an attempt: the channel was away a moment ago."""
        return self._clock() < self._down_until

    def spend(self, letters: int) -> None:
        """Count letters as sent, before they are: whoever refuses for speed counts those as well."""
        self._sent.extend([self._clock()] * letters)

    def close_for(self, wait: timedelta) -> None:
        """Nothing at all is sent for so long: the other side asked for it."""
        self._closed_until = max(self._closed_until, self._clock() + wait.total_seconds())

    def failed(self) -> None:
        """Everything that was sent was refused, or there was no answer."""
        self._failures += 1
        self._down_until = self._clock() + min(2.0 ** min(self._failures - 1, 10), _LONGEST_PAUSE)

    def worked(self) -> None:
        self._failures, self._down_until = 0, 0.0
