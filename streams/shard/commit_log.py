"""What a commit did, written to the program's log once it is done; of what was rolled back nothing is written.

One line for each commit, and one for each event of a clue. A written line costs 30 µs and 240
bytes, one that lies below the level 4 µs: a line for each fact would take half a core at 20,000
facts a second. Commits of a feed that sends event by event come by the hundred, so a commit
without anything to look at is told at debug level.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from eventsourcing.domain import AggregateEvent

from domain.access import Role
from domain.clues.clue import Clue
from domain.clues.events import Decided, name_of

log = structlog.get_logger(__name__)

SLOW_SECONDS: Final = 1.0
"""A commit that takes longer is worth a look."""


@dataclass(slots=True)
class Tally:
    """What was done with the messages of one commit, and how many case groups were judged."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    judged: int = 0


class CommitLog:
    """One shard's; its owner calls :meth:`begin` before each transaction and :meth:`committed` after it."""

    def __init__(self) -> None:
        self._happened: list[tuple[str, dict[str, Any]]] = []
        self._began = 0.0

    def begin(self) -> None:
        """Forget what a transaction that failed had done."""
        self._happened.clear()
        self._began = time.perf_counter()

    def clues_changed(
        self, happened: Sequence[tuple[Clue, AggregateEvent]], told: Mapping[UUID, Sequence[Role]]
    ) -> None:
        """To be written if the transaction is committed; ``told`` are the roles that get a notice."""
        self._happened += [(_name(event), _about(clue, event, told.get(clue.id, ()))) for clue, event in happened]

    def committed(self, batch: int, entries: int, tally: Tally) -> None:
        """Write the lines; ``batch`` is the number of the last batch row, ``entries`` how many the ledger got."""
        seconds = time.perf_counter() - self._began
        to_look_at = self._happened or tally.refused or seconds >= SLOW_SECONDS
        (log.info if to_look_at else log.debug)(
            "batch_committed",
            batch=batch,
            entries=entries,
            accepted=tally.accepted,
            duplicates=tally.duplicates,
            refused=tally.refused,
            judged=tally.judged,
            clues=len(self._happened),
            seconds=round(seconds, 4),
        )
        for name, about in self._happened:
            log.info(name, **about)
        self._happened.clear()


def _name(event: Any) -> str:
    """``clue_raised``, ``clue_evidence_changed`` … for the events of :mod:`domain.clues.events`."""
    return f"clue_{name_of(event).replace('-', '_')}"


def _about(clue: Clue, event: AggregateEvent, told: Sequence[Role]) -> dict[str, Any]:
    """Nothing that a person wrote, and nobody's name."""
    about = {
        "clue_id": str(clue.id),
        "revision": event.originator_version,
        "rule": clue.finding.rule,
        "severity": clue.severity,
        "status": clue.status,
        "told": sorted(set(told)),
    }
    return {**about, "role": event.role} if isinstance(event, Decided) else about
