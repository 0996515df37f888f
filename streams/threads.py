"""Waiting for work in threads until it has ended, even when the waiting task is cancelled."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def finished(work: "asyncio.Future[T]") -> T:
    """The result of ``work``, which is waited for to its end even when we are told to stop.

    Who is told to stop, stops: what ``work`` raised meanwhile is only the cause of that.
    """
    stopped: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError as cancelled:
            stopped = cancelled
        except Exception:  # noqa: BLE001 - raised below
            break
    if stopped is not None:
        raise stopped from work.exception()
    return work.result()


async def in_thread(function: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
    """:func:`asyncio.to_thread` that has ended when this returns or raises.

    A database may be closed once the tasks that ask it have ended: nobody still uses it.
    """
    return await finished(asyncio.ensure_future(asyncio.to_thread(function, *given, **named)))
