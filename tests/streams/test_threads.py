"""What was begun is waited for, whoever is told to stop."""

import asyncio
import threading

import pytest

from streams.threads import finished, in_thread


async def test_an_error_is_the_error_of_whoever_waits() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await finished(asyncio.ensure_future(fail()))


async def test_the_result_of_a_thread_is_returned() -> None:
    assert await in_thread(divmod, 7, 2) == (3, 1)


async def test_who_is_told_to_stop_stops_though_the_thread_failed() -> None:
    begun, may = threading.Event(), threading.Event()

    def fail() -> None:
        begun.set()
        may.wait(30)
        raise ZeroDivisionError

    task = asyncio.ensure_future(in_thread(fail))
    await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    await asyncio.sleep(0.01)
    may.set()
    with pytest.raises(asyncio.CancelledError) as stopped:
        await task
    assert isinstance(stopped.value.__cause__, ZeroDivisionError)


async def test_who_is_told_to_stop_goes_when_the_thread_has_ended() -> None:
    may, begun, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may.wait(30)
        ended.set()

    task = asyncio.ensure_future(in_thread(work))
    await asyncio.to_thread(begun.wait, 30)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done()
    may.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
