"""The bench of the cluster runs to its end, at its smallest."""

from pathlib import Path

from bench.cluster.__main__ import Bench, figures
from bench.cluster.extent import SMALLEST
from tests.kafka.broker import Broker


def test_every_figure_of_a_cluster_is_measured(kafka_broker: Broker, postgres_url: str, tmp_path: Path) -> None:
    measured = {figure.what: figure.value for figure in figures(Bench(tmp_path, kafka_broker, postgres_url, SMALLEST))}
    for what in ("bare Faust agent", "worker, bulk topic, 2 shards", "library's recorder: lock, unnest, NOTIFY"):
        assert measured[what] > 0
    assert measured["  openings without a notice"] == 0
    assert measured["commits of 8 writers, NOTIFY in the commit"] > 0
    assert measured["console of 2 idle shards, with PostgreSQL"] >= 0
