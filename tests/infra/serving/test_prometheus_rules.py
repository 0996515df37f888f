"""What the rules and the dashboard in deploy/ read is there, under the labels by which they ask."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from alerts.publishing import Published
from domain.facts.sources import SourceHeartbeat
from infra.cluster.publisher_figures import OutboxFigures
from infra.cluster.worker_figures import WorkerFigures
from infra.settings import Settings
from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Recorded
from streams.cluster.placement import Placement
from streams.cluster.topics import INSURANCE_PAYMENTS
from tests.builders import a_message
from tests.infra.http.served import JURISDICTION, SOURCE, served
from tests.monitor import Clock, Monitor

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = re.findall(r"- alert: (\w+)\n\s+expr: (.+)", (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
OF_THE_SCRAPE = {"job", "instance", "process"}
"""Labels that Prometheus adds itself."""
METRIC = re.compile(r"tender_monitor_\w+")
SELECTOR = re.compile(r"(tender_monitor_\w+)\{([^}]*)\}")


def of_serve(folder: Path) -> str:
    """A server with a webhook and a mail server that nobody answers, and a source that promised to be heard."""
    webhook: dict[str, Any] = {"name": "city", "url": "http://127.0.0.1:9/", "role": "supervisor", "key": JURISDICTION}
    webhook |= {"secrets": ["whsec_" + "c2VjcmV0" * 4], "private_addresses": True}
    mail = {"host": "127.0.0.1", "port": 9, "security": "none", "sender": "monitor <monitor@city.example>"}
    with served(folder, webhooks=[webhook], channels={"mail": [mail]}, backup={"series": folder / "copies"}) as server:
        beat = SourceHeartbeat(interval_seconds=300)
        assert server.send(a_message(beat, source=SOURCE, id="beat")).status == 202
        return server.request("GET", "/metrics").body.decode()


def of_a_cluster(monitor: Monitor) -> Iterator[str]:
    worker = WorkerFigures(Placement(4, 1))
    worker.recorded(INSURANCE_PAYMENTS, [Delivery(INSURANCE_PAYMENTS, 0, 0, b"k", b"", ())], Recorded(), 0.1)
    worker.watch(lambda: {(INSURANCE_PAYMENTS.name, 0): 1}, lambda: {0})
    publisher = CollectorRegistry()
    publisher.register(OutboxFigures("shard_0", monitor.installation.database, Published(), Clock()))
    yield generate_latest(worker.registry).decode()
    yield generate_latest(publisher).decode()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that the processes of one machine and of a cluster tell."""
    folder = tmp_path_factory.mktemp("told")
    monitor = Monitor(Settings(data=folder / "cluster"))
    try:
        return "\n".join((of_serve(folder / "one"), *of_a_cluster(monitor)))
    finally:
        monitor.close()


def asked(node: Any) -> Iterator[str]:
    """The expressions of a dashboard."""
    if isinstance(node, dict):
        yield from (node["expr"],) if isinstance(node.get("expr"), str) else ()
        for value in node.values():
            yield from asked(value)
    elif isinstance(node, list):
        for item in node:
            yield from asked(item)


def missing(expression: str, told: str) -> set[str]:
    """The metrics, and the labels of selectors, that nobody tells."""
    known = {line.removeprefix("# TYPE ").split()[0] for line in told.splitlines() if line.startswith("# TYPE ")}
    known |= {f"{name}_bucket" for name in known}
    absent = {name for name in METRIC.findall(expression) if name not in known}
    for name, labels in SELECTOR.findall(expression):
        lines = [line for line in told.splitlines() if line.startswith(f"{name}{{")]
        for label in set(re.findall(r"(\w+)\s*[=!]", labels)) - OF_THE_SCRAPE:
            absent |= set() if any(f'{label}="' in line for line in lines) else {f"{name}{{{label}}}"}
    return absent


@pytest.mark.parametrize(("alert", "expression"), RULES, ids=lambda one: str(one).partition(" ")[0])
def test_a_rule_reads_metrics_that_are_told(alert: str, expression: str, told: str) -> None:
    assert missing(expression, told) == set()
    assert f'"{alert}"' in (DEPLOY / "prometheus" / "alerts.test.yml").read_text(encoding="utf-8")


def test_the_dashboard_reads_metrics_that_are_told(told: str) -> None:
    board = json.loads((DEPLOY / "grafana" / "tender-monitor.json").read_text(encoding="utf-8"))
    expressions = list(asked(board))
    assert expressions
    assert {one: missing(one, told) for one in expressions if missing(one, told)} == {}
