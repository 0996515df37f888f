"""One cluster on which one fault follows another, and the one machine that it must equal after each.

A city streams in, a piece at each fault. Workers and publisher reach the broker and the database through proxies.
"""

import json
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from confluent_kafka import Producer
from sqlalchemy import make_url

from domain.facts.sources import SourceHeartbeat
from infra.bundles.bundle import read_bundle
from infra.bundles.exporting import bundle_of
from infra.bundles.verifying import BundleCheck
from infra.checks import Mark
from projections.questions import clue_queries
from projections.questions.clue_queries import Filters
from streams.cluster.deadline import EXIT_CODE
from streams.cluster.topics import DEAD_LETTERS, NOTICES, REGISTRATIONS
from tests.kafka.broker import Broker, running_broker
from tests.kafka.cluster import SESSION_SECONDS, Cluster, cluster, eventually
from tests.kafka.dead_letters import Reading
from tests.kafka.disk import Disks, small_disk
from tests.kafka.ending import Process, kill, stop
from tests.kafka.fault_table import Figures
from tests.kafka.feeding import City, Record, facts_of
from tests.kafka.network import PUBLISHERS, WORKERS, Network, network_between
from tests.kafka.one_machine import AUDITOR, OneMachine, difference
from tests.kafka.postgres import Postgres, restartable_postgres
from tests.kafka.probe import Probe
from tests.kafka.proxy import ProxyProcess
from tests.kafka.streaming import streaming
from tests.monitor import as_bytes, said

__all__ = ["SESSION_SECONDS", "Figures", "ProvingGround", "kill", "proving_ground", "stop"]

SHARDS, PARTITIONS = 2, 4
PIECE: Final = 90
"""Messages of the city that stream in at each fault."""
STRUCTURED: Final = (("content-type", b"application/cloudevents+json"),)
STRICT: Final = {"TENDER_MONITOR_KAFKA__TRANSACTION_SECONDS": "15"}


