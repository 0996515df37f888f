"""A shard's tables are repaired while no worker has it, and no worker gets it meanwhile."""

import threading
import time

import psycopg
import pytest

from infra.cluster.holding import ShardHeld, hold_as_worker, without_workers
from infra.storage.database import Database

SHARD, ANOTHER = 601, 602
"""Of no cluster that other tests make on this server."""
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND mode = 'ShareLock'"


def test_a_shard_is_held_by_any_number_of_workers_until_the_last_has_gone(
    postgres_url: str, postgres_database: Database
) -> None:
    """As while it changes hands."""
    with psycopg.connect(postgres_url) as first, psycopg.connect(postgres_url) as second:
        hold_as_worker(first, SHARD)
        hold_as_worker(second, SHARD)
        first.close()
        with pytest.raises(ShardHeld) as held, without_workers(postgres_database, SHARD):
            pass
        with without_workers(postgres_database, ANOTHER):
            pass
    assert held.value.addresses
    with without_workers(postgres_database, SHARD):
        pass


def test_two_repairs_exclude_each_other(postgres_database: Database) -> None:
    with (
        without_workers(postgres_database, SHARD),
        pytest.raises(ShardHeld),
        without_workers(postgres_database, SHARD),
    ):
        pass


def test_a_worker_that_starts_during_a_repair_waits_for_its_end(postgres_url: str, postgres_database: Database) -> None:
    got_it = threading.Event()

    def work() -> None:
        with psycopg.connect(postgres_url) as connection:
            hold_as_worker(connection, SHARD)
            got_it.set()

    worker = threading.Thread(target=work)
    with without_workers(postgres_database, SHARD), psycopg.connect(postgres_url, autocommit=True) as looking:
        worker.start()
        deadline = time.monotonic() + 30
        while looking.execute(_WAITING).fetchone() != (1,):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not got_it.is_set()
    worker.join(30)
    assert got_it.is_set()
