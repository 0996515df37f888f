"""The yardsticks: a Faust agent, and a bare aiokafka consumer, that do nothing with the same records.

As a program: ``python -m bench.cluster.bare faust|aiokafka ADDRESS COUNT``.
"""

import asyncio
import os
import sys
import tempfile
import time
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.streams import Stream
from yarl import URL

from bench.cluster.feeds import TOPICS_USED
from streams.cluster.agents import MOST_RECORDS, MOST_WAITING, WITHIN_SECONDS


def report(records: int, begun: float, cpu: float) -> None:
    """Records, seconds and processor seconds, from the first record to the last."""
    print("\n", records, time.perf_counter() - begun, time.process_time() - cpu, flush=True)


def run_faust(address: str, count: int) -> None:
    app = faust.App(
        f"bare-{time.time_ns()}",
        broker=URL(f"kafka://{address}"),
        store="memory://",
        datadir=tempfile.mkdtemp(),
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    seen, begun, cpu = 0, 0.0, 0.0

    async def take(stream: Any) -> None:
        nonlocal seen, begun, cpu
        assert isinstance(stream, Stream)
        async for events in stream.take_events(MOST_RECORDS, within=WITHIN_SECONDS):
            if not seen:
                begun, cpu = time.perf_counter(), time.process_time()
            seen += len(events)
            if seen >= count:
                report(seen, begun, cpu)
                # An agent that stops its own app waits for itself.
                os._exit(0)

    for name in TOPICS_USED:
        topic = app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        topic.maxsize = MOST_WAITING
        app.agent(topic, name=name, concurrency=1)(take)
    faust.Worker(app, loglevel="error", quiet=True, redirect_stdouts=False).execute_from_commandline()


async def run_aiokafka(address: str, count: int) -> None:
    async with AIOKafkaConsumer(
        *TOPICS_USED, bootstrap_servers=address, group_id=f"bare-{time.time_ns()}", auto_offset_reset="earliest"
    ) as consumer:
        seen, begun, cpu = 0, 0.0, 0.0
        while seen < count:
            batches = await consumer.getmany(timeout_ms=200, max_records=MOST_RECORDS)
            found = sum(map(len, batches.values()))
            if found and not seen:
                begun, cpu = time.perf_counter(), time.process_time()
            seen += found
        report(seen, begun, cpu)


if __name__ == "__main__":
    what, address, count = sys.argv[1:]
    if what == "faust":
        run_faust(address, int(count))
    else:
        asyncio.run(run_aiokafka(address, int(count)))
