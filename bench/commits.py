"""How long a commit takes while the write-ahead log is copied: inside the commit, or beside the writer.

``python -m bench.commits``. Both runs write the same: 4,000 ledger rows and their index entries
per commit, at a steady pace.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from bench.figures import Figure, heading, line, percentile
from infra.storage.database import Database, open_database
from infra.storage.recorder import LedgerRecorder
from infra.storage.sqlite_engines import sqlite_engines
from projections.index.subject_index import SubjectIndex

COMMITS = 400
ROWS = 4_000
KEYS_PER_ROW = 2
EVERY_SECONDS = 0.06
STATE_BYTES = 450
OWN_CHECKPOINT_PAGES = 4_000
"""SQLite's own checkpoint, as it was set before copying had a thread."""


def main() -> None:
    print(heading())
    for where, inside in (("inside the commit", True), ("beside the writer", False)):
        for figure in figures(run(inside=inside), where):
            print(line(figure.cells()), flush=True)


def run(*, inside: bool) -> list[float]:
    """Seconds of each commit, ``inside``: with SQLite's own checkpoints."""
    with tempfile.TemporaryDirectory(prefix="tender-monitor-bench-") as folder:
        database = open_database(Path(folder) / "ledger.db")
        if inside:
            database.close()
            database = Database(*sqlite_engines(Path(folder) / "ledger.db"))
            with database.transaction() as connection:
                driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA wal_autocheckpoint={OWN_CHECKPOINT_PAGES}")
        seconds = list(_commits(database))
        database.close()
    return seconds


def figures(seconds: list[float], where: str) -> Iterator[Figure]:
    for percent in (50, 99):
        yield Figure(f"commit of {ROWS:,} rows, log copied {where}, p{percent}", percentile(seconds, percent), "ms")
    yield Figure("  longest", percentile(seconds, 100), "ms")


def _commits(database: Database) -> Iterator[float]:
    recorder, index, stream = LedgerRecorder(database), SubjectIndex(), uuid4()
    draw, state = np.random.default_rng(1), os.urandom(STATE_BYTES)
    started = time.perf_counter()
    for number in range(COMMITS):
        time.sleep(max(0.0, started + number * EVERY_SECONDS - time.perf_counter()))
        versions = range(number * ROWS + 1, (number + 1) * ROWS + 1)
        keys = draw.integers(0, 2**63, KEYS_PER_ROW * ROWS).astype(np.uint64)
        with database.transaction() as connection:
            recorder.append_rows(connection, [(stream, version, "measured", state) for version in versions])
            index.append(connection, keys, np.repeat(np.array(versions, np.int64), KEYS_PER_ROW))
            committing = time.perf_counter()
        yield time.perf_counter() - committing
        index.commit()


if __name__ == "__main__":
    main()
