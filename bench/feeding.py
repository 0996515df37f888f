"""Owns a data folder and records the files named on standard input, as the server would.

Answers each with one line of JSON: what was accepted, and the seconds it took.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from domain.access import Actor, Role
from domain.sources.bounds import ALL, Bounds
from infra.installation import Installation
from infra.logs import configure_logs
from infra.settings import Settings
from streams.node.commands import RegisterSource
from streams.node.node import IngestReceipt
from streams.one_machine.node import EmbeddedNode

GRANTED = Bounds("bench", "bench", (ALL,), (ALL,))
OPERATOR = Actor(Role.OPERATOR, "bench")
_SOURCE = re.compile(rb'"source":"([^"]+)"')
CALL = 2_000
CALLS_IN_FLIGHT = 4
"""Enough that intake and writer never wait for this module."""


async def main(data: Path) -> None:
    installation = Installation.open(Settings(data=data))
    node = installation.embedded()
    await node.start()
    registered: set[str] = set()
    while path := await asyncio.to_thread(sys.stdin.readline):
        file = Path(path.strip())
        await _register(node, file, registered)
        _say(await _record(node, file))
    await node.stop()
    installation.close()


async def _register(node: EmbeddedNode, file: Path, registered: set[str]) -> None:
    """The sources of a file, before its time is taken."""
    with file.open("rb") as lines:
        named = {found[1].decode() for line in lines if (found := _SOURCE.search(line))}
    for source in sorted(named - registered):
        await node.perform(RegisterSource(source, GRANTED, OPERATOR))
    registered |= named


async def _record(node: EmbeddedNode, file: Path) -> dict[str, Any]:
    started = time.perf_counter()
    receipts: list[IngestReceipt] = []
    calls = _calls(file)
    await asyncio.gather(*(_record_calls(node, calls, receipts) for _ in range(CALLS_IN_FLIGHT)))
    return {
        "seconds": time.perf_counter() - started,
        "accepted": sum(receipt.accepted for receipt in receipts),
        "duplicates": sum(receipt.duplicates for receipt in receipts),
        "rejected": sum(len(receipt.rejected) for receipt in receipts),
    }


async def _record_calls(node: EmbeddedNode, calls: Iterator[list[bytes]], receipts: list[IngestReceipt]) -> None:
    receipts += [await node.ingest(messages) for messages in calls]


def _calls(file: Path) -> Iterator[list[bytes]]:
    with file.open("rb") as lines:
        while messages := list(islice(lines, CALL)):
            yield messages


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def run() -> None:
    configure_logs()  # as a server does; standard output carries the answers
    asyncio.run(main(Path(sys.argv[1])))
