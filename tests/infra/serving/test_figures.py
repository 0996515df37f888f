"""What alarms rest on is measured at a running server, and goes wrong there when the thing itself does."""

import os
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.backup.making import make_backup
from infra.backup.series import Kept, add_copy
from tests.infra.http.served import SOURCE, served
from tests.infra.serving.test_bad_days import a_fact, measured
from tests.logged import logged

ALERTS = Path(__file__).parents[3] / "deploy" / "prometheus" / "alerts.yml"
ELSEWHERE = re.compile(r"channel|lag_records|shards|outbox|webhook|batch_seconds|events_total|misplaced|witness")
"""Figures of workers, publishers, and channels and witnesses that this installation does not have."""


def test_every_alarm_of_one_machine_rests_on_what_a_server_measures(tmp_path: Path) -> None:
    named = set(re.findall(r"tender_monitor_\w+", ALERTS.read_text(encoding="utf-8")))
    with served(tmp_path / "data", backup={"series": tmp_path / "series"}) as server:
        server.send({**a_fact(1), "sequence": "1"})
        heartbeat = {"sequence": 1, "interval_seconds": 300}
        server.send({**a_fact(2), "type": "tender-integrity.source-heartbeat.v1", "data": heartbeat})
        text = server.request("GET", "/metrics").body.decode()
    wanted = {each for each in named if not ELSEWHERE.search(each)}
    assert len(wanted) >= 10
    assert {each for each in wanted if f"\n{each}" not in text} == set()


def test_the_age_of_the_newest_backup_is_measured(tmp_path: Path) -> None:
    """None yet, a fresh one, one of three days ago, and a disk that is away."""
    series = tmp_path / "series"
    with served(tmp_path / "data", backup={"series": series}) as server:
        server.send(a_fact(1))
        assert measured(server, "backup_age_seconds") == float("inf")
        settings = server.running.installation.settings
        made, _ = add_copy(
            series, lambda folder: make_backup(settings, folder, with_keys=False), kept=Kept(days=1, months=0)
        )
        assert measured(server, "backup_age_seconds") < 60
        old = datetime.now(UTC) - timedelta(days=3)
        made.folder.rename(series / old.strftime("%Y-%m-%dT%H%M%SZ"))
        assert 3 * 86_400 <= measured(server, "backup_age_seconds") < 3 * 86_400 + 60
        shutil.rmtree(series)
        assert measured(server, "backup_age_seconds") == float("inf")


def test_commits_are_counted_with_the_time_they_take(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        before = measured(server, "commits_total")
        began = time.perf_counter()
        assert server.send(a_fact(1)).status == 202
        assert measured(server, "commits_total") == before + 1
        assert 0 < measured(server, "commit_seconds_total") < time.perf_counter() - began + 60


def test_a_slow_commit_is_a_line_of_the_log(tmp_path: Path) -> None:
    """Held up for a second by somebody else who writes to the database."""
    import sqlite3
    import threading

    with served(tmp_path / "data") as server, logged() as log:
        other = sqlite3.connect(tmp_path / "data" / "ledger.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        released = threading.Timer(1.5, lambda: other.execute("ROLLBACK"))
        released.start()
        assert server.send(a_fact(1)).status == 202
        released.join()
        other.close()
        assert measured(server, "slow_commits_total") == 1
    assert [line["seconds"] >= 1 for line in log.named("batch_committed") if line["level"] == "info"] == [True]
    assert os.fspath(tmp_path) not in log.text
    assert SOURCE not in "".join(str(line) for line in log.named("batch_committed"))
