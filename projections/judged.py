"""Who is judged: the leads of bids, and the organisations their evidence names.

A small set beside the city's people: held in memory to see at once what a batch touches,
and in tables to be there again after a restart.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Column, Connection, Delete, Insert, String, Table, bindparam, delete, insert, select

from domain.evidence import AppointmentCase
from projections.batches import instant_text
from projections.subject_index import key_of
from projections.tables import METADATA

APPOINTMENTS = Table(
    "appointments",
    METADATA,
    Column("person_id", String(64), primary_key=True),
    Column("subject", String(2_500), primary_key=True),
    Column("tender_id", String(200), nullable=False),
    Column("lot_id", String(200), nullable=False),
    Column("jurisdiction", String(6), nullable=False),
    Column("bidder_key", String(2_000), nullable=False, index=True),
    Column("tenderer_key", String(2_000), nullable=False),
    Column("opened_at", String(32), nullable=False),
)
"""One row per person × bidder × lot that is judged now."""

WATCHED = Table(
    "watched_organisations",
    METADATA,
    Column("person_id", String(64), primary_key=True),
    Column("subject", String(2_100), primary_key=True),
)
"""The organisations and projects a lead's evidence names: a fact about one re-judges the lead."""


_DELETE_APPOINTMENTS = delete(APPOINTMENTS).where(APPOINTMENTS.c.person_id == bindparam("person"))
_INSERT_APPOINTMENTS = insert(APPOINTMENTS)
_DELETE_WATCHED = delete(WATCHED).where(WATCHED.c.person_id == bindparam("person"))
_INSERT_WATCHED = insert(WATCHED)
_NOTHING: frozenset[str] = frozenset()


class Judged:
    """The judged people and watched organisations, by 64-bit subject key."""

    def __init__(self) -> None:
        self._people: dict[int, str] = {}
        self._watchers: dict[int, set[str]] = {}
        self._watched: dict[str, frozenset[str]] = {}
        self._written: dict[str, list[dict[str, str]]] = {}
        self._keys: np.ndarray[Any, np.dtype[np.uint64]] | None = None

    @classmethod
    def load(cls, connection: Connection) -> "Judged":
        judged = cls()
        for (person_id,) in connection.execute(select(APPOINTMENTS.c.person_id).distinct()):
            judged._people[key_of(f"person:{person_id}")] = person_id
        subjects: dict[str, set[str]] = {}
        for person_id, subject in connection.execute(select(WATCHED.c.person_id, WATCHED.c.subject)):
            subjects.setdefault(person_id, set()).add(subject)
        for person_id, names in subjects.items():
            judged._watch(person_id, frozenset(names))
        return judged

    def people_touched(self, keys: np.ndarray[Any, np.dtype[np.uint64]]) -> dict[int, frozenset[str]]:
        """Which of the subject ``keys`` concern somebody judged, and whom."""
        if self._keys is None:
            self._keys = np.array(sorted({*self._people, *self._watchers}), dtype=np.uint64)
        if not len(self._keys) or not len(keys):
            return {}
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        hits = {int(key) for key in keys[self._keys[places] == keys]}
        return {key: frozenset(self._concerned(key)) for key in hits}

    def put(self, connection: Connection, judged: Mapping[str, Sequence[AppointmentCase]]) -> None:
        """Write what is judged of people now, and what that makes us watch."""
        rows = {person_id: _rows(person_id, cases) for person_id, cases in judged.items()}
        changed = {person_id: new for person_id, new in rows.items() if new != self._written.get(person_id)}
        _rewrite(connection, _DELETE_APPOINTMENTS, _INSERT_APPOINTMENTS, changed)
        self._written |= changed
        watched = {person_id: _watched(cases) for person_id, cases in judged.items()}
        watched = {
            person_id: new for person_id, new in watched.items() if new != self._watched.get(person_id, _NOTHING)
        }
        names = {person_id: _names(person_id, subjects) for person_id, subjects in watched.items()}
        _rewrite(connection, _DELETE_WATCHED, _INSERT_WATCHED, names)
        for person_id, subjects in watched.items():
            self._watch(person_id, subjects)
        for person_id, new in changed.items():
            self._know(person_id, judged=bool(new))

    def _know(self, person_id: str, *, judged: bool) -> None:
        key = key_of(f"person:{person_id}")
        if (key in self._people) == judged:
            return
        self._keys = None
        if judged:
            self._people[key] = person_id
        else:
            del self._people[key]

    def _concerned(self, key: int) -> Iterable[str]:
        yield from self._watchers.get(key, ())
        if key in self._people:
            yield self._people[key]

    def _watch(self, person_id: str, subjects: frozenset[str]) -> None:
        for subject in self._watched.pop(person_id, _NOTHING) - subjects:
            watchers = self._watchers[key_of(subject)]
            watchers.discard(person_id)
            if not watchers:
                del self._watchers[key_of(subject)]
        for subject in subjects:
            self._watchers.setdefault(key_of(subject), set()).add(person_id)
        if subjects:
            self._watched[person_id] = subjects
        self._keys = None


def _rewrite(
    connection: Connection, forget: Delete, write: Insert, rows: Mapping[str, Sequence[dict[str, str]]]
) -> None:
    """Put ``rows`` in the place of all that is there of those people."""
    if rows:
        connection.execute(forget, [{"person": person_id} for person_id in rows])
    if new := [row for of_person in rows.values() for row in of_person]:
        connection.execute(write, new)


def _watched(cases: Iterable[AppointmentCase]) -> frozenset[str]:
    return frozenset(subject for case in cases for subject in case.watched)


def _names(person_id: str, subjects: Iterable[str]) -> list[dict[str, str]]:
    return [{"person_id": person_id, "subject": subject} for subject in sorted(subjects)]


def _rows(person_id: str, cases: Iterable[AppointmentCase]) -> list[dict[str, str]]:
    return sorted((_row(person_id, case) for case in cases), key=lambda row: row["subject"])


def _row(person_id: str, case: AppointmentCase) -> dict[str, str]:
    appointment = case.appointment
    return {
        "person_id": person_id,
        "subject": case.subject,
        "tender_id": appointment.tender_id,
        "lot_id": appointment.lot_id,
        "jurisdiction": appointment.jurisdiction,
        "bidder_key": appointment.bidder.key,
        "tenderer_key": appointment.tenderer.key,
        "opened_at": instant_text(appointment.opened_at),
    }
