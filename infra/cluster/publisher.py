"""A publisher: the outboxes and inboxes of all shards, to the topics, to webhooks and to people."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, Final

from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from prometheus_client import CollectorRegistry
from structlog.contextvars import bind_contextvars

from alerts.deliveries import LOOK_SECONDS
from alerts.outbox import Outbox
from alerts.publishing import Publishing
from infra.channels import AccountAddresses, Senders
from infra.cluster.channels import Channel
from infra.cluster.impatient import ImpatientDatabase
from infra.cluster.producing import open_producer
from infra.cluster.publisher_figures import OutboxFigures
from infra.installation import Installation
from infra.settings import Settings
from infra.storage.listening import listen
from infra.webhooks import deliveries_of
from streams.cluster.topics import NOTICES

_LOOK_SECONDS: Final = 2.0
"""Deliveries look less often where they are told of new notices: what is due again can wait so long."""
_REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError, AssertionError, TypeError, ValueError)
"""By size, or because there is neither key nor value, no such partition, or a header that is no bytes."""


async def publish_until_cancelled(settings: Settings, registry: CollectorRegistry) -> None:
    """All shards, each endpoint by itself; without brokers only the webhooks of one machine."""
    kafka = settings.kafka
    shards: list[int | None] = [*range(kafka.shards)] if kafka.brokers else [None]
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(await asyncio.to_thread(Installation.open, settings, shard=shard)))
            for shard in shards
        ]
        async with asyncio.TaskGroup() as tasks:
            # All accounts of a cluster are kept by its first shard.
            senders = Senders(settings.channels, AccountAddresses(opened[0]))
            told = {shard: _start(tasks, one, registry, senders) for shard, one in zip(shards, opened, strict=True)}
            if kafka.brokers:
                calls = {Channel.RECORDED.of(shard): partial(_call_all, told[shard]) for shard in range(kafka.shards)}
                tasks.create_task(listen(str(settings.database), calls))


def _start(
    tasks: asyncio.TaskGroup, installation: Installation, registry: CollectorRegistry, senders: Senders
) -> Sequence[Callable[[], None]]:
    """Begin to send what one shard has; what is returned is to be called when there is more."""
    settings, shard = installation.settings, installation.database.schema or ""
    database = ImpatientDatabase(installation.database, settings.kafka.transaction_seconds)
    told: list[Callable[[], None]] = []
    for webhook in settings.webhooks:
        name, deliveries = deliveries_of(installation, webhook, registry, database)
        look_seconds = _LOOK_SECONDS if settings.kafka.brokers else LOOK_SECONDS
        running = deliveries.run(look_seconds=look_seconds)
        tasks.create_task(_bound(running, shard=installation.shard, endpoint=name))
        told.append(deliveries.told)
    for fan_out in senders.fan_out(installation, database, settings.http.public_url or ""):
        tasks.create_task(_bound(fan_out.run(look_seconds=_LOOK_SECONDS), shard=installation.shard))
        told.append(fan_out.told)
    for name, queue in senders.queues(installation, registry, database):
        tasks.create_task(_bound(queue.run(), shard=installation.shard, channel=name))
        told.append(queue.told)
    if settings.kafka.brokers:
        publishing = Publishing(
            database,
            Outbox(installation.vault),
            partial(open_producer, settings.kafka),
            installation.clock,
            notices_topic=NOTICES.name,
            refusals=_REFUSALS,
        )
        registry.register(OutboxFigures(shard, installation.database, publishing.published, installation.clock))
        tasks.create_task(_bound(publishing.run(), shard=installation.shard))
        told.append(publishing.told)
    return told


def _call_all(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


async def _bound(running: Coroutine[Any, Any, None], **ids: object) -> None:
    """Whatever ``running`` logs names ``ids``."""
    bind_contextvars(**ids)
    await running
