"""How many sign-ins one address may fail, and one account may make, in a minute.

An account is counted once it has proven who it is. Counting what a refused token merely claims to be would let
anybody lock anybody else out.
"""

import time
from collections.abc import Callable, Hashable
from http import HTTPStatus
from math import ceil
from typing import Final

from aiohttp import web
from cachetools import TTLCache

from domain.access import Actor
from infra.http.problems import Problem

WINDOW_SECONDS: Final = 60.0
_REMEMBERED: Final = 10_000
"""Keys at most: what comes from ever new addresses must not fill the memory."""


class Counted:
    """Counts by key, each from its first event for one window."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._windows: TTLCache[Hashable, list[float]] = TTLCache(_REMEMBERED, WINDOW_SECONDS, clock)

    def add(self, key: Hashable) -> None:
        # The list is changed in place: to put it in again would begin its window anew.
        self._windows.setdefault(key, []).append(self._clock())

    def wait(self, key: Hashable) -> int | None:
        """Seconds until ``key`` may come again; None where it may now."""
        window = self._windows.get(key, [])
        if len(window) < self._most:
            return None
        return max(1, ceil(window[0] + WINDOW_SECONDS - self._clock()))


class SignInLimits:
    """Those of one application."""

    def __init__(self, *, refused: int, opened: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._refused = Counted(refused, clock=clock)
        self._opened = Counted(opened, clock=clock)

    def check_address(self, address: str) -> None:
        """Raises Problem (429) for an address that was refused too often, before anything is looked up for it."""
        _check(self._refused, address)

    def refused(self, address: str) -> None:
        self._refused.add(address)

    def opened(self, actor: Actor) -> None:
        """Raises Problem (429) for an account that signs in again and again."""
        _check(self._opened, actor)
        self._opened.add(actor)


def _check(counted: Counted, key: Hashable) -> None:
    wait = counted.wait(key)
    if wait is not None:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_sign_ins",
            "Too many sign-ins; come again later.",
            headers={"Retry-After": str(wait)},
        )


SIGN_INS = web.AppKey("sign_in_limits", SignInLimits)
