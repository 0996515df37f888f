"""The parts of one process of a cluster, put together from its settings."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection as PostgresConnection
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from alerts.outbox import Outbox
from infra.cluster.attending import attended
from infra.cluster.channels import Channel
from infra.cluster.holding import hold_as_worker
from infra.cluster.record_answers import RecordAnswers
from infra.identity.intake import make_intake
from infra.installation import Installation, database_of, system_clock
from infra.settings import Kafka, Settings, SettingsError
from infra.storage.database import Database, look_into
from infra.storage.listening import notify
from infra.storage.migrations import known_versions, version
from streams.cluster.dead_letters import DeadLetters
from streams.cluster.deadline import deadline
from streams.cluster.delivery import Delivery
from streams.cluster.dispatch import Feed
from streams.cluster.kafka_feed import KafkaFeed, Passed, Recorded
from streams.cluster.offsets import Offsets
from streams.cluster.placement import Placement
from streams.cluster.signatures import Signatures
from streams.cluster.skipped_records import skipped
from streams.cluster.worker import Cluster
from streams.shard.reach import Reach


class NotACluster(SettingsError):
    """The settings name no brokers, or no PostgreSQL that several workers could share."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"the settings name no {missing}; a cluster needs kafka.brokers and a postgresql:// database")
        self.missing = missing


def check_cluster(settings: Settings) -> None:
    """Raises :class:`NotACluster`."""
    if not settings.kafka.brokers:
        raise NotACluster("kafka.brokers")
    if settings.database is None or not settings.database.startswith("postgresql"):
        raise NotACluster("postgresql:// database")


def cluster_of(kafka: Kafka) -> Cluster:
    return Cluster(
        brokers=kafka.brokers,
        username=kafka.username,
        password=kafka.password.get_secret_value() if kafka.password else None,
        mechanism=kafka.mechanism,
        tls=_tls(kafka),
    )


def placement_of(kafka: Kafka) -> Placement:
    return Placement(kafka.partitions, kafka.shards)


class TellingFeed:
    """A shard's feed that tells whoever listens when there may be something to look for.

    The process ends where the database takes longer than ``seconds`` over it: it is silent.
    """

    def __init__(self, feed: Feed, database: Database, shard: int, *, seconds: float) -> None:
        self._feed = feed
        self._seconds = seconds
        self._database = database
        self._channel = Channel.RECORDED.of(shard)

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        recorded = self._feed.record(deliveries)
        self._tell()
        return recorded

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:
        passed = self._feed.let_time_pass(complete_to)
        if passed.anything:
            self._tell()
        return passed

    def _tell(self) -> None:
        # What was recorded is safe. Who is not told looks by himself.
        with (
            deadline(self._seconds, of="telling"),
            suppress(DBAPIError, NoConnection),
            self._database.transaction() as connection,
        ):
            notify(connection, self._channel)


@contextmanager
def open_feed(settings: Settings, shard: int, *, clock: Callable[[], datetime] = system_clock) -> Iterator[TellingFeed]:
    """The feed of one shard, for the thread that owns it.

    The process ends where the database takes longer than ``kafka.transaction_seconds`` over the opening: it is silent.
    Steps to newer tables may take as long as they need.
    """
    seconds = settings.kafka.transaction_seconds
    with ExitStack() as opened:
        with deadline(seconds, of="looking at the tables"):
            newest = _has_newest_tables(settings, shard)
        with deadline(seconds, of="opening") if newest else nullcontext():
            installation = Installation.open(settings, clock=clock, shard=shard)
            opened.callback(installation.close)
            feed = _feed(installation, shard)
        yield TellingFeed(feed, installation.database, shard, seconds=seconds)


def _has_newest_tables(settings: Settings, shard: int) -> bool:
    where, schema = database_of(settings, shard)
    with closing(look_into(where, schema=schema)) as database, database.read() as connection:
        return version(connection) == known_versions()[-1]


def _feed(installation: Installation, shard: int) -> KafkaFeed:
    kafka = installation.settings.kafka
    _connect_as_worker(installation.database.engine, shard, kafka.standstill_seconds)
    with installation.database.read() as connection:
        skips = skipped(connection, epoch=kafka.epoch)
    reach = Reach(timedelta(seconds=kafka.notices_wait_seconds))
    return KafkaFeed(
        installation.open_shard(attended(installation), reach=reach),
        make_intake(installation.keys, names_subjects=True),
        Offsets(installation.recorder, kafka.epoch),
        DeadLetters(Outbox(installation.vault)),
        Signatures(installation.vault),
        skipped=skips,
        transaction_seconds=kafka.transaction_seconds,
        reach=reach,
        answering=RecordAnswers(installation.vault),
    )


def _connect_as_worker(engine: Engine, shard: int, seconds: float) -> None:
    """While a worker is there nobody repairs its tables; one that stands still in a transaction loses it.

    Otherwise it would go on holding locks that whoever takes the shard over waits for. A statement
    that takes as long is cancelled. One that waits for a lock is cancelled sooner, and tried again.
    """
    engine.dispose()

    @event.listens_for(engine, "connect")
    def set_up(connection: PostgresConnection[Any], _: object) -> None:
        connection.execute(f"SET idle_in_transaction_session_timeout = {round(seconds * 1000)}".encode())
        hold_as_worker(connection, shard)
        # Only now: a repair that has the shard may take its time.
        connection.execute(f"SET statement_timeout = {round(seconds * 1000)}".encode())
        connection.execute(f"SET lock_timeout = {round(seconds * 250)}".encode())
        connection.commit()


def _tls(kafka: Kafka) -> ssl.SSLContext | None:
    if not kafka.tls and kafka.ca_file is None and kafka.certificate_file is None:
        return None
    context = ssl.create_default_context(cafile=kafka.ca_file)
    if kafka.certificate_file is not None:
        context.load_cert_chain(kafka.certificate_file, kafka.key_file)
    return context
