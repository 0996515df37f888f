"""The full path of bulk facts: check, pseudonymise, de-duplicate, record, fold, judge, commit.

A process of its own owns the data folder, as the server does; it is handed one file after the
other and answers with the seconds each took. Writing the files is not measured.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from bench.feed import Feed
from bench.figures import Figure
from bench.memory import PeakMemory

PARTS = 10
WARM_UP_EVENTS = 5_000
RATE_GOAL = 50_000
RATIO_GOAL = 0.3
EVENNESS_GOAL = 0.8
MEMORY_GOAL_MIB = 1_024


@dataclass(frozen=True, slots=True)
class Run:
    """Events per second of each tenth, and the memory it took."""

    events: int
    halfway: datetime
    """When half of them were recorded."""
    rates: tuple[float, ...]
    peak_mib: float

    @property
    def rate(self) -> float:
        return len(self.rates) / sum(1 / rate for rate in self.rates)

    @property
    def evenness(self) -> float:
        return self.rates[-1] / self.rates[0]


def run(data: Path, scratch: Path, events: int) -> Run:
    """Record the city's first ``events`` messages in the empty folder ``data``."""
    feed = Feed(scratch)
    # Not by -m: the intake process would load what the main module names, as it does not in a server.
    command = [sys.executable, "-c", "from bench.feeding import run; run()", str(data)]
    log = scratch / "feeding.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
        ) as feeding,
    ):
        assert feeding.stdin is not None
        assert feeding.stdout is not None
        print(feed.warm_up_file(WARM_UP_EVENTS), file=feeding.stdin, flush=True)
        _answer(feeding.stdout, log)
        with PeakMemory(feeding.pid) as peak:
            rates: list[float] = []
            for number in range(PARTS):
                if number == PARTS // 2:
                    halfway = datetime.now(UTC)
                print(feed.next_file(events // PARTS), file=feeding.stdin, flush=True)
                answer = _answer(feeding.stdout, log)
                if answer["accepted"] != events // PARTS:
                    raise RuntimeError(f"not every message was accepted: {answer}")
                rates.append(answer["accepted"] / answer["seconds"])
        feeding.stdin.close()
    return Run(events, halfway, tuple(rates), peak.mib)


def figures(measured: Run, bare: float) -> Iterator[Figure]:
    """``bare`` is the rate of the yardstick."""
    size = f"{measured.events:,} events"
    part = f"{measured.events // PARTS:,}"
    judged = measured.events >= 100_000
    yield Figure(f"full path, {size}", measured.rate, "events/s", at_least=RATE_GOAL if judged else None)
    yield Figure("  ratio to the bare recorder", measured.rate / bare, "", at_least=RATIO_GOAL if judged else None)
    yield Figure(f"  first {part}", measured.rates[0], "events/s")
    yield Figure(f"  last {part}", measured.rates[-1], "events/s")
    judged = measured.events >= 1_000_000
    yield Figure("  last to first", measured.evenness, "", at_least=EVENNESS_GOAL if judged else None)
    yield Figure("  resident memory, all processes, peak", measured.peak_mib, "MiB", at_most=MEMORY_GOAL_MIB)


def _answer(output: IO[str], log: Path) -> dict[str, Any]:
    line = output.readline()
    if not line:
        said = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise RuntimeError(f"the feeding process ended early: {said}")
    answer: dict[str, Any] = json.loads(line)
    return answer
