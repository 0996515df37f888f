"""Files handed in at a cluster: by the command line, over a real broker, recorded by a worker."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.delivery_builders import BUREAU, MAPPING, a_file, rows
from tests.kafka.cluster import PROGRAM, Cluster, eventually
from tests.ledger_events import events_in

Make = Callable[[int], Cluster]
MAY = ("--snapshot", "440100", "2025-05")


def counts(cluster: Cluster, file: Path, *options: str) -> dict[str, Any]:
    said = cluster.run("ingest", str(file), "--mapping", str(file.with_name("mapping.toml")), *options)
    assert said["rejected"] == 0
    return {"accepted": said["accepted"], "duplicates": said["duplicates"]}


def states(cluster: Cluster, kind: str) -> list[dict[str, Any]]:
    """What the bureau said of one kind, in all shards."""
    shards = (events_in(cluster.database, schema=f"shard_{shard}") for shard in range(cluster.shards))
    wanted = f"tender-integrity.{kind}.v1"
    return [json.loads(state) for events in shards for *_, topic, state in events if topic == wanted]


def standing(cluster: Cluster) -> set[str]:
    """The ids of the bureau's payments that count."""
    gone = {each["data"]["retracts"]["id"] for each in states(cluster, "fact-corrected")}
    return {each["id"].partition("~")[0] for each in states(cluster, "insurance-paid") if each["id"] not in gone}


def test_files_come_by_the_topics_and_what_a_snapshot_lacks_is_taken_back(make_cluster: Make, tmp_path: Path) -> None:
    cluster = make_cluster(2)
    cluster.register(BUREAU)
    cluster.start("publisher")
    cluster.start("worker")
    eventually(lambda: cluster.joined() == 1, otherwise=cluster.logged)
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    file = tmp_path / "社保.csv"
    file.write_bytes(a_file(rows(*range(300))))
    assert counts(cluster, file) == {"accepted": 300, "duplicates": 0}
    assert counts(cluster, file) == {"accepted": 0, "duplicates": 300}
    file.write_bytes(a_file(rows(*range(290))))
    assert counts(cluster, file, *MAY) == {"accepted": 0, "duplicates": 290}
    assert standing(cluster) == {f"SB-{number:06d}" for number in range(290)}
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    watch = '[[feeds]]\nfiles = "*.csv"\nmapping = "mapping.toml"\nsnapshot = "440100"\n'
    (inbox / "watch.toml").write_text("settled_seconds = 0\n" + watch, encoding="utf-8")
    (inbox / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (inbox / "2025-05.csv").write_bytes(a_file(rows(*range(295))))
    subprocess.run([PROGRAM, "watch", inbox, "--once"], check=True, env=cluster.environment(), timeout=120)
    assert standing(cluster) == {f"SB-{number:06d}" for number in range(295)}
    assert (inbox / "done" / "2025-05.csv").exists()
    corrections = {each["id"] for each in states(cluster, "fact-corrected")}
    eventually(lambda: all(cluster.shards_with(id) == 2 for id in corrections), otherwise=cluster.logged)
    assert cluster.twice() == 0
    assert cluster.count("shard_commands") == 0
