"""``kill -9`` at random moments: nothing acknowledged is missing, and no checkpoint is ahead of the data."""

import json
import multiprocessing
import random
import sqlite3
import time
from contextlib import closing
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from infra.installation import Installation
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from infra.transparency.audit import Audit
from tests.acceptance.log_feeding import feed

LONGEST_SECONDS = 0.25
OPENING_SECONDS = 60
SEED = 20_250_618


@pytest.mark.parametrize("kills", [pytest.param(40), pytest.param(200, marks=pytest.mark.long)])
def test_kills_leave_a_whole_log_with_everything_that_was_acknowledged(tmp_path: Path, kills: int) -> None:
    data, draw = tmp_path / "data", random.Random(SEED)
    Installation.open(Settings(data=data)).close()
    starting = multiprocessing.get_context("forkserver")
    starting.set_forkserver_preload(["tests.acceptance.log_feeding"])
    acknowledged: set[str] = set()
    for run in range(kills):
        seconds = draw.uniform(0, LONGEST_SECONDS)
        acknowledged |= killed(starting, data, run, seconds, waits_for=run % 3)
        assert_no_checkpoint_is_ahead(data)
    assert len(acknowledged) > kills
    assert_whole(data, acknowledged)


def killed(starting: ForkServerContext, data: Path, run: int, seconds: float, *, waits_for: int) -> set[str]:
    """What a writer acknowledged before it was killed.

    That is so many seconds after it started, or (1) after it had opened, or (2) after its first commit.
    """
    ours, theirs = starting.Pipe(duplex=False)
    writer = starting.Process(target=feed, args=(data, run, theirs), daemon=True)
    writer.start()
    theirs.close()
    heard: set[str] = set()
    for _ in range(waits_for):
        assert ours.poll(OPENING_SECONDS)
        heard |= set(ours.recv())
    time.sleep(seconds)
    writer.kill()
    writer.join()
    with closing(ours):
        try:
            while ours.poll():
                heard |= set(ours.recv())
        except (EOFError, OSError):
            pass
    return heard


def assert_no_checkpoint_is_ahead(data: Path) -> None:
    with closing(sqlite3.connect(data / "ledger.db")) as database:
        (row,) = database.execute("SELECT coalesce(max(id), 0) FROM stored_events").fetchone()
        (block,) = database.execute("SELECT coalesce(max(last_position), 0) FROM fact_blocks").fetchone()
        (signed,) = database.execute("SELECT coalesce(max(size), 0) FROM log_checkpoints").fetchone()
    assert signed == max(row, block)


def assert_whole(data: Path, acknowledged: set[str]) -> None:
    installation = Installation.open(Settings(data=data))
    with installation.database.read() as connection:
        audited = Audit(connection, installation.log_identity.verifier()).run()
        rows = installation.recorder.scan(connection, after=0, limit=10_000_000)
    installation.open_shard()
    Rebuilding(installation).rebuild()
    installation.close()
    recorded = {json.loads(state).get("id") for _, _, state in rows}
    assert audited.entries == len(rows)
    assert acknowledged <= recorded
