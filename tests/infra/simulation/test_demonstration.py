"""The city that the demonstration shows owes exactly the clues that the monitor finds in it."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from infra.command_line.running.demo import LOTS, MONTHS, PEOPLE
from infra.settings import Settings
from infra.simulation import simulate
from projections.boards.clue_board import CLUES
from tests.monitor import Clock, Monitor

BATCH = 2_000


def test_every_clue_of_the_demonstration_was_planted_and_none_is_missed(tmp_path: Path) -> None:
    simulate(1, PEOPLE, MONTHS, LOTS, date(2026, 8, 31), tmp_path / "city")
    truth = json.loads((tmp_path / "city" / "truth.json").read_text(encoding="utf-8"))
    lines = (tmp_path / "city" / "facts.ndjson").read_bytes().splitlines()
    monitor = Monitor(Settings(data=tmp_path / "data"), Clock(datetime(2027, 1, 1, tzinfo=UTC)))
    for first in range(0, len(lines), BATCH):
        monitor.send(*lines[first : first + BATCH])
        monitor.clock.pass_by(seconds=4)
    monitor.clock.pass_by(minutes=20)
    while monitor.shard.let_time_pass():
        pass
    found = Counter((row.rule, row.tender_id, row.lot_id) for row in monitor.rows(CLUES) if row.status != "withdrawn")
    monitor.close()
    assert found == Counter((clue["rule"], clue["tender_id"], clue["lot_id"]) for clue in truth["clues"])
