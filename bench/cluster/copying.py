"""Rows a second into a PostgreSQL ledger, durably: the library's insert path, and ours by binary COPY."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid4

import numpy as np
import psycopg
from eventsourcing.persistence import StoredEvent

from bench.figures import Figure
from infra.storage.database import Database, open_database
from infra.storage.postgresql_engines import postgresql_url
from infra.storage.recorder import LedgerRecorder
from projections import batches
from projections.index import LogIndex
from projections.index.subject_index import SEEN_TABLES, SubjectIndex

BATCH = 4_000
STATE = os.urandom(450)
TOPIC = "tender-integrity.insurance-paid.v1"
WRITERS = 4
RATE_GOAL = 80_000

Write = Callable[[range], None]
"""Records rows with these versions, in a transaction of its own."""


def figures(url: str, rows: int) -> Iterator[Figure]:
    """So many ``rows`` for each way, one after the other, the library before and after ours."""
    before = _library(url, rows)
    appending = _in_schema(url, _appending, rows=2 * rows)
    whole = _in_schema(url, _with_indexes, rows=rows)
    together = _in_schemas(url, WRITERS, rows=rows)
    after = _library(url, rows)
    library = (before + after) / 2
    yield Figure("library's recorder: lock, unnest, NOTIFY", library, "rows/s")
    yield Figure("ours: lock, binary COPY", appending, "rows/s", at_least=RATE_GOAL)
    yield Figure("  ratio to the library", appending / library, "")
    yield Figure("ours in the shard's transaction (both indexes, batch)", whole, "rows/s", at_least=RATE_GOAL)
    yield Figure(f"ours, {WRITERS} shards at once, all together", together, "rows/s")


def _rate(write: Write, rows: int) -> float:
    write(range(1, BATCH + 1))
    started = time.perf_counter()
    for first in range(BATCH + 1, BATCH + rows + 1, BATCH):
        write(range(first, first + BATCH))
    return rows / (time.perf_counter() - started)


def _library(url: str, rows: int) -> float:
    from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder

    where, name = postgresql_url(url), uuid4().hex[:8]
    datastore = PostgresDatastore(
        dbname=where.database or "",
        host=where.host or "",
        port=str(where.port or 5432),
        user=where.username or "",
        password=where.password or "",
    )
    recorder = PostgresProcessRecorder(
        datastore, tracking_table_name=f"tracking_{name}", events_table_name=f"events_{name}"
    )
    recorder.create_table()
    stream = uuid4()

    def write(versions: range) -> None:
        recorder.insert_events([StoredEvent(stream, version, TOPIC, STATE) for version in versions])

    with datastore:
        return _rate(write, rows)


def _appending(database: Database) -> Write:
    recorder, stream = LedgerRecorder(database), uuid4()

    def write(versions: range) -> None:
        with database.transaction() as connection:
            recorder.append_rows(connection, _rows(stream, versions))

    return write


def _with_indexes(database: Database) -> Write:
    """As a shard records payments that concern nobody judged: two subjects each."""
    recorder, stream, number = LedgerRecorder(database), uuid4(), count(1)
    subjects, seen, draw = SubjectIndex(), LogIndex(SEEN_TABLES), np.random.default_rng(1)

    def write(versions: range) -> None:
        with database.transaction() as connection:
            first = recorder.append_rows(connection, _rows(stream, versions))
            positions = np.arange(first, first + len(versions), dtype=np.int64)
            subjects.append(connection, draw.integers(0, 2**63, 2 * BATCH).astype(np.uint64), np.repeat(positions, 2))
            seen.append(connection, draw.integers(0, 2**63, BATCH).astype(np.uint64), positions)
            batches.add(connection, next(number), (first, int(positions[-1])), datetime.now(UTC))
        subjects.commit()
        seen.commit()

    return write


def _rows(stream: UUID, versions: range) -> list[tuple[UUID | str, int, str, bytes]]:
    return [(stream, version, TOPIC, STATE) for version in versions]


def _in_schema(url: str, writing: Callable[[Database], Write], *, rows: int) -> float:
    schema = f"bench_{uuid4().hex[:8]}"
    database = open_database(url, schema=schema)
    rate = _rate(writing(database), rows)
    database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
    return rate


def _in_schemas(url: str, writers: int, *, rows: int) -> float:
    """Together, from threads of one process: what the server bears is more."""
    threads = [
        threading.Thread(target=_in_schema, args=(url, _appending), kwargs={"rows": rows}) for _ in range(writers)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return writers * rows / (time.perf_counter() - started)
