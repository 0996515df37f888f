"""Whoever waits for news wakes when there is some, and ends when it is told to."""

import asyncio

import pytest

from streams.node.node import News


async def _waiting(news: News) -> "asyncio.Task[bool]":
    waiting = asyncio.create_task(news.wait(60))
    await asyncio.sleep(0)
    return waiting


async def test_all_who_wait_wake_when_there_is_news() -> None:
    news = News()
    waiting = [await _waiting(news), await _waiting(news)]
    news.tell()
    assert await asyncio.gather(*waiting) == [True, True]


async def test_a_wait_ends_without_news_when_its_time_is_over() -> None:
    assert not await News().wait(0.001)


@pytest.mark.parametrize("turns", range(4))
async def test_whoever_is_told_to_end_while_news_comes_ends(turns: int) -> None:
    news = News()
    waiting = await _waiting(news)
    news.tell()
    for _ in range(turns):
        await asyncio.sleep(0)
    if not waiting.done():
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
