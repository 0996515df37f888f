"""Is it alive, is it ready, how does it do."""

import time
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from infra.http.keys import NODE
from streams.embedded import Embedded

_METHODS = frozenset({"GET", "HEAD", "POST"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    if request.app[NODE].ready():
        return web.json_response({"status": "ready"})
    return web.json_response({"status": "not ready"}, status=HTTPStatus.SERVICE_UNAVAILABLE)


async def metrics(request: web.Request) -> web.Response:
    text = generate_latest(request.app[MEASURES].registry)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


class Measures:
    """This application's own registry: several may run in one process."""

    def __init__(self, node: Embedded) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self._answers = Counter(
            "http_requests", "Answered requests.", (*labels, "status"), namespace="tender_monitor", registry=self.registry
        )
        self._seconds = Histogram(
            "http_request_seconds", "From request to answer.", labels, namespace="tender_monitor", registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_NodeNumbers(node))

    def answered(self, request: web.Request, status: int, seconds: float) -> None:
        """Labels are route templates, never addresses: those hold ids of people and cases."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        method = request.method if request.method in _METHODS else "other"
        self._answers.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)


class _NodeNumbers(Collector):
    def __init__(self, node: Embedded) -> None:
        self._node = node

    def collect(self) -> Iterator[Metric]:
        for name, value in self._node.metrics.items():
            yield GaugeMetricFamily(f"tender_monitor_{name}", name.replace("_", " "), value=value)


MEASURES = web.AppKey("measures", Measures)


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    started = time.perf_counter()
    response = await handler(request)
    if response.content_type != "text/event-stream":
        request.app[MEASURES].answered(request, response.status, time.perf_counter() - started)
    return response
