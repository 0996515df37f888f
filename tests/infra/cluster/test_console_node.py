"""The console's node, from start to stop."""

import asyncio
import threading
from contextlib import closing
from pathlib import Path

import pytest

from infra.cluster import console_node as module
from infra.cluster.console import Console
from infra.cluster.console_node import node_of
from infra.storage.database import Database
from tests.infra.http.workers import cluster_folder


async def test_it_stops_when_its_look_at_the_shards_has_ended(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is closed next: who is still using it would leave a connection open."""
    looking, may_end = threading.Event(), threading.Event()

    def look(database: Database, _: int) -> None:
        with database.read():
            looking.set()
            may_end.wait(30)

    with cluster_folder(postgres_url, tmp_path) as settings, closing(Console.open(settings)) as console:
        node = node_of(console)
        await node.start()
        monkeypatch.setattr(module, "collect_notices", look)
        assert await asyncio.to_thread(looking.wait, 30)
        stopping = asyncio.ensure_future(node.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        may_end.set()
        await stopping
