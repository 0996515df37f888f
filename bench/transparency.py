"""What the transparency log costs, on the rows of a ledger that was just filled.

The share of ingest is measured with the log's own code in transactions of the writer's size; the
rows themselves are appended outside the measured time.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.figures import Figure, percentile
from infra.installation import DATABASE_FILE
from infra.storage.database import Database, open_database
from infra.transparency.log import TransparencyLog
from infra.transparency.notes import Signer
from infra.transparency.reader import LogReader
from infra.transparency.rows import LoggedRecorder, scan
from streams.one_machine.writer import LARGEST_GROUP

PROOFS = 2_000
COLD_ROOTS = 20
SHARE_GOAL_PERCENT = 15
PROOF_GOAL_MS = 5
ROOT_GOAL_MS = 50


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds: for each row of the ledger on average, for each proof, for each root read anew."""

    entries: int
    a_row: float
    proofs: list[float]
    roots: list[float]


def run(data: Path, scratch: Path) -> Measured:
    live = open_database(data / DATABASE_FILE)
    try:
        with live.read() as connection:
            size = LogReader(connection).size
        return Measured(size, _logging(live, scratch), _proofs(live, size), _cold_roots(data, size))
    finally:
        live.close()


def figures(measured: Measured, rate: float) -> Iterator[Figure]:
    """``rate`` is that of the full path, in events a second."""
    size = f"at {measured.entries:,} leaves"
    yield Figure("transparency log, per entry", measured.a_row * 1e6, "µs")
    share = measured.a_row * rate * 100
    yield Figure("  share of the full path", share, "%", at_most=SHARE_GOAL_PERCENT)
    yield Figure(f"inclusion proof {size}, p50", percentile(measured.proofs, 50), "ms")
    yield Figure(f"inclusion proof {size}, p99", percentile(measured.proofs, 99), "ms", at_most=PROOF_GOAL_MS)
    yield Figure(f"root read cold {size}, worst", percentile(measured.roots, 100), "ms", at_most=ROOT_GOAL_MS)


def _logging(live: Database, scratch: Path) -> float:
    """Seconds for each row: hashed, put into tiles, and the batch signed."""
    database = open_database(scratch / "log.db")
    recorder = LoggedRecorder(database)
    log = TransparencyLog(recorder, Signer("bench.example/log", b"b" * 32), begun=False)
    with database.transaction() as connection:
        log.load(connection)
    seconds, last = 0.0, 0
    with live.read() as reading:
        rows = scan(reading)
        while group := [row[1:] for row in islice(rows, LARGEST_GROUP)]:
            with database.transaction() as connection:
                recorder.append_rows(connection, group)
                last += len(group)
                started = time.perf_counter()
                log.append(connection, last)
                seconds += time.perf_counter() - started
            log.committed()
    database.close()
    return seconds / last


def _proofs(live: Database, size: int) -> list[float]:
    """Of entries drawn at random, nothing remembered from one to the next."""
    draw, taken = random.Random(1), []
    for _ in range(PROOFS):
        index = draw.randrange(size)
        started = time.perf_counter()
        with live.read() as connection:
            LogReader(connection).inclusion(index, size)
        taken.append(time.perf_counter() - started)
    return taken


def _cold_roots(data: Path, size: int) -> list[float]:
    """Each from a database opened for it, which is part of the time; of the whole log, and of sizes it had."""
    taken = []
    for back in range(COLD_ROOTS):
        started = time.perf_counter()
        database = open_database(data / DATABASE_FILE)
        with database.read() as connection:
            LogReader(connection).root(size - back * min(997, size // COLD_ROOTS))
        taken.append(time.perf_counter() - started)
        database.close()
    return taken
