"""What is judged of leads: the appointments there are, and the organisations and projects their evidence names.

A small set beside the city's people: held in memory to see at once what a batch touches,
and in tables to be there again after a restart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any

import numpy as np
from sqlalchemy import Column, Connection, String, Table, bindparam, delete, insert, select

from domain.evidence import PAID, AppointmentCase, Horizon
from domain.facts.bidding import lot_subject
from domain.facts.fact import FactData
from domain.policy import PolicyBook
from projections.batches import instant_text
from projections.index.fact_codes import codes_of
from projections.index.subject_index import key_of
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
    Column("appointment", String(2_500), primary_key=True),
    Column("subject", String(2_100), primary_key=True),
)
"""The organisations and projects an appointment's evidence names: a fact about one re-judges the appointment."""


_DELETE_APPOINTMENTS = delete(APPOINTMENTS).where(
    APPOINTMENTS.c.person_id == bindparam("person"), APPOINTMENTS.c.subject == bindparam("gone")
)
_INSERT_APPOINTMENTS = insert(APPOINTMENTS)
_DELETE_WATCHED = delete(WATCHED).where(WATCHED.c.appointment == bindparam("gone"))
_INSERT_WATCHED = insert(WATCHED)

Keys = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class _Appointment:
    """One appointment: its row, what can matter to it, and what its evidence names."""

    row: tuple[str, ...]
    horizon: Horizon
    watched: frozenset[str]
    codes: frozenset[int]
    """Of the payments within the horizon."""

    @property
    def keys(self) -> Iterator[int]:
        """Under which facts are found that may concern it."""
        yield key_of(f"person:{self.horizon.person_id}")
        yield from map(key_of, self.watched)


class Judged:
    """The appointments judged now, by the 64-bit keys of the subjects that concern them."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies
        self._appointments: dict[str, _Appointment] = {}
        self._by_key: defaultdict[int, set[str]] = defaultdict(set)
        self._keys: Keys | None = None

    @classmethod
    def load(cls, connection: Connection, policies: PolicyBook) -> "Judged":
        judged = cls(policies)
        watched: defaultdict[str, list[str]] = defaultdict(list)
        for appointment, subject in connection.execute(select(WATCHED)):
            watched[appointment].append(subject)
        for row in connection.execute(select(APPOINTMENTS)):
            judged._know(row.subject, judged._of_row(tuple(row), watched[row.subject]))
        return judged

    def touched(self, keys: Keys) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of the subject ``keys`` may concern an appointment."""
        if self._keys is None:
            self._keys = np.sort(np.fromiter(self._by_key, np.uint64, len(self._by_key)))
        if not len(self._keys):
            return np.zeros(len(keys), np.bool_)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        hits: np.ndarray[Any, np.dtype[np.bool_]] = self._keys[places] == keys
        return hits

    def may_concern(self, key: int, code: int) -> bool:
        """False where no payment of that ``code`` under ``key`` is looked at."""
        return any(code in self._appointments[subject].codes for subject in self._by_key.get(key, ()))

    def concerned(self, key: int, data: FactData) -> list[str]:
        """The subjects of the appointments of which a fact under ``key`` may change a finding."""
        return [subject for subject in self._by_key.get(key, ()) if self._appointments[subject].horizon.holds(data)]

    def put(self, connection: Connection, judged: Mapping[str, AppointmentCase | None]) -> None:
        """Write what is judged now, by subject, and what that makes us watch; None is judged no more."""
        before = {subject: self._appointments.get(subject) for subject in judged}
        after = {subject: self._of_case(case) if case else None for subject, case in judged.items()}
        changed = [subject for subject in judged if before[subject] != after[subject]]
        gone = [{"person": person_of(subject), "gone": subject} for subject in changed if before[subject]]
        if gone:
            connection.execute(_DELETE_APPOINTMENTS, gone)
            connection.execute(_DELETE_WATCHED, [{"gone": row["gone"]} for row in gone])
        new = {subject: known for subject in changed if (known := after[subject])}
        if new:
            names = APPOINTMENTS.c.keys()
            rows = [dict(zip(names, known.row, strict=True)) for known in new.values()]
            connection.execute(_INSERT_APPOINTMENTS, rows)
        if watched := [row for subject, known in new.items() for row in _watched(subject, known.watched)]:
            connection.execute(_INSERT_WATCHED, watched)
        for subject in changed:
            self._forget(subject)
            if known := after[subject]:
                self._know(subject, known)

    def _of_case(self, case: AppointmentCase) -> _Appointment:
        said = case.appointment
        row = (
            said.person.person_id,
            case.subject,
            said.tender_id,
            said.lot_id,
            said.jurisdiction,
            said.bidder.key,
            said.tenderer.key,
            instant_text(said.opened_at),
        )
        return self._of_row(row, case.watched)

    def _of_row(self, row: tuple[str, ...], watched: Iterable[str]) -> _Appointment:
        person_id, _, tender_id, lot_id, jurisdiction, _, _, opened_at = row
        policy = self._policies.for_jurisdiction(jurisdiction)
        horizon = Horizon.around(person_id, lot_subject(tender_id, lot_id), datetime.fromisoformat(opened_at), policy)
        # Few organisations are watched by many appointments.
        return _Appointment(row, horizon, frozenset(map(intern, watched)), codes_of(PAID, frozenset(horizon.months)))

    def _know(self, subject: str, known: _Appointment) -> None:
        self._appointments[subject] = known
        for key in known.keys:
            if key not in self._by_key:
                self._keys = None
            self._by_key[key].add(subject)

    def _forget(self, subject: str) -> None:
        known = self._appointments.pop(subject, None)
        for key in known.keys if known else ():
            self._by_key[key].discard(subject)
            if not self._by_key[key]:
                del self._by_key[key]
                self._keys = None


def person_of(subject: str) -> str:
    """Whose appointment it is, by the subject of its case."""
    return subject.partition("|")[0]


def _watched(subject: str, watched: Iterable[str]) -> list[dict[str, str]]:
    return [{"appointment": subject, "subject": each} for each in sorted(watched)]
