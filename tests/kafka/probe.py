"""How long a cluster takes until it serves again."""

import threading
import time
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import psycopg
from confluent_kafka import Producer

from domain.facts.sources import SourceHeartbeat
from streams.cluster.topics import REGISTRATIONS
from tests.kafka.cluster import Cluster
from tests.ledger_events import facts_behind
from tests.monitor import as_bytes, said

PROBE_AFTER_SECONDS: Final = 0.3


class Probe:
    """One message for each partition, sent soon after a fault began, and the seconds until all are recorded."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._id = f"probe-{uuid4().hex}"
        self._seconds: float | None = None
        self._failure: BaseException | None = None
        self._before: dict[int, int] = {}
        with suppress(psycopg.Error):
            self._before = cluster.positions()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def seconds(self) -> float:
        """Once it has ended."""
        if self._failure is not None:
            raise self._failure
        assert self._seconds is not None
        return self._seconds

    def _run(self) -> None:
        try:
            time.sleep(PROBE_AFTER_SECONDS)
            self._send()
            while not self._recorded():
                time.sleep(0.05)
            self._seconds = time.monotonic() - self._began
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            self._failure = error

    def _send(self) -> None:
        producer = Producer({"bootstrap.servers": self._cluster.broker.address, "log_level": 0})
        structured: Any = [("content-type", b"application/cloudevents+json")]
        for partition in range(self._cluster.partitions):
            value = as_bytes(said(SourceHeartbeat(), self._name(partition)))
            producer.produce(REGISTRATIONS.name, value, b"a probe", partition=partition, headers=structured)
        assert producer.flush(120) == 0

    def _recorded(self) -> bool:
        try:
            with psycopg.connect(self._cluster.database, connect_timeout=5) as connection:
                return all(self._in_shard(connection, partition) for partition in range(self._cluster.partitions))
        except psycopg.Error:
            return False

    def _in_shard(self, connection: "psycopg.Connection[tuple[int]]", partition: int) -> bool:
        facts = facts_behind(
            connection,
            f"shard_{partition % self._cluster.shards}",
            self._before.get(partition % self._cluster.shards, 0),
        )
        return any(f'"{self._name(partition)}"'.encode() in state for _, state in facts)

    def _name(self, partition: int) -> str:
        return f"{self._id}-{partition}"
