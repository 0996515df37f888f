"""Measure everything and print one table: ``python -m bench.cluster [--smallest]``."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cluster import copying, feeds, idle, latency
from bench.cluster.extent import SMALLEST, Extent
from bench.cluster.running import Drained, drained
from bench.figures import Figure, heading, line, percentile
from bench.postgresql import running_postgres
from streams.cluster.placement import Placement
from tests.kafka.broker import Broker, running_broker
from tests.kafka.cluster import Cluster, cluster, eventually

PARTITIONS = 4
PLACEMENT = Placement(PARTITIONS, 1)


def main() -> None:
    extent = _extent()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print(heading())
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("kafka", "postgres"):
            (folder / part).mkdir()
        with running_broker(folder / "kafka") as broker, running_postgres(folder / "postgres") as url:
            for figure in figures(Bench(folder, broker, url, extent)):
                print(line(figure.cells()), flush=True)


class Bench:
    """What all measurements share."""

    def __init__(self, folder: Path, broker: Broker, postgres_url: str, extent: Extent) -> None:
        self.broker = broker
        self.folder = folder
        self.extent = extent
        self.postgres_url = postgres_url
        self._number = 0
        self.keys = folder / "keys"
        self.messages = list(feeds.keyed(feeds.messages(extent.bulk, name="bench"), self.keys))
        self.check_ins = list(feeds.keyed(feeds.check_ins(extent.bulk, name="bench"), self.keys))

    @contextmanager
    def cluster(self, shards: int) -> Iterator[Cluster]:
        self._number += 1
        folder = self.folder / f"data{self._number}"
        with cluster(
            self.broker, self.postgres_url, folder, shards=shards, partitions=PARTITIONS, keys=self.keys
        ) as made:
            made.register(feeds.SOURCE, feeds.GATES, feeds.LATENCY)
            yield made


def figures(bench: Bench) -> Iterator[Figure]:
    single = bench.extent.single
    with bench.cluster(1) as one:
        feeds.produce(bench.broker.address, feeds.single(bench.messages[:single]))
        consumer, agent = (_bare(what, bench.broker, single) for what in ("aiokafka", "faust"))
        worker = drained(one, single)
    yield from _told("bare aiokafka consumer", consumer)
    yield from _told("bare Faust agent", agent)
    yield from _told("worker, one message a record", worker)
    yield Figure("  ratio to the bare Faust agent", worker.rate / agent.rate, "", at_least=0.6)
    yield Figure("  the same in processor time", agent.cpu_per_100k / worker.cpu_per_100k, "")
    yield from _shards(bench)
    yield from _latency(bench, worker.rate / 2)
    yield from copying.figures(bench.postgres_url, bench.extent.rows)
    yield from idle.figures(bench.postgres_url, bench.folder / "idle", bench.extent)


def _shards(bench: Bench) -> Iterator[Figure]:
    runs: dict[int, list[Drained]] = {shards: [] for shards in bench.extent.shards}
    bulk = bench.extent.bulk
    for _ in range(bench.extent.rounds):
        for shards, drains in runs.items():
            with bench.cluster(shards) as made:
                feeds.produce(bench.broker.address, feeds.packed(bench.check_ins, PLACEMENT))
                drains.append(drained(made, bulk))
    first: float | None = None
    for shards, drains in runs.items():
        found = Drained.together(drains)
        yield from _told(f"worker, bulk topic, {shards} shard{'s' if shards > 1 else ''}", found)
        if first is None:
            first = found.cpu_per_100k
            yield Figure("  events/s per worker core", found.rate_per_core, "events/s", at_least=25_000)
            yield Figure("  database bytes per event", found.database_bytes / bulk, "bytes")
        else:
            yield Figure("  processor time to that of one shard", found.cpu_per_100k / first, "", at_most=1.05)


def _latency(bench: Bench, per_second: float) -> Iterator[Figure]:
    with bench.cluster(1) as one:
        one.start("publisher")
        one.start("worker")
        eventually(lambda: one.joined() == 1)
        found = latency.measured(one, feeds.single(bench.messages), per_second, bench.extent.openings)
    yield Figure("records/s meanwhile (half load)", per_second, "records/s")
    yield Figure("produce to notice, p50", percentile(found.seconds, 50), "ms")
    yield Figure("produce to notice, p99", percentile(found.seconds, 99), "ms", at_most=1_500)
    yield Figure("  openings without a notice", found.missing, "", at_most=0)


def _told(what: str, found: Drained) -> Iterator[Figure]:
    yield Figure(what, found.rate, "events/s")
    yield Figure("  processor seconds per 100,000 events", found.cpu_per_100k, "s")
    if found.database_bytes:
        yield Figure("  PostgreSQL's processor seconds per 100,000 events", found.database_cpu_per_100k, "s")


def _bare(what: str, broker: Broker, single: int) -> Drained:
    command = [sys.executable, "-m", "bench.cluster.bare", what, broker.address, str(single)]
    said = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=120).stdout
    records, seconds, cpu = said.split()[-3:]
    return Drained(int(records), float(seconds), float(cpu))


def _extent() -> Extent:
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--smallest", action="store_true", help="only show that everything runs")
    return SMALLEST if parser.parse_args().smallest else Extent()


if __name__ == "__main__":
    main()
