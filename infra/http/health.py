"""Is it alive, is it ready, how does it do."""

import math
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from alerts.undeliverable import count_undeliverable
from domain.access import Actor, Role
from domain.evidence.source import SourceCase
from infra.backup.series import copies
from infra.child_figures import ChildFigures
from infra.http.answers import answer_json
from infra.http.client_address import is_own_machine
from infra.http.keys import ISSUER_KEYS, NODE
from infra.http.route import SOURCE_READERS
from infra.installation import Installation
from infra.labelled_figures import PREFIX
from infra.settings import Settings
from infra.storage.disk import MIB
from infra.transparency.tables import CHECKPOINTS, COSIGNATURES
from projections.boards.clue_board import CLUES
from projections.boards.sources import cases
from streams.node.node import Node
from streams.one_machine.node import EmbeddedNode
from streams.threads import in_thread

_ALL = Actor(Role.OPERATOR, "metrics")
_SIGNED = select(func.max(CHECKPOINTS.c.size))
_COSIGNED = select(func.max(COSIGNATURES.c.size))
_METHODS = frozenset({"GET", "HEAD", "POST"})
_INTERVAL = "How often the source promised to be heard; only of sources that did."
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def healthz(_request: web.Request) -> web.Response:
    return answer_json({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    node = request.app[NODE]
    told = {"problems": list(node.problems)} if node.problems else {}
    if node.ready:
        return answer_json({"status": "ready", **told})
    return answer_json({"status": "not ready", **told}, status=HTTPStatus.SERVICE_UNAVAILABLE)


async def metrics(request: web.Request) -> web.Response:
    """Which sources there are is told to this machine, and to readers of sources who bring a token."""
    registry: Collector = request.app[MEASURES].registry
    if not (is_own_machine(request) or await _reads_sources(request)):
        registry = _WithoutSources(registry)
    text = await in_thread(generate_latest, registry)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _reads_sources(request: web.Request) -> bool:
    _, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token:
        return False
    actor = (await request.app[ISSUER_KEYS].prove(token.strip())).actor
    return actor.role in SOURCE_READERS and actor.sees_every_jurisdiction and actor.role is not Role.SOURCE


class _WithoutSources(Collector):
    def __init__(self, every: Collector) -> None:
        self._every = every

    def collect(self) -> Iterator[Metric]:
        for metric in self._every.collect():
            if not any("source" in sample.labels for sample in metric.samples):
                yield metric


class Measures:
    """This application's own registry: several may run in one process."""

    def __init__(self, installation: Installation, node: Node) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self._answers = Counter(
            "http_requests", "Answered requests.", (*labels, "status"), namespace=PREFIX, registry=self.registry
        )
        self._seconds = Histogram(
            "http_request_seconds", "From request to answer.", labels, namespace=PREFIX, registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(ChildFigures())
        self.registry.register(_NodeNumbers(installation, node))

    def answered(self, request: web.Request, status: int, seconds: float) -> None:
        """Labels are route templates, never addresses: those hold ids of people and cases."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        method = request.method if request.method in _METHODS else "other"
        self._answers.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)


class _NodeNumbers(Collector):
    """Read when asked for: what waits, what is recorded, what is in quarantine, how clues stand."""

    def __init__(self, installation: Installation, node: Node) -> None:
        self._installation = installation
        self._node = node

    def collect(self) -> Iterator[Metric]:
        yield _gauge("ready", "1 while facts can be recorded.", float(self._node.ready))
        yield from _of_machine(self._installation)
        yield from _of_commits(self._node)
        yield _gauge("waiting_messages", "Messages handed in and not committed yet.", self._node.waiting)
        with self._installation.database.read() as connection:
            recorded = self._installation.recorder.last_position(connection)
            waiting = self._installation.quarantine.open_entries(connection)
            by_status = connection.execute(select(CLUES.c.status, func.count()).group_by(CLUES.c.status)).all()
            undelivered = count_undeliverable(connection)
            signed, cosigned = self._covered(connection)
            sources = cases(connection, _ALL, self._installation.settings.policy, self._installation.clock())
        yield _gauge("recorded_events", "Events in the ledger.", recorded)
        yield _gauge("quarantined_messages", "Rejected messages nobody has sent again.", waiting)
        clues = GaugeMetricFamily(f"{PREFIX}_clues", "Clues by status.", labels=["status"])
        for status, number in by_status:
            clues.add_metric([status], number)
        yield clues
        yield _gauge("undeliverable_notices", "Notices to parties whose credit code is not known.", undelivered)
        yield _gauge("log_entries", "Entries covered by a signed checkpoint.", signed)
        yield _gauge("log_cosigned_entries", "Entries covered by a countersigned checkpoint.", cosigned)
        yield from _of_sources(sources)

    def _covered(self, connection: Connection) -> tuple[int, int]:
        """Entries under a checkpoint, and under a countersigned one; of all logs together."""
        signed = cosigned = 0
        for shard in self._installation.shards:
            with self._installation.entered(connection, shard):
                signed += connection.execute(_SIGNED).scalar() or 0
                cosigned += connection.execute(_COSIGNED).scalar() or 0
        return signed, cosigned


def _of_machine(installation: Installation) -> Iterator[Metric]:
    """What an operator must see to: the disk of the data folder, and the clock that facts are recorded by."""
    folder = installation.settings.data
    reserve = installation.settings.disk.reserve_mib * MIB
    with suppress(OSError):
        yield _gauge("disk_free_bytes", "Free space of the data folder.", shutil.disk_usage(folder).free)
    yield _gauge("disk_reserve_bytes", "Below so much free space no facts are taken in.", reserve)
    yield from _of_backups(installation.settings)
    clock = installation.recording_clock
    if clock is not None:
        ahead = clock.ahead.total_seconds()
        yield _gauge("clock_ahead_seconds", "How much further the clock has gone than time has passed.", ahead)


def _of_commits(node: Node) -> Iterator[Metric]:
    """Of one machine; workers tell of their own batches."""
    if isinstance(node, EmbeddedNode):
        times = node.commit_times
        yield _counter("commits", "Commits of facts since the start.", times.commits)
        yield _counter("commit_seconds", "How long they took together.", times.seconds)
        yield _counter("slow_commits", "Those that took a second or longer.", times.slow)


def _of_backups(settings: Settings) -> Iterator[Metric]:
    """Only where the settings name a series; one that is empty or away is told by an age without end."""
    series = settings.backup.series
    if series is not None:
        found = copies(series)
        age = time.time() - found[-1].made_at.timestamp() if found else math.inf
        yield _gauge("backup_age_seconds", "Since the newest backup of the series was made.", age)


def _of_sources(sources: Iterable[SourceCase]) -> Iterator[Metric]:
    missing = GaugeMetricFamily(f"{PREFIX}_source_missing_messages", "Holes in a numbering.", labels=["source"])
    heard = GaugeMetricFamily(f"{PREFIX}_source_heard_seconds", "Since the last message.", labels=["source"])
    interval = GaugeMetricFamily(f"{PREFIX}_source_interval_seconds", _INTERVAL, labels=["source"])
    for case in sources:
        if case.interval_seconds is not None:
            interval.add_metric([case.source], case.interval_seconds)
        missing.add_metric([case.source], case.missing_count)
        heard.add_metric([case.source], case.silent_for.total_seconds())
    yield missing
    yield heard
    yield interval


def _counter(name: str, about: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", about, value=value)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", about, value=value)


MEASURES = web.AppKey("measures", Measures)


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    started = time.perf_counter()
    response = await handler(request)
    if response.content_type != "text/event-stream":
        request.app[MEASURES].answered(request, response.status, time.perf_counter() - started)
    return response
