from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bureau_servers import Bureau, SftpServer, a_new, http_feed, sftp_server


@pytest.fixture
async def bureau() -> AsyncIterator[tuple[Bureau, str]]:
    """The bureau and the address of its feed."""
    found = Bureau()
    async with http_feed(found) as address:
        yield found, address


@pytest.fixture
async def sftp(tmp_path: Path) -> AsyncIterator[SftpServer]:
    async with sftp_server(a_new(tmp_path / "outbox")) as server:
        yield server