@dataclass
class ProvingGround:
    """See the module; ``worker`` and ``publisher`` are the processes that a fault finds."""

    cluster: Cluster
    broker: Broker
    postgres: Postgres
    disks: Disks
    network: Network
    city: City
    machine: OneMachine
    records: Sequence[Record]
    worker: Process = field(init=False)
    publisher: Process = field(init=False)
    figures: Figures | None = None
    sound: bool = True
    _expected: set[tuple[str, str]] = field(default_factory=set)
    _fed: int = 0
    _again: int = 0
    _checked: int = 0
    _notices: Reading = field(init=False)
    _letters: Reading = field(init=False)

    def __post_init__(self) -> None:
        self._notices = Reading(self.broker, NOTICES, PARTITIONS)
        self._letters = Reading(self.broker, DEAD_LETTERS, PARTITIONS)
        self.worker = self.a_worker()
        self.publisher = self.a_publisher()

    def a_worker(self, **environment: str) -> Process:
        way = self._way(WORKERS, self.network.worker_database)
        return self.cluster.start("worker", **{**way, **STRICT, **environment})

    def a_publisher(self, **environment: str) -> Process:
        way = self._way(PUBLISHERS, self.network.publisher_database)
        return self.cluster.start("publisher", **{**way, **STRICT, **environment})

    def joined(self, worker: Process) -> Process:
        """The worker, once it has joined."""
        eventually(lambda: self.cluster.has_joined(worker), seconds=120, otherwise=self.cluster.logged)
        return worker

    def _way(self, listener: str, database: ProxyProcess) -> dict[str, str]:
        url = make_url(self.cluster.database).set(host="127.0.0.1", port=database.port)
        return {
            "TENDER_MONITOR_DATABASE": url.render_as_string(hide_password=False),
            "TENDER_MONITOR_KAFKA__BROKERS": json.dumps([self.broker.detours[listener].address]),
        }

    def make_ready(self) -> None:
        """One worker and one publisher, and nothing wrong."""
        self.network.heal()
        self.disks.free()
        self.figures = None
        for process in self.cluster.processes:
            if process.poll() is None and process not in (self.worker, self.publisher):
                kill(process)
        if self.worker.poll() is not None:
            self.worker = self.a_worker()
        if self.publisher.poll() is not None:
            self.publisher = self.a_publisher()

    def settle_in(self) -> None:
        """What the city sends before its first bid opening."""
        first = next(number for number, line in enumerate(self.city.lines) if b"bid-opened" in line)
        with self._streaming(first, seconds=0):
            pass
        self._await_whole()

    @contextmanager
    def fault(self, *, seconds: float = 2.0) -> Iterator[None]:
        """Something goes wrong in the block, while a piece of the city streams in; afterwards all is as it must be."""
        try:
            before = self.cluster.recorded()
            with self._streaming(PIECE, seconds=seconds):
                eventually(lambda: self.cluster.recorded() > before, seconds=120, otherwise=self.cluster.logged)
                probe = Probe(self.cluster)
                yield
            self._eventually(probe.ended, self.cluster.logged)
            self.figures = self._measured(probe.seconds())
        except BaseException:
            self.sound = False
            raise

    def send(self, records: Iterable[Record], **options: str | int) -> None:
        """Besides the city."""
        producer = Producer({**options, "bootstrap.servers": self.broker.address, "log_level": 0})
        for record in records:
            producer.produce(record.topic, record.value, record.key, headers=list(record.headers))
        assert producer.flush(60) == 0

    def send_by(self, producer: Producer, ids: Sequence[str], *, expected: bool = True) -> None:
        """Signs of life under these ids; where they are ``expected``, one that is not recorded is lost."""
        for id in ids:
            message = said(SourceHeartbeat(), id)
            producer.produce(REGISTRATIONS.name, as_bytes(message), id.encode(), headers=list(STRUCTURED))
            if expected:
                self._expected.add((message["source"], id))
        assert producer.flush(60) == 0

    def recorded(self, prefix: str) -> int:
        """How many facts there are whose ids begin so."""
        return sum(id.startswith(prefix) for _, id in self.cluster.facts())

    def dead_letters(self) -> int:
        """How many have been written."""
        return self._letters.counted()

    def _streaming(self, count: int, *, seconds: float) -> AbstractContextManager[None]:
        last = min(self._fed + count, len(self.records))
        assert last > self._fed, "the city has no more messages"
        piece = self.records[self._fed : last]
        self.machine.feed(self.city.lines[self._fed : last])
        self.machine.settle()
        self._expected |= facts_of(self.city.lines[self._fed : last])
        self._fed = last
        return streaming(self.cluster, piece, seconds=seconds)

    def _measured(self, seconds: float) -> Figures:
        self._await_whole()
        rows = self.cluster.count("notices")
        told, ids = self._notices.counted(), self._notices.different()
        repeated, self._again = told - ids - self._again, told - ids
        assert all(each["whole"] for each in self.cluster.run("audit"))
        self._prove_a_clue()
        return Figures(
            len(self._missing()), self.cluster.twice(), max(0, rows - ids), max(0, ids - rows), repeated, seconds
        )

    def _await_whole(self) -> None:
        """Everything is recorded, judged and sent; the clues are those of one machine."""
        said = self.cluster.logged
        self._eventually(lambda: not self._missing(), said)
        self._eventually(lambda: not self.cluster.count("outbox") and not self.cluster.count("waiting_notices"), said)
        wanted = self.machine.clues()
        self._eventually(lambda: self.cluster.clues() == wanted, lambda: difference(self.cluster.clues(), wanted))
        self._eventually(lambda: self._told() >= self.cluster.count("notices"), said)

    def _told(self) -> int:
        """Different notices in the topic."""
        self._notices.counted()
        return self._notices.different()

    def _eventually(self, question: Callable[[], bool], otherwise: Callable[[], str]) -> None:
        def supervised() -> bool:
            self._supervise()
            return question()

        eventually(supervised, seconds=240, otherwise=otherwise)

    def _supervise(self) -> None:
        """What ends with exit code 75 is started again; nothing ends with another one, if we did not end it."""
        if self.worker.poll() == EXIT_CODE:
            self.worker = self.a_worker()
        if self.publisher.poll() == EXIT_CODE:
            self.publisher = self.a_publisher()
        assert {self.worker.poll(), self.publisher.poll()} <= {None, 0, -signal.SIGKILL}, self.cluster.logged()

    def _missing(self) -> set[tuple[str, str]]:
        """Messages of the city that stand in no ledger."""
        return self._expected - self.cluster.facts()

    def _prove_a_clue(self) -> None:
        """Each time another one: what its bundle says holds."""
        with ExitStack() as stack:
            shards = [stack.enter_context(self.cluster.shard(number)) for number in range(SHARDS)]
            found = []
            for shard in shards:
                with shard.database.read() as connection:
                    page = clue_queries.clues(connection, AUDITOR, Filters(), limit=100_000)
                found += [(shard, clue.clue_id) for clue in page.items if clue.status != "withdrawn"]
            shard, clue_id = found[self._checked % len(found)]
            self._checked += 1
            bundle = read_bundle(bundle_of(shard, str(clue_id)).written())
            for check in BundleCheck(bundle, shard.log_identity.verifier()).run():
                assert check.result is Mark.OK, check


@contextmanager
def proving_ground(folder: Path, city: City) -> Iterator[ProvingGround]:
    """Raises BrokerUnavailable or PostgresUnavailable."""
    with ExitStack() as stack:
        disks = Disks(stack.enter_context(small_disk("kafka")), stack.enter_context(small_disk("postgres")))
        broker = stack.enter_context(running_broker(disks.broker.folder, detours=(WORKERS, PUBLISHERS)))
        (disks.database.folder / "server").mkdir()
        postgres = stack.enter_context(restartable_postgres(disks.database.folder / "server"))
        one = stack.enter_context(
            cluster(broker, postgres.url, folder / "data", shards=SHARDS, partitions=PARTITIONS, keys=city.keys)
        )
        network = stack.enter_context(network_between(broker, postgres))
        machine = OneMachine(city.keys, folder / "one-machine")
        ground = ProvingGround(one, broker, postgres, disks, network, city, machine, city.records(own_keys=True))
        try:
            ground.settle_in()
            yield ground
        finally:
            # What a fault took away would keep the cluster from being taken down.
            disks.free()
            machine.close()
