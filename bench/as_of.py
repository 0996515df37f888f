"""Questions about the past, asked over HTTP of a server that has recorded much."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.city import EVENTS_PER_LOT, City
from bench.figures import Figure, percentile
from bench.server import Server, serving

LOTS = 50
DOSSIER_GOAL_MS = 20


@dataclass(frozen=True, slots=True)
class Observed:
    """Seconds each answer took; every question is asked once, so that nothing answers from memory."""

    comparisons: list[float]
    dossiers: list[float]


def run(data: Path, events: int, known_at: datetime) -> Observed:
    """Compare lots of the city, whose first ``events`` are in ``data``, and show their leads, as of ``known_at``."""
    with serving(data) as server:
        token = server.token("supervisor", "--jurisdiction", "440100")
        asked = urllib.parse.urlencode({"known_at": known_at.isoformat()})
        comparisons, dossiers, people = [], [], dict[str, None]()
        # Of a lot that opened later nothing was known half-way.
        for lot in range(1, 1 + min(LOTS, events // 2 // EVENTS_PER_LOT)):
            path = f"/api/v1/tenders/{City().tender(lot)}/lots/1/comparison?{asked}"
            seconds, answer = _ask(server, path, token)
            comparisons.append(seconds)
            people |= dict.fromkeys(bid["person_id"] for bid in answer["bids"])
        for person in people:
            seconds, _ = _ask(server, f"/api/v1/people/{person}/dossier?{asked}", token)
            dossiers.append(seconds)
    return Observed(comparisons, dossiers)


def figures(observed: Observed) -> Iterator[Figure]:
    yield Figure("dossier as of half-way, over HTTP, p50", percentile(observed.dossiers, 50), "ms")
    yield Figure(
        "dossier as of half-way, over HTTP, p99", percentile(observed.dossiers, 99), "ms", at_most=DOSSIER_GOAL_MS
    )
    yield Figure("comparison of 8 bids as of half-way, over HTTP, p50", percentile(observed.comparisons, 50), "ms")
    yield Figure("comparison of 8 bids as of half-way, over HTTP, p99", percentile(observed.comparisons, 99), "ms")


def _ask(server: Server, path: str, token: str) -> tuple[float, dict[str, Any]]:
    request = urllib.request.Request(server.url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310  # our own server
    started = time.perf_counter()
    with urllib.request.urlopen(request) as response:  # noqa: S310  # our own server
        body = response.read()
    return time.perf_counter() - started, json.loads(body)
