"""The appointments that are judged, and the organisations and projects that their evidence names.

There are few appointments, compared with the people of a city. They are in memory, so that a batch
finds at once which of them it touches, and in tables, so that they are there after a restart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from sys import intern

from sqlalchemy import Column, Connection, String, Table, bindparam, delete, insert, select

from domain.evidence import PAID, AppointmentCase, Horizon
from domain.facts.bidding import lot_subject
from domain.facts.fact import FactData
from domain.instants import instant_text
from domain.policy import PolicyBook
from projections.boards.concerned import Concerned, Hits
from projections.index import Keys
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
"""One row for each person × bidder × lot that is judged now."""

WATCHED = Table(
    "watched_organisations",
    METADATA,
    Column("appointment", String(2_500), primary_key=True),
    Column("subject", String(2_100), primary_key=True),
)
"""The organisations and projects in an appointment's evidence: a fact about one may change its findings."""


_DELETE_APPOINTMENTS = delete(APPOINTMENTS).where(
    APPOINTMENTS.c.person_id == bindparam("person"), APPOINTMENTS.c.subject == bindparam("gone")
)
_INSERT_APPOINTMENTS = insert(APPOINTMENTS)
_DELETE_WATCHED = delete(WATCHED).where(WATCHED.c.appointment == bindparam("gone"))
_INSERT_WATCHED = insert(WATCHED)


@dataclass(frozen=True, slots=True)
class _Appointment:
    """One appointment: its row, its horizon, and the subjects in its evidence (``watched``)."""

    row: tuple[str, ...]
    horizon: Horizon
    watched: frozenset[str]
    codes: frozenset[int]
    """The codes of the payments for the months of the horizon (:mod:`projections.index.fact_codes`)."""

    @property
    def keys(self) -> Iterator[int]:
        """The keys of the subjects under which facts that may concern the appointment are indexed."""
        yield key_of(f"person:{self.horizon.person_id}")
        yield from map(key_of, self.watched)


class JudgedAppointments:
    """The appointments that are judged now, by the 64-bit keys of the subjects that concern them."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies
        self._appointments: dict[str, _Appointment] = {}
        self._concerned = Concerned()

    @classmethod
    def load(cls, connection: Connection, policies: PolicyBook) -> "JudgedAppointments":
        """The appointments as the tables have them."""
        judged = cls(policies)
        watched: defaultdict[str, list[str]] = defaultdict(list)
        for appointment, subject in connection.execute(select(WATCHED)):
            watched[appointment].append(subject)
        for row in connection.execute(select(APPOINTMENTS)):
            judged._add(row.subject, judged._of_row(tuple(row), watched[row.subject]))
        return judged

    def touched(self, keys: Keys) -> Hits:
        """For each of ``keys``, whether a fact under it may concern an appointment."""
        return self._concerned.hits(keys)

    def may_concern(self, key: int, code: int) -> bool:
        """Whether a payment with this ``code`` under ``key`` may concern an appointment."""
        return any(code in self._appointments[subject].codes for subject in self._concerned.of(key))

    def concerned(self, key: int, data: FactData) -> list[str]:
        """The subjects of the appointments whose findings a fact under ``key`` with this content may change."""
        return [subject for subject in self._concerned.of(key) if self._appointments[subject].horizon.holds(data)]

    def put(self, connection: Connection, judged: Mapping[str, AppointmentCase | None]) -> None:
        """Write the cases by subject, and the subjects in their evidence; None deletes an appointment."""
        # Judging mostly ends with the same evidence as before, so only what changed is written.
        before = {subject: self._appointments.get(subject) for subject in judged}
        after = {subject: self._of_case(case) if case else None for subject, case in judged.items()}
        changed = [subject for subject in judged if before[subject] != after[subject]]
        gone = [{"person": person_of(subject), "gone": subject} for subject in changed if before[subject]]
        if gone:
            connection.execute(_DELETE_APPOINTMENTS, gone)
            connection.execute(_DELETE_WATCHED, [{"gone": row["gone"]} for row in gone])
        new = {subject: appointment for subject in changed if (appointment := after[subject])}
        if new:
            names = APPOINTMENTS.c.keys()
            rows = [dict(zip(names, appointment.row, strict=True)) for appointment in new.values()]
            connection.execute(_INSERT_APPOINTMENTS, rows)
        if watched := [row for subject, appointment in new.items() for row in _watched(subject, appointment.watched)]:
            connection.execute(_INSERT_WATCHED, watched)
        for subject in changed:
            self._remove(subject)
            if appointment := after[subject]:
                self._add(subject, appointment)

    def _of_case(self, case: AppointmentCase) -> _Appointment:
        appointment = case.appointment
        row = (
            appointment.person.person_id,
            case.subject,
            appointment.tender_id,
            appointment.lot_id,
            appointment.jurisdiction,
            appointment.bidder.key,
            appointment.tenderer.key,
            instant_text(appointment.opened_at),
        )
        return self._of_row(row, case.watched)

    def _of_row(self, row: tuple[str, ...], watched: Iterable[str]) -> _Appointment:
        person_id, _, tender_id, lot_id, jurisdiction, _, _, opened_at = row
        policy = self._policies.for_jurisdiction(jurisdiction)
        horizon = Horizon.around(person_id, lot_subject(tender_id, lot_id), datetime.fromisoformat(opened_at), policy)
        codes = codes_of(PAID, frozenset(horizon.paid_months))
        # Many appointments watch the same few organisations, so the texts of these are shared.
        return _Appointment(row, horizon, frozenset(map(intern, watched)), codes)

    def _add(self, subject: str, appointment: _Appointment) -> None:
        self._appointments[subject] = appointment
        self._concerned.add(subject, appointment.keys)

    def _remove(self, subject: str) -> None:
        appointment = self._appointments.pop(subject, None)
        if appointment is not None:
            self._concerned.remove(subject, appointment.keys)


def person_of(subject: str) -> str:
    """The id of the person in the subject of an appointment's case."""
    return subject.partition("|")[0]


def _watched(appointment: str, watched: Iterable[str]) -> list[dict[str, str]]:
    return [{"appointment": appointment, "subject": subject} for subject in sorted(watched)]
