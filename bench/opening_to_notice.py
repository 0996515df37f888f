"""From the POST of a bid opening to its notice on a supervisor's stream, beside a bulk feed."""

import asyncio
import json
import random
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

import aiohttp

from bench.city import LEADS, City
from bench.figures import Figure, percentile
from bench.server import Server, serving

OPENINGS = 200
FEW = 12
OPENINGS_PER_SECOND = 4
BIDS = 8
BULK_PER_SECOND = 5_000
BULK_CALL = 500
P99_GOAL_MS = 100
LAST_NOTICE_SECONDS = 20
DAY = date(2025, 6, 18)
EVENTS_PATH = "/api/v1/events"
NDJSON = "application/x-ndjson"


@dataclass(slots=True)
class Observed:
    """When each opening was posted and when its notice came; how long the answers took."""

    posted: dict[str, float] = field(default_factory=dict)
    noticed: dict[str, float] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)
    bulk_events: int = 0
    bulk_seconds: float = 0.0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def latencies(self) -> list[float]:
        return [self.noticed[tender] - posted for tender, posted in self.posted.items() if tender in self.noticed]


def run(data: Path, *, openings: int = OPENINGS) -> Observed:
    """So many ``openings`` into a server on ``data``, which may hold anything but this module's own tenders."""
    with serving(data) as server:
        return asyncio.run(_observe(server, openings))


def figures(observed: Observed) -> Iterator[Figure]:
    yield Figure("bulk feed over HTTP meanwhile", observed.bulk_events / observed.bulk_seconds, "events/s")
    yield Figure("opening to answer, p50", percentile(observed.answered, 50), "ms")
    yield Figure("opening to answer, p99", percentile(observed.answered, 99), "ms")
    yield Figure("opening to notice, p50", percentile(observed.latencies, 50), "ms")
    yield Figure("opening to notice, p99", percentile(observed.latencies, 99), "ms", at_most=P99_GOAL_MS)
    yield Figure("  openings without a notice", len(observed.posted) - len(observed.latencies), "", at_most=0)


async def _observe(server: Server, count: int) -> Observed:
    name = f"BENCH-{time.time_ns() // 1_000_000}"
    source = f"urn:bench:{name}"
    server.register(source)
    feed = {"Authorization": f"Bearer {server.token('source', '--source', source)}"}
    supervisor = {"Authorization": f"Bearer {server.token('supervisor', '--jurisdiction', '440100')}"}
    observed, city = Observed(), City(name, source=source)
    async with aiohttp.ClientSession(server.url, timeout=aiohttp.ClientTimeout(total=None)) as session:
        openings = [_opening(city, number) for number in range(count)]
        facts = "".join(line for _, leads, _ in openings for lead in leads for line in city.facts_about(lead, day=DAY))
        await _post(session, facts, feed)
        bodies = list(_bulk(city, count))
        listening = asyncio.create_task(_listen(session, supervisor, observed, count))
        feeding = asyncio.create_task(_feed(session, feed, bodies, observed))
        await asyncio.sleep(2)
        await _open(session, feed, openings, observed)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_NOTICE_SECONDS):
                await observed.complete.wait()
        for task in (feeding, listening):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return observed


def _opening(city: City, number: int) -> tuple[str, list[int], str]:
    """Tender, leads and message; the first lead is insured elsewhere, so that there is a clue."""
    draw = random.Random(number)
    suspected = city.lead_with_a_clue()
    others = draw.sample([lead for lead in range(LEADS) if lead % 33], BIDS - 1)
    tender = city.tender(number)
    return tender, [suspected, *others], city.opening(tender, [suspected, *others], day=DAY)


def _bulk(city: City, openings: int) -> Iterator[str]:
    """The feed, drawn before the clock starts; long enough for all openings and a little more."""
    lines = city.bulk()
    for _ in range((openings // OPENINGS_PER_SECOND + 10) * BULK_PER_SECOND // BULK_CALL):
        yield "".join(islice(lines, BULK_CALL))


async def _open(
    session: aiohttp.ClientSession,
    headers: dict[str, str],
    openings: list[tuple[str, list[int], str]],
    observed: Observed,
) -> None:
    for tender, _, message in openings:
        observed.posted[tender] = time.perf_counter()
        async with session.post(
            EVENTS_PATH, data=message.encode(), headers={**headers, "Content-Type": "application/cloudevents+json"}
        ) as response:
            response.raise_for_status()
            await response.read()
        observed.answered.append(time.perf_counter() - observed.posted[tender])
        await asyncio.sleep(max(0, observed.posted[tender] + 1 / OPENINGS_PER_SECOND - time.perf_counter()))


async def _listen(session: aiohttp.ClientSession, headers: dict[str, str], observed: Observed, openings: int) -> None:
    async with session.get("/api/v1/notices/stream", headers=headers) as response:
        response.raise_for_status()
        async for line in response.content:
            found = re.search(rb"BENCH-\d+-\d+", line)
            if found:
                observed.noticed.setdefault(found[0].decode(), time.perf_counter())
            if len(observed.noticed) == openings:
                observed.complete.set()


async def _feed(session: aiohttp.ClientSession, headers: dict[str, str], bodies: list[str], observed: Observed) -> None:
    """Calls of 500 events at a steady rate; a call that is late does not make the next one later."""
    started = time.perf_counter()
    for number, body in enumerate(bodies):
        await asyncio.sleep(max(0, started + number * BULK_CALL / BULK_PER_SECOND - time.perf_counter()))
        await _post(session, body, headers)
        observed.bulk_events += BULK_CALL
        observed.bulk_seconds = time.perf_counter() - started


async def _post(session: aiohttp.ClientSession, body: str, headers: dict[str, str]) -> None:
    async with session.post(EVENTS_PATH, data=body.encode(), headers={**headers, "Content-Type": NDJSON}) as response:
        answer = json.loads(await response.read())
        if response.status != 202 or answer["rejected"]:
            raise RuntimeError(f"the feed was not accepted: {response.status} {answer}")
