"""Which months of which sites anybody attended, as far as every shard must know it.

Check-ins stay with the person, but a lead who never checked in is judged by whether somebody
else did (S501): if nobody's check-in is known, the month was not delivered. So the home of a
person tells all shards of a check-in when it knows of no other on that site in that month,
and tells of another one when what it knew is taken back.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
import numpy as np
from cachetools import LRUCache
from sqlalchemy import Connection

from domain.facts.attendance import SITE_MONTH_PREFIX, AttendanceRecorded
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.evidence.sites import attendance
from projections.index.fact_codes import KIND_CODES
from projections.index.subject_index import key_of
from streams.intake.prepared import PreparedBatch, as_said
from streams.shard.ledger_row import RECORDED_PREFIX_LENGTH

_CHECK_IN: Final = KIND_CODES[AttendanceRecorded.KIND]
_MONTH_PLACE: Final = 2
"""Of the site's month among a check-in's subjects."""
_MOST_KNOWN: Final = 50_000
"""What is forgotten is looked up again."""

Said = tuple[str, bytes]
"""The person it is about, and the message."""


class _Message(msgspec.Struct):
    data: msgspec.Raw


_decode: Final = msgspec.json.Decoder(_Message).decode


class AttendedMonths:
    """What one writer knows of them; it follows the transaction."""

    def __init__(self, facts: SubjectFacts, ledger: Ledger, mine: Callable[[str], bool]) -> None:
        self._facts = facts
        self._ledger = ledger
        self._mine = mine
        self._known: LRUCache[int, bool] = LRUCache(_MOST_KNOWN)
        self._corrected: list[str] = []

    def first_in(self, connection: Connection, batch: PreparedBatch) -> Iterator[Said]:
        """Of facts about to be recorded, check-ins of our people in months of which no other stands."""
        rows = np.flatnonzero(batch.kinds == _CHECK_IN)
        places = np.searchsorted(batch.subject_rows, rows) + _MONTH_PLACE
        keys, firsts = np.unique(batch.subject_keys[places], return_index=True)
        for key, row in zip(keys.tolist(), rows[firsts].tolist(), strict=True):
            if not self._known.get(key):
                yield from self._if_first(connection, as_said(batch.states[row]))
                self._known[key] = True

    def corrected(self, subjects: Iterable[str]) -> None:
        """Facts about ``subjects`` were corrected in the step that is being recorded."""
        self._corrected = [subject for subject in subjects if subject.startswith(SITE_MONTH_PREFIX)]

    def instead(self, connection: Connection) -> Iterator[Said]:
        """For each month with a corrected check-in another one that stands."""
        for site_month in self._corrected:
            self._known.pop(key_of(site_month), None)
            stands = attendance(connection, self._facts, site_month)
            if stands is not None:
                ((_, _, state),) = self._ledger.read(connection, [stands.position])
                yield stands.data.subjects[0], as_said(state[RECORDED_PREFIX_LENGTH:])

    def forget(self) -> None:
        self._known.clear()

    def _if_first(self, connection: Connection, message: bytes) -> Iterator[Said]:
        person, _, site_month, *_ = AttendanceRecorded.model_validate_json(bytes(_decode(message).data)).subjects
        if self._mine(person) and attendance(connection, self._facts, site_month) is None:
            yield person, message
