"""When everything that lies in the topics is recorded, so that notices need wait for no data any more.

A fact is recorded by the shard whose partition it came by, and what follows from it goes on through the outbox: see
:data:`STEPS`. So what sources have written is recorded by every shard first; and then, step by step, the outboxes have
sent what they held by then, and that is recorded too.
"""

import asyncio
from datetime import UTC, datetime
from typing import Final, Protocol

import psycopg
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from infra.cluster.cluster_view import Offsets, opened_view
from infra.settings import Settings
from streams.cluster.topics import FED, FOLLOW_UPS, Flow

log = structlog.get_logger(__name__)

STEPS: Final = 3
"""From shard to shard at most: an opening to the home of its lot, the appointment of a lead from there to the home of
the person, and who insures the lead from there to the homes of payer and lot. Nothing follows from that for others."""
_LOOK_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 1.0
_INBOUND: Final = tuple(topic.name for topic in FED if topic.flow is Flow.INBOUND)


class Waiters(Protocol):
    """The shards of this worker, as far as their notices wait."""

    @property
    def notices_wait(self) -> asyncio.Event: ...

    async def complete(self, moment: datetime) -> None: ...


class View(Protocol):
    """What lies in the topics and in the outboxes: a :class:`~infra.cluster.cluster_view.ClusterView`."""

    async def ends(self, *topics: str) -> Offsets: ...

    async def left(self, ends: Offsets) -> Offsets: ...

    async def record(self, place: TopicPartition, offset: int, end: int) -> object: ...

    async def outboxes(self, topic: str) -> dict[int, tuple[int, int]]: ...


async def tell_when_complete(settings: Settings, waiters: Waiters) -> None:
    """Until cancelled: whenever notices wait, tell their shards the moment up to which everything is recorded."""
    while True:
        await waiters.notices_wait.wait()
        try:
            async with opened_view(settings) as view:
                while waiters.notices_wait.is_set():
                    moment = datetime.now(UTC)
                    await complete(view)
                    await waiters.complete(moment)
        except (KafkaError, psycopg.Error, OSError) as error:
            # Nothing is lost by it: notices wait for a bounded time.
            log.warning("completeness_unknown", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)


async def complete(view: View) -> None:
    """Until everything that lies in the topics now is recorded wherever it belongs, and all that follows from it."""
    await _recorded(view, await view.ends(*_INBOUND))
    for _ in range(STEPS):
        await _sent(view)
        await _recorded(view, await view.ends(FOLLOW_UPS.name))


async def _sent(view: View) -> None:
    """Until the outboxes have sent what they hold now."""
    held = {shard: last for shard, (_, last) in (await view.outboxes(FOLLOW_UPS.name)).items()}
    while held:
        await asyncio.sleep(_LOOK_SECONDS)
        now = await view.outboxes(FOLLOW_UPS.name)
        held = {shard: last for shard, last in held.items() if shard in now and now[shard][0] <= last}


async def _recorded(view: View, ends: Offsets) -> None:
    left = dict(await view.left(ends))
    while left:
        await asyncio.sleep(_LOOK_SECONDS)
        now = dict(await view.left({place: ends[place] for place in left}))
        standing = [place for place, following in now.items() if following == left[place]]
        left = now
        for place in standing:
            if await view.record(place, left[place], ends[place]) is True:
                del left[place]
