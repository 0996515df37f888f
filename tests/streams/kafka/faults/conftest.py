"""One proving ground for all faults; where something went wrong on it, the next fault gets a new one."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.postgresql import PostgresUnavailable
from tests.kafka.broker import BrokerUnavailable
from tests.kafka.fault_table import noted
from tests.kafka.feeding import City
from tests.kafka.proving_ground import ProvingGround, proving_ground
from tests.needs import cannot_be_had, check_mark


class _Grounds:
    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._stack = ExitStack()
        self._ground: ProvingGround | None = None

    def sound(self) -> ProvingGround:
        if self._ground is None or not self._ground.sound:
            self.close()
            city = City.founded(self._factory.mktemp("city"), people=400, months=10, lots=80)
            self._ground = self._stack.enter_context(proving_ground(self._factory.mktemp("ground"), city))
        self._ground.make_ready()
        return self._ground

    def close(self) -> None:
        self._stack.close()
        self._ground = None


@pytest.fixture(scope="session")
def grounds(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Grounds]:
    check_mark(pytestconfig, "broker")
    made = _Grounds(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def ground(request: pytest.FixtureRequest, grounds: _Grounds) -> Iterator[ProvingGround]:
    """The proving ground; what the fault did becomes a row of the table at the end."""
    try:
        found = grounds.sound()
    except BrokerUnavailable as unavailable:
        cannot_be_had("Kafka", unavailable)
    except PostgresUnavailable as unavailable:
        cannot_be_had("PostgreSQL", unavailable)
    yield found
    if found.figures is not None:
        noted(request.node, found.figures)
