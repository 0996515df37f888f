"""Rebuilding every table from the ledger: ``tender-monitor rebuild``, its start included."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.server import PROGRAM

RATE_GOAL = 80_000


def run(data: Path) -> float:
    """Seconds; raises CalledProcessError when the rebuilt tables differ from the live ones."""
    started = time.perf_counter()
    subprocess.run([str(PROGRAM), "rebuild", "--data", str(data), "--json"], check=True, capture_output=True)
    return time.perf_counter() - started


def figures(seconds: float, events: int) -> Iterator[Figure]:
    yield Figure(f"rebuild of {events:,} events", events / seconds, "events/s", at_least=RATE_GOAL)
