"""The console beside a real worker: what people decide there is recorded by whoever has the shard."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp

from domain.access import Actor, Role
from infra.serving.server import access_of
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.feeding import City, produce

Make = Callable[[int], Cluster]
SUPERVISOR = Actor(Role.SUPERVISOR, "监管处", jurisdiction="44")


def token(cluster: Cluster) -> str:
    with cluster.shard(0) as installation:
        return access_of(installation).issue_token(SUPERVISOR, expires=timedelta(hours=1))


def console(cluster: Cluster) -> str:
    """The address of a console that has just been started."""
    cluster.start("serve", "--port", "0", "--json")
    eventually(lambda: address(cluster) is not None, otherwise=cluster.logged)
    found = address(cluster)
    assert found is not None
    return found


def address(cluster: Cluster) -> str | None:
    found = re.search(r'"url": ?"(http[^"]+)"', cluster.said())
    return found[1] if found else None


async def decided(url: str, token: str) -> list[dict[str, Any]]:
    """Acknowledge the newest clues; each as it is afterwards."""
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        async with session.get("/api/v1/clues", params={"status": "raised", "limit": "4"}) as listed:
            clues = (await listed.json())["items"]
        assert clues
        shown = []
        for clue in clues:
            async with session.post(f"/api/v1/clues/{clue['clue_id']}/acknowledge", json={}) as answer:
                assert answer.status == 200, await answer.text()
                shown.append(await answer.json())
    return shown


def test_a_decision_at_the_console_is_recorded_by_the_worker(make_cluster: Make, town: City) -> None:
    """Also by another worker, after the first was killed; and the command line finds every shard whole meanwhile."""
    cluster = make_cluster(2)
    produce(cluster.broker.address, town.records())
    cluster.start("publisher")
    worker = cluster.start("worker")
    eventually(lambda: cluster.outside_facts() == town.messages, otherwise=cluster.logged)
    eventually(lambda: cluster.clues() == town.clues, otherwise=cluster.logged)
    url, bearer = console(cluster), token(cluster)
    first = asyncio.run(decided(url, bearer))
    worker.kill()
    worker.wait()
    cluster.start("worker")
    eventually(lambda: cluster.joined() == 2, otherwise=cluster.logged)
    second = asyncio.run(decided(url, bearer))
    assert {clue["status"] for clue in first + second} == {"acknowledged"}
    acknowledged = cluster.count("clues", "status = 'acknowledged'")
    assert acknowledged == len({clue["clue_id"] for clue in first + second}) == len(first) + len(second)
    assert cluster.count("shard_commands") == 0
    assert [(each["shard"], each["whole"]) for each in cluster.run("audit")] == [(0, True), (1, True)]
    for shard in range(2):
        with cluster.shard(shard) as installation:
            installation.open_shard()  # Raises where ledger and log do not fit together.
