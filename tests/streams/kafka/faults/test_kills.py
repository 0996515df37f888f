"""Processes that end, or stand still, without a word."""

import os
import signal
import time
from collections.abc import Sequence

import psutil
import psycopg
import pytest

from streams.cluster.deadline import EXIT_CODE
from tests.kafka.proving_ground import SESSION_SECONDS, ProvingGround, stop

pytestmark = pytest.mark.long


def test_worker_is_killed(ground: ProvingGround) -> None:
    """`kill -9` of the worker, which is started again."""
    with ground.fault():
        ground.worker.kill()
        ground.worker = ground.a_worker()


def test_shard_process_is_killed(ground: ProvingGround) -> None:
    """`kill -9` of a shard's process: its worker ends with exit code 75, and is started again."""
    with ground.fault():
        shards(ground)[0].kill()
        assert ground.worker.wait(timeout=60) == EXIT_CODE
        ground.worker = ground.a_worker()


def test_publisher_is_killed(ground: ProvingGround) -> None:
    """`kill -9` of the only publisher, which is started again: the next waits for its lease to run out."""
    with ground.fault():
        ground.publisher.kill()
        ground.publisher = ground.a_publisher()


def test_broker_is_killed(ground: ProvingGround) -> None:
    """`kill -9` of the broker, which is started again."""
    with ground.fault():
        ground.broker.restart(signal.SIGKILL)


def test_database_session_is_ended(ground: ProvingGround) -> None:
    """`pg_terminate_backend` of every session of the cluster, ten times within two seconds."""
    with ground.fault():
        for _ in range(10):
            end_sessions(ground)
            time.sleep(0.2)


def test_database_process_is_killed(ground: ProvingGround) -> None:
    """`kill -9` of one session's process: PostgreSQL ends all sessions, and recovers from its log."""
    with ground.fault():
        with psycopg.connect(ground.cluster.database) as connection:
            sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tender-monitor'"
            row = connection.execute(sessions).fetchone()
        assert row is not None
        os.kill(row[0], signal.SIGKILL)


def test_database_loses_its_power(ground: ProvingGround) -> None:
    """PostgreSQL ends at once (SIGQUIT), and is started two seconds later: it recovers from its log."""
    with ground.fault():
        ground.postgres.stop(signal.SIGQUIT)
        time.sleep(2)
        ground.postgres.start()


def test_everything_is_killed(ground: ProvingGround) -> None:
    """`kill -9` of worker, publisher and broker, and PostgreSQL ends at once; all are started again."""
    with ground.fault():
        ground.worker.kill()
        ground.publisher.kill()
        ground.broker.stop(signal.SIGKILL)
        ground.postgres.stop(signal.SIGQUIT)
        ground.postgres.start()
        ground.broker.start()
        ground.worker, ground.publisher = ground.a_worker(), ground.a_publisher()


def test_worker_is_stopped_shortly(ground: ProvingGround) -> None:
    """SIGSTOP of the worker and its shards for two seconds, so that nobody notices."""
    with ground.fault():
        stand_still([psutil.Process(ground.worker.pid), *shards(ground)], seconds=2)


def test_worker_is_stopped_for_longer_than_its_session(ground: ProvingGround) -> None:
    """SIGSTOP of the worker and its shards until another has its place; then SIGCONT, beside that one."""
    with ground.fault():
        standing = [psutil.Process(ground.worker.pid), *shards(ground)]
        ground.a_worker()
        stand_still(standing, seconds=3 * SESSION_SECONDS)


def test_shard_process_is_stopped(ground: ProvingGround) -> None:
    """SIGSTOP of one shard's process for ten seconds, while its worker goes on."""
    with ground.fault():
        stand_still(shards(ground)[:1], seconds=10)


def test_publisher_is_stopped(ground: ProvingGround) -> None:
    """SIGSTOP of a publisher for longer than its lease, while another takes over; then SIGCONT."""
    with ground.fault():
        ground.a_publisher()
        stand_still([psutil.Process(ground.publisher.pid)], seconds=25)


def test_broker_is_stopped(ground: ProvingGround) -> None:
    """SIGSTOP of the broker for eight seconds."""
    with ground.fault():
        assert ground.broker.process is not None
        stand_still([psutil.Process(ground.broker.process.pid)], seconds=8)


def test_database_is_stopped(ground: ProvingGround) -> None:
    """SIGSTOP of all processes of PostgreSQL for five seconds."""
    with ground.fault():
        stand_still(ground.postgres.processes(), seconds=5)


def test_worker_is_terminated(ground: ProvingGround) -> None:
    """SIGTERM of the worker, which finishes its batch, ends, and is started again."""
    with ground.fault():
        stop(ground.worker)
        ground.worker = ground.a_worker()


def test_publisher_is_terminated(ground: ProvingGround) -> None:
    """SIGTERM of the publisher, which ends, and is started again."""
    with ground.fault():
        stop(ground.publisher)
        ground.publisher = ground.a_publisher()


def shards(ground: ProvingGround) -> list[psutil.Process]:
    """The processes of the worker's shards, the busiest first; another one beside them tracks resources."""
    children = psutil.Process(ground.worker.pid).children()
    busiest = sorted(children, key=lambda process: -process.cpu_times().user)
    return [process for process in busiest if "resource_tracker" not in " ".join(process.cmdline())]


def stand_still(processes: Sequence[psutil.Process], *, seconds: float) -> None:
    for process in processes:
        process.suspend()
    time.sleep(seconds)
    for process in processes:
        process.resume()


def end_sessions(ground: ProvingGround) -> None:
    with psycopg.connect(ground.cluster.database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
