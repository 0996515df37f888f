"""The ledger and its index for rebuild and calibration: read from one database, while tables are made in another."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from domain.evidence.coverage import Asking
from domain.evidence.recorded import EVERYTHING, Knowledge
from projections.boards.coverage import Closings
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.index import LogReader, Values
from projections.index.subject_index import KIND_SHIFT, POSITION_MASK, SUBJECT_TABLES, key_of
from projections.judging.case_kind import Touched


class LiveLedger:
    """Reads the ledger through the connection ``live``, whatever connection a caller passes."""

    def __init__(self, ledger: Ledger, live: Connection) -> None:
        self._ledger = ledger
        self._live = live

    def read(self, _: Connection, positions: Sequence[int]) -> list[tuple[int, str, bytes]]:
        return self._ledger.read(self._live, positions)


class LiveClosings(Closings):
    """Reads the closings through the connection ``live``, whatever connection a caller passes."""

    def __init__(self, facts: SubjectFacts, live: Connection) -> None:
        super().__init__(facts, remembers=True)
        self._live = live

    def asking(self, _: Connection, knowledge: Knowledge = EVERYTHING) -> Asking:
        return super().asking(self._live, knowledge)


class IndexInMemory:
    """The whole subject index of the database of ``live`` in memory."""

    def __init__(self, live: Connection) -> None:
        # Sorted by key, so that the entries of a subject are neighbours. Keys, positions and codes
        # take 17 bytes for each entry.
        slices = list(LogReader(SUBJECT_TABLES).content(live))
        self._keys = np.concatenate([keys for keys, _ in slices])
        packed = np.concatenate([values for _, values in slices]).view(np.uint64)
        self._positions: np.ndarray[Any, np.dtype[np.int64]] = (packed & np.uint64(POSITION_MASK)).astype(np.int64)
        self._kinds = (packed >> np.uint64(KIND_SHIFT)).astype(np.uint8)

    def everything(self) -> Touched:
        """The whole index, as if it had come in one batch."""
        return Touched(self._keys, self._positions, self._kinds)

    def positions(self, _: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        """The ledger positions of ``subject``, ascending; only of facts with a code among ``kinds``, if given."""
        key = np.uint64(key_of(subject))
        first, last = (int(np.searchsorted(self._keys, key, side)) for side in ("left", "right"))
        positions = self._positions[first:last]
        if kinds is not None:
            positions = positions[np.isin(self._kinds[first:last], list(kinds))]
        return np.sort(positions)

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None:
        """Do nothing: the whole index is in memory."""
