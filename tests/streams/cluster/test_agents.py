"""The agents as Faust makes them of what we declare."""

import asyncio
from collections.abc import Sequence

import faust
import pytest

from streams.cluster.agents import MOST_BULK_WAITING, MOST_WAITING, add_agents
from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Recorded
from streams.cluster.topics import FED, Topic


class Nobody:
    """No shards, and nobody who looks on."""

    shards = 1

    async def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        raise AssertionError(deliveries)

    def recorded(self, *told: object) -> None:
        raise AssertionError(told)


@pytest.mark.parametrize("topic", FED, ids=lambda topic: topic.name)
def test_a_worker_holds_as_many_records_ready_as_we_say(topic: Topic) -> None:
    """Faust's own number stops and starts fetching all the time; of bulk records it would be gigabytes."""

    async def ready() -> int:
        app = faust.App("test", broker="kafka://localhost", store="memory://", topic_disable_leader=True)
        add_agents(app, Nobody(), Nobody())
        held: int = app.agents[topic.name].stream().channel.queue.maxsize
        return held

    assert asyncio.run(ready()) == (MOST_BULK_WAITING if topic.bulk else MOST_WAITING)
