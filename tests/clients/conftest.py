"""A server, and what the clients run with; where a tool cannot be had its tests are skipped, and failed in CI."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients import tools
from tests.infra.http.served import Served, served
from tests.needs import cannot_be_had, check_mark

Had = Callable[[Callable[[], Path]], Path]


@pytest.fixture(scope="session")
def client_tool(pytestconfig: pytest.Config) -> Had:
    """Finds or fetches a tool."""
    check_mark(pytestconfig, "client")

    def had(find: Callable[[], Path]) -> Path:
        try:
            return find()
        except tools.ToolMissing as missing:
            cannot_be_had("a client's tool", missing)

    return had


@pytest.fixture(scope="session")
def node(client_tool: Had) -> Path:
    return client_tool(tools.node)


@pytest.fixture(scope="session")
def packages(client_tool: Had, node: Path) -> Path:
    """The scripts of ``tests/clients/node`` with what they need."""
    return client_tool(lambda: tools.node_packages(tools.HERE / "node"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as found:
        yield found
