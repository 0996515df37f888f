"""The yardstick: the eventsourcing library's own SQLite recorder, inserting and nothing else."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteDatastore, SQLiteProcessRecorder

from bench.figures import Figure

EVENTS = 400_000
BATCH = 2_000
STATE = b"x" * 400
"""As large as a payment in the ledger."""


def rate(folder: Path, *, most: int = EVENTS) -> float:
    """Events per second into one stream of a new file in WAL mode, in batches; ``most`` events if that is fewer."""
    events = min(EVENTS, most)
    recorder = SQLiteProcessRecorder(SQLiteDatastore(str(folder / f"bare-{uuid4().hex}.db")))
    recorder.create_table()
    batches = list(_batches(events))
    started = time.perf_counter()
    for batch in batches:
        recorder.insert_events(batch)
    seconds = time.perf_counter() - started
    recorder.datastore.close()
    return events / seconds


def figures(rates: list[float]) -> Iterator[Figure]:
    yield Figure("bare eventsourcing SQLite recorder, mean", sum(rates) / len(rates), "events/s")
    yield Figure("  slowest of its runs", min(rates), "events/s")
    yield Figure("  fastest of its runs", max(rates), "events/s")


def _batches(events: int) -> Iterator[list[StoredEvent]]:
    stream = uuid4()
    for first in range(1, events + 1, BATCH):
        yield [
            StoredEvent(stream, version, "tender-integrity.insurance-paid.v1", STATE)
            for version in range(first, first + BATCH)
        ]
