"""Notices posted to the webhooks of the settings: by ``serve`` on one machine, by publishers in a cluster."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from structlog.contextvars import bound_contextvars

from alerts.channels.webhook import Endpoint
from alerts.database import Database
from alerts.deliveries import Deliveries, Served, Subscriber
from domain.access import Actor, Role
from infra.installation import Installation
from infra.labelled_figures import PREFIX, LabelledFigures
from infra.settings import Webhook
from streams.node.node import Node

_LOOK_SECONDS: Final = 2.0
"""New notices wake the deliveries; what is due again can wait so long."""
_DELIVERIES: Final = "Attempts to post a notice, by what became of them; a notice is given up or closed once."


@asynccontextmanager
async def posting(installation: Installation, node: Node, registry: CollectorRegistry) -> AsyncIterator[None]:
    """Post the notices of one machine as long as the block lasts; a publisher beside it posts none of them twice."""
    webhooks, database = installation.settings.webhooks, installation.database
    endpoints = [deliveries_of(installation, webhook, registry, database) for webhook in webhooks]
    tasks = [asyncio.create_task(_post(name, deliveries)) for name, deliveries in endpoints]
    if tasks:
        tasks.append(asyncio.create_task(_wake(node, [deliveries for _, deliveries in endpoints])))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def deliveries_of(
    installation: Installation, webhook: Webhook, registry: CollectorRegistry, database: Database
) -> tuple[str, Deliveries]:
    """Those of one endpoint from one shard, whose ``database`` it is, under the endpoint's name.

    Their numbers are in ``registry``.
    """
    deliveries = Deliveries(database, subscriber_of(webhook), installation.clock)
    registry.register(EndpointFigures(installation.database.schema or "", webhook.name, deliveries.served))
    return webhook.name, deliveries


def subscriber_of(webhook: Webhook) -> Subscriber:
    endpoint = Endpoint(
        webhook.name,
        webhook.url,
        tuple(secret.get_secret_value() for secret in webhook.secrets),
        webhook.signing_key.get_secret_value() if webhook.signing_key else None,
        webhook.private_addresses,
    )
    role = Role(webhook.role)
    by_place = role is Role.SUPERVISOR
    reader = Actor(
        role, webhook.name, jurisdiction=webhook.key if by_place else None, uscc=None if by_place else webhook.key
    )
    return Subscriber(endpoint, reader)


async def _post(name: str, deliveries: Deliveries) -> None:
    with bound_contextvars(endpoint=name):
        await deliveries.run(look_seconds=_LOOK_SECONDS)


async def _wake(node: Node, endpoints: list[Deliveries]) -> None:
    while True:
        if await node.news(_LOOK_SECONDS):
            for deliveries in endpoints:
                deliveries.told()


class EndpointFigures(LabelledFigures):
    """One endpoint's, as one shard serves it."""

    def __init__(self, shard: str, endpoint: str, served: Served) -> None:
        super().__init__(shard=shard, endpoint=endpoint)
        self._served = served

    def collect(self) -> Iterator[Metric]:
        yield self._gauge("webhook_waiting", "Notices that wait to be posted.", self._served.waiting)
        yield self._gauge(
            "webhook_disabled", "1 where the endpoint wants no more: see webhooks.", self._served.disabled
        )
        yield self._deliveries()

    def _deliveries(self) -> Metric:
        served = self._served
        results: Mapping[str, int] = {
            "delivered": served.delivered,
            "failed": served.failed,
            "given-up": served.given_up,
            "closed": served.closed,
        }
        counter = CounterMetricFamily(f"{PREFIX}_webhook_deliveries", _DELIVERIES, labels=[*self._labels, "result"])
        for result, count in results.items():
            counter.add_metric([*self._labels.values(), result], count)
        return counter
