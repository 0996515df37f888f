"""The one machine that a cluster must equal, and the export by which they are compared."""

import difflib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from alerts.inbox import last_notice_id
from domain.access import Actor, Role
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE
from infra.documents.clues import clue_document
from infra.identity.keys import open_keys
from infra.installation import KEYS_FOLDER, Installation
from infra.settings import Settings
from projections.questions import clue_queries
from projections.questions.clue_queries import Filters
from tests.monitor import SOURCE, Clock
from tests.source_builders import SIMULATED, register_in

AUDITOR: Final = Actor(Role.AUDITOR, "审计员")
_OURS: Final = ("position", "recorded_at", "raised_at", "revised_at", "history")
"""Positions and recording times, and the history, which tells in which batches facts came."""


class OneMachine:
    """It is told everything in the order of arrival, under the pseudonyms that ``keys`` give."""

    def __init__(self, keys: Path, folder: Path) -> None:
        open_keys(keys)
        shutil.copytree(keys, folder / KEYS_FOLDER)
        self._clock = Clock(datetime.now(UTC))
        self._installation = Installation.open(Settings(data=folder), clock=self._clock)
        register_in(self._installation, SOURCE, *SIMULATED)
        self._shard, self._intake = self._installation.open_shard(), self._installation.intake()

    def feed(self, lines: Sequence[bytes]) -> None:
        (receipt,) = self._shard.commit([self._intake.prepare(lines)])
        assert not receipt.quarantined

    def settle(self) -> None:
        """Until nothing is left to be judged."""
        self._clock.pass_by(minutes=1)
        while self._shard.let_time_pass():
            pass

    def clues(self) -> bytes:
        return exported([self._installation])

    def notices(self) -> int:
        with self._installation.database.read() as connection:
            return last_notice_id(connection)

    def close(self) -> None:
        self._installation.close()


def exported(installations: Iterable[Installation]) -> bytes:
    """All open clues, as ``clues --json`` shows them, without positions and times of recording."""
    documents = []
    for installation in installations:
        with installation.database.read() as connection:
            page = clue_queries.clues(connection, AUDITOR, Filters(), limit=100_000)
        documents += [clue_document(replace(clue)) for clue in page.items if clue.status != "withdrawn"]
    kept = sorted(map(_without_ours, documents), key=lambda clue: clue["clue_id"])
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _without_ours(value: Any) -> Any:
    if isinstance(value, dict):
        # A follow-up happened with the fact that came last: that depends on the order of recording.
        left_out = (*_OURS, "occurred_at") if value.get("source") == FOLLOW_UP_SOURCE else _OURS
        return {name: _without_ours(each) for name, each in value.items() if name not in left_out}
    return [_without_ours(each) for each in value] if isinstance(value, list) else value


def difference(found: bytes, wanted: bytes) -> str:
    """The lines of two exports of clues that stand in one of them only."""
    ours, theirs = found.decode().splitlines(), wanted.decode().splitlines()
    return "\n".join(line for line in difflib.unified_diff(theirs, ours, "one machine", "cluster", lineterm="", n=0))
