"""The network of a cluster under test: all ways to broker and database lead through proxies."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy import make_url

from tests.kafka.broker import Broker
from tests.kafka.postgres import Postgres
from tests.kafka.proxy import ProxyProcess, proxy_process

WORKERS, PUBLISHERS = "WORKERS", "PUBLISHERS"
"""Listeners of the broker, which name to their clients the ports of the proxies."""


@dataclass(frozen=True)
class Network:
    """The ways of workers and publishers to the broker, and to the database."""

    worker_broker: ProxyProcess
    worker_database: ProxyProcess
    publisher_broker: ProxyProcess
    publisher_database: ProxyProcess

    def heal(self) -> None:
        for each in (self.worker_broker, self.worker_database, self.publisher_broker, self.publisher_database):
            each.heal()


@contextmanager
def network_between(broker: Broker, postgres: Postgres) -> Iterator[Network]:
    """As long as the block lasts; ``broker`` has both listeners."""
    ways = (_to_broker(broker, WORKERS), _to(postgres), _to_broker(broker, PUBLISHERS), _to(postgres))
    with ExitStack() as stack:
        yield Network(*(stack.enter_context(way) for way in ways))


def _to_broker(broker: Broker, listener: str) -> AbstractContextManager[ProxyProcess]:
    detour = broker.detours[listener]
    return proxy_process("127.0.0.1", detour.port, listening_at=detour.named_port)


def _to(postgres: Postgres) -> AbstractContextManager[ProxyProcess]:
    url = make_url(postgres.url)
    return proxy_process("127.0.0.1", url.port or 5432)
