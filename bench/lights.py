"""Lights of approval cases: 100,000 open ones that all turn at the same moment."""

import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bench.figures import Figure
from domain.evidence.days import SHANGHAI
from domain.instants import instant_text
from infra.storage.database import open_database
from projections.boards import approval_board
from projections.boards.approval_board import LIGHTS

CASES = 100_000
SECONDS_GOAL = 1.0
_TURNS = datetime(2026, 3, 17, tzinfo=SHANGHAI)
_ROWS_AT_ONCE = 2_000


def run(scratch: Path) -> float:
    """Seconds to turn every light, until committed."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        database = open_database(Path(folder) / "lights.db")
        try:
            for first in range(0, CASES, _ROWS_AT_ONCE):
                with database.transaction() as connection:
                    connection.execute(insert(LIGHTS), [_row(first + number) for number in range(_ROWS_AT_ONCE)])
            started = time.perf_counter()
            with database.transaction() as connection:
                turned = approval_board.update_lights(connection, _TURNS)
            taken = time.perf_counter() - started
            assert turned == CASES
            return taken
        finally:
            database.close()


def figures(seconds: float) -> Iterator[Figure]:
    yield Figure(f"re-lighting {CASES:,} open approval cases", seconds, "s", at_most=SECONDS_GOAL)


def _row(number: int) -> dict[str, object]:
    """A case in its last five working days."""
    turns = instant_text(_TURNS)
    warned = instant_text(_TURNS - timedelta(days=5))
    return {
        "case_id": f"SGXK-{number:06d}",
        "light": "yellow",
        "yellow_at": warned,
        "red_at": turns,
        "next_turn_at": turns,
    }
