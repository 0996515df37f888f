"""The workers of a cluster over a real PostgreSQL, without their brokers."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from infra.cluster.parts import open_feed, placement_of
from infra.installation import Installation, shard_schema
from infra.settings import Kafka, Settings
from streams.cluster.delivery import Delivery
from streams.cluster.dispatch import Feed, Lane
from streams.cluster.kafka_feed import Recorded
from streams.cluster.topics import BID_OPENINGS, INBOUND_KINDS, TOPICS, Topic
from tests.builders import RIVAL, a_bid, a_bid_opening, a_message, payments
from tests.infra.http.served import ANY_OPENING_IS_NEWS, JURISDICTION, SOURCE, Opening
from tests.ledger_events import events_in
from tests.monitor import as_bytes
from tests.source_builders import register_in

SHARDS, PARTITIONS = 2, 4
_TOPICS = {topic.name: topic for topic in TOPICS}
KAFKA = Kafka(brokers=("127.0.0.1:1",), shards=SHARDS, partitions=PARTITIONS, notices_wait_seconds=0)


@contextmanager
def cluster_folder(postgres_url: str, folder: Path) -> Iterator[Settings]:
    """The settings of a new cluster, whose database is gone afterwards."""
    name = f"cluster_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    database = f"{postgres_url.rpartition('/')[0]}/{name}"
    yield Settings(data=folder, database=database, kafka=KAFKA, policy=ANY_OPENING_IS_NEWS)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Workers:
    """The feeds of all shards, each in its lane, as a worker has them; what would come from topics is handed in."""

    def __init__(self, settings: Settings, *sources: str) -> None:
        self.settings = settings
        self.placement = placement_of(settings.kafka)
        for shard in range(SHARDS):
            with closing(Installation.open(settings, shard=shard)) as installation:
                register_in(installation, SOURCE, *sources)
        self._lanes = [Lane(shard, partial(open_feed, settings)) for shard in range(SHARDS)]
        self._offsets = iter(range(1_000_000))
        self.sent: list[Delivery] = []
        self._numbers = iter(range(1, 1_000_000))
        self._awake = threading.Event()
        self._stopped = threading.Event()
        self._awake.set()
        self._time = threading.Thread(target=self._let_time_pass)
        self._time.start()

    def record(self, shard: int, *messages: dict[str, Any] | bytes) -> Recorded:
        recorded = Recorded()
        for topic, some in groupby(messages, key=_topic_of):
            deliveries = [Delivery(topic, shard, next(self._offsets), b"", as_bytes(each), ()) for each in some]
            recorded += self._lanes[shard].submit(partial(_record, deliveries), urgent=True).result(60)
        return recorded

    def a_suspicious_opening(self, shard: int) -> Opening:
        """A lot of that shard whose only lead is insured by a rival."""
        number = self.at_home("lot:T-{}/1", shard)
        person = f"{self.at_home('person:{:064x}', shard):064x}"
        paid = [
            a_message(payment, source=SOURCE, id=f"pay-{number}-{payment.month}")
            for payment in payments(RIVAL, person={"person_id": person})
        ]
        data = a_bid_opening(
            tender_id=f"T-{number}", jurisdiction=JURISDICTION, bids=(a_bid(person={"person_id": person}),)
        )
        self.record(shard, *paid, a_message(data, source=SOURCE, id=f"open-{number}"))
        return Opening(f"T-{number}", "1", person)

    def ledger(self, shard: int) -> list[dict[str, Any]]:
        """What was recorded there, in its order."""
        events = events_in(str(self.settings.database), schema=shard_schema(shard))
        return [json.loads(state) for *_, state in events]

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """As a worker that is busy, or gone."""
        self._awake.clear()
        for lane in self._lanes:
            lane.submit(lambda _: None).result(60)
        yield
        self._awake.set()

    @asynccontextmanager
    async def topics(self) -> AsyncIterator["Workers"]:
        """In the place of the brokers: what a console sends there is handed in."""
        yield self

    async def send(
        self, topic: str, value: bytes, key: bytes, partition: int, *, headers: list[tuple[str, bytes]]
    ) -> "asyncio.Future[None]":
        delivery = Delivery(_TOPICS[topic], partition, next(self._offsets), key, value, tuple(headers))
        self.sent.append(delivery)
        self._lanes[self.placement.shard_of(partition)].submit(partial(_record, [delivery]))
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def again(self, delivery: Delivery) -> Recorded:
        """Deliver a record again, as after a rebalance."""
        lane = self._lanes[self.placement.shard_of(delivery.partition)]
        return lane.submit(partial(_record, [delivery])).result(60)

    def close(self) -> None:
        self._stopped.set()
        self._time.join()
        for lane in self._lanes:
            lane.close()

    def at_home(self, subject: str, shard: int) -> int:
        """A new number that makes ``subject`` one of that shard."""
        return next(number for number in self._numbers if self.placement.home(subject.format(number)) == shard)

    def _let_time_pass(self) -> None:
        while not self._stopped.wait(0.05):
            for lane in self._lanes:
                if self._awake.is_set():
                    lane.submit(lambda feed: feed.let_time_pass()).result(60)


def _topic_of(message: dict[str, Any] | bytes) -> Topic:
    """Where it belongs; what belongs nowhere comes with the openings."""
    said = message if isinstance(message, dict) else {}
    kind = str(said.get("type", "")).removeprefix("tender-integrity.").removesuffix(".v1")
    return INBOUND_KINDS.get(kind, BID_OPENINGS)


def _record(deliveries: list[Delivery], feed: Feed) -> Recorded:
    return feed.record(deliveries)
