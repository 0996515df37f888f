"""Calibrating one rule on everything recorded: ``tender-monitor calibrate``, its start included."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.server import PROGRAM

SECONDS_GOAL = 30
CHANGE = ("E107", "--threshold", "fewest_moves=2")


def run(data: Path) -> float:
    """Seconds."""
    started = time.perf_counter()
    command = [str(PROGRAM), "calibrate", *CHANGE, "--data", str(data), "--json"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def figures(seconds: float, events: int) -> Iterator[Figure]:
    at_most = SECONDS_GOAL if events <= 1_000_000 else None
    yield Figure(f"calibrating one rule over {events:,} events", seconds, "s", at_most=at_most)
