"""What commands cost, on a small folder and on a large one: processor time, the start of the interpreter included."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from bench.city import City
from bench.figures import Figure
from bench.server import PROGRAM

ROUNDS = 5
SMALL = 300
"""Messages in the small folder; the first lot of the city opens among them."""
LINES = 10
GOALS_MS = {"--help": 150, "clues": 600, "approvals": 600, "comparison": 900}
"""A comparison records that it was read, for which it loads a writer."""
INGEST_GOAL_MS = 1_500


@dataclass(frozen=True, slots=True)
class Measured:
    """Processor seconds of one run each, by command; the last is the replay of a lead in the large folder."""

    reading: dict[str, list[float]]
    ingest: list[float]
    replay: float


def run(large: Path, scratch: Path) -> Measured:
    """``large`` holds the beginning of the city."""
    small, lines = scratch / "small", City().lines()
    _ingest(scratch, small, "".join(islice(lines, SMALL)))
    lot = f"{City().tender(1)}/1"
    asked = {"--help": ("--help",)} | {
        command: (command, *subject, "--data", str(small))
        for command, subject in (("clues", ()), ("approvals", ()), ("comparison", (lot,)))
    }
    reading: dict[str, list[float]] = {command: [] for command in asked}
    ingest = []
    # By turns, because the clock of a shared machine moves meanwhile.
    for _ in range(ROUNDS):
        for command, arguments in asked.items():
            reading[command].append(_spent(*arguments))
        ingest.append(_ingest(scratch, small, "".join(islice(lines, LINES))))
    return Measured(reading, ingest, _replay(large, lot))


def figures(measured: Measured) -> Iterator[Figure]:
    """The median of its rounds for each."""
    # The last is asked of the large folder, all others of the small one.
    for command, seconds in measured.reading.items():
        yield _figure(f"processor time of `{command}`", seconds, at_most=GOALS_MS[command])
    yield _figure(f"processor time of `ingest` of {LINES} lines", measured.ingest, at_most=INGEST_GOAL_MS)
    yield _figure("processor time of `replay` of a lead", [measured.replay])


def _figure(what: str, seconds: list[float], *, at_most: float | None = None) -> Figure:
    return Figure(what, 1_000 * median(seconds), "ms", at_most=at_most)


def _ingest(scratch: Path, data: Path, lines: str) -> float:
    file = scratch / "lines.ndjson"
    file.write_text(lines, encoding="utf-8")
    return _spent("ingest", str(file), "--data", str(data))


def _replay(data: Path, lot: str) -> float:
    command = [str(PROGRAM), "comparison", lot, "--data", str(data), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return _spent("replay", f"person:{told['bids'][0]['person_id']}", "--data", str(data))


def _spent(*arguments: str) -> float:
    """Processor seconds of the command and of the processes that it started."""
    # As for anybody whose Python keeps what it has compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(
        [str(PROGRAM), *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stderr is not None
        if process.returncode:
            raise RuntimeError(f"{arguments[0]}: {process.stderr.read().decode(errors='replace')[-2_000:]}")
    return used.ru_utime + used.ru_stime
