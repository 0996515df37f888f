from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.http.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests of a module; each test uses tenders and people of its own."""
    with served(tmp_path_factory.mktemp("data")) as found:
        yield found


@pytest.fixture
def fresh_folder(tmp_path: Path) -> Path:
    return tmp_path / "data"
