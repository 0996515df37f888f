"""What a network does, by proxies between worker or publisher and broker or database."""

import time

import pytest

from streams.cluster.deadline import EXIT_CODE
from tests.kafka.proving_ground import SESSION_SECONDS, ProvingGround
from tests.kafka.proxy import ProxyProcess

pytestmark = pytest.mark.long

WAYS = ("worker_broker", "worker_database", "publisher_broker", "publisher_database")
LONGER_THAN_A_SESSION = 2 * SESSION_SECONDS


def way(ground: ProvingGround, name: str) -> ProxyProcess:
    found: ProxyProcess = getattr(ground.network, name)
    return found


@pytest.mark.parametrize("name", WAYS)
def test_delay(ground: ProvingGround, name: str) -> None:
    """Everything arrives a tenth of a second later, for ten seconds."""
    with ground.fault():
        way(ground, name).delay(0.1)
        time.sleep(10)
        ground.network.heal()


@pytest.mark.parametrize("name", WAYS)
def test_drop(ground: ProvingGround, name: str) -> None:
    """Nothing arrives for five seconds, and then all of it, as where packets are lost and sent again."""
    with ground.fault():
        way(ground, name).hold()
        time.sleep(5)
        ground.network.heal()


@pytest.mark.parametrize("name", WAYS)
def test_reset(ground: ProvingGround, name: str) -> None:
    """All connections are reset, five times in five seconds."""
    with ground.fault():
        for _ in range(5):
            way(ground, name).reset()
            time.sleep(1)


@pytest.mark.parametrize("name", WAYS)
def test_cut(ground: ProvingGround, name: str) -> None:
    """All connections are reset, and none is made for eight seconds: longer than a worker's session."""
    with ground.fault():
        way(ground, name).cut()
        time.sleep(LONGER_THAN_A_SESSION)
        ground.network.heal()


def test_half_open_worker_broker(ground: ProvingGround) -> None:
    """The connections there are stay open, and nothing arrives any more; new ones are sound."""
    with ground.fault():
        ground.network.worker_broker.fall_silent()


def test_half_open_worker_database(ground: ProvingGround) -> None:
    """The same: the worker ends with exit code 75 after `transaction_seconds` (15 here), and is started again."""
    with ground.fault():
        ground.network.worker_database.fall_silent()
        assert ground.worker.wait(timeout=120) == EXIT_CODE
        ground.network.worker_database.drop()
        ground.worker = ground.a_worker()


def test_half_open_publisher_broker(ground: ProvingGround) -> None:
    """The same for the publisher's connections."""
    with ground.fault():
        ground.network.publisher_broker.fall_silent()


def test_half_open_publisher_database(ground: ProvingGround) -> None:
    """The same as for the worker's: the publisher ends with exit code 75, and is started again."""
    with ground.fault():
        ground.network.publisher_database.fall_silent()
        assert ground.publisher.wait(timeout=120) == EXIT_CODE
        ground.network.publisher_database.drop()
        ground.publisher = ground.a_publisher()
