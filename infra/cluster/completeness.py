"""When everything that lies in the topics is recorded, so that notices need wait for no data any more.

A fact reaches the shard that needs it in two steps at most: it is recorded by the shard whose partition it came by,
and sent on from there through the outbox. So we wait for three things in a row: what sources have written is
recorded by every shard; the outboxes have sent what they held by then; and that is recorded too.
"""

import asyncio
from datetime import UTC, datetime
from typing import Final, Protocol

import psycopg
import structlog
from aiokafka.errors import KafkaError

from infra.cluster.cluster_view import ClusterView, Offsets, opened_view
from infra.settings import Settings
from streams.cluster.topics import FED, FOLLOW_UPS, Flow

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 1.0
_INBOUND: Final = tuple(topic.name for topic in FED if topic.flow is Flow.INBOUND)


class Waiters(Protocol):
    """The shards of this worker, as far as their notices wait."""

    @property
    def notices_wait(self) -> asyncio.Event: ...

    async def complete(self, moment: datetime) -> None: ...


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


async def complete(view: ClusterView) -> None:
    """Until everything that lies in the topics now is recorded wherever it belongs."""
    await _recorded(view, await view.ends(*_INBOUND))
    held = {shard: last for shard, (_, last) in (await view.outboxes(FOLLOW_UPS.name)).items()}
    while held:
        await asyncio.sleep(_LOOK_SECONDS)
        now = await view.outboxes(FOLLOW_UPS.name)
        held = {shard: last for shard, last in held.items() if shard in now and now[shard][0] <= last}
    await _recorded(view, await view.ends(FOLLOW_UPS.name))


async def _recorded(view: ClusterView, ends: Offsets) -> None:
    left = dict(await view.left(ends))
    while left:
        await asyncio.sleep(_LOOK_SECONDS)
        now = dict(await view.left({place: ends[place] for place in left}))
        standing = [place for place, following in now.items() if following == left[place]]
        left = now
        for place in standing:
            if await view.record(place, left[place], ends[place]) is True:
                del left[place]
