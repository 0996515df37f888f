"""In which months somebody checked in on a site: the one thing about check-ins that every shard must know.

Check-ins are recorded in the shard of the person. But S501 judges a lead who never checked in by
whether anybody else did: if no check-in of the site is known in a month, the month was not
delivered. So the home of a person sends a check-in to all shards when it knows no other check-in
of that site in that month. When that one is retracted, it sends another one.
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
"""The place of the subject "site and month" among the subjects of a check-in."""
_MOST_KNOWN: Final = 50_000
"""Site months held in memory; one that was dropped is looked up in the index again."""

Said = tuple[str, bytes]
"""The subject of the person, and the message as JSON."""


class _Message(msgspec.Struct):
    data: msgspec.Raw


_decode: Final = msgspec.json.Decoder(_Message).decode


class AttendedMonths:
    """The months that one writer knows; :meth:`forget` after a failure."""

    def __init__(self, facts: SubjectFacts, ledger: Ledger, mine: Callable[[str], bool]) -> None:
        self._facts = facts
        self._ledger = ledger
        self._mine = mine
        self._known: LRUCache[int, bool] = LRUCache(_MOST_KNOWN)
        self._corrected: list[str] = []

    def first_in(self, connection: Connection, batch: PreparedBatch) -> Iterator[Said]:
        """The check-ins of ``batch`` that are the first standing ones of their site and month, of our people.

        Must be asked before the batch is indexed.
        """
        rows = np.flatnonzero(batch.kinds == _CHECK_IN)
        places = np.searchsorted(batch.subject_rows, rows) + _MONTH_PLACE
        keys, firsts = np.unique(batch.subject_keys[places], return_index=True)
        for key, row in zip(keys.tolist(), rows[firsts].tolist(), strict=True):
            if not self._known.get(key):
                yield from self._if_first(connection, as_said(batch.states[row]))
                self._known[key] = True

    def corrected(self, subjects: Iterable[str]) -> None:
        """Note that facts about ``subjects`` are corrected by what is being recorded."""
        self._corrected = [subject for subject in subjects if subject.startswith(SITE_MONTH_PREFIX)]

    def instead(self, connection: Connection) -> Iterator[Said]:
        """For each site month with a corrected check-in, another check-in that stands, if there is one."""
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
