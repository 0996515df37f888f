"""The real-time mismatches: touched people → evidence → rules → findings → clues.

A fact that concerns nobody who is judged costs a look at a small sorted array. Whoever is
touched is judged anew from the ledger: live judgement, as-of and rebuild are one fold.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from domain.evidence import (
    RELEVANT_KINDS,
    AppointmentCase,
    RecordedFact,
    appointment_cases,
    concerns,
    standing,
)
from domain.evidence import due_dates as due_dates_of
from domain.facts.bidding import LeadAppointed
from domain.policy import PolicyBook
from domain.rule import judge
from projections.due_dates import DueDates
from projections.judged import Judged
from projections.judgement import Judgement
from projections.organisations import Organisations
from projections.reconciling import Reconciling
from projections.recorded_facts import KIND_CODES, SubjectFacts

Keys = np.ndarray[Any, np.dtype[np.uint64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Kinds = np.ndarray[Any, np.dtype[np.uint8]]

_RELEVANT: Final = np.array(sorted(KIND_CODES[kind] for kind in RELEVANT_KINDS), dtype=np.uint8)
_APPOINTED: Final = KIND_CODES[LeadAppointed.KIND]
_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Touched:
    """What a batch indexed: the fact at ``positions[i]``, of ``kinds[i]``, under ``keys[i]``."""

    keys: Keys
    positions: Positions
    kinds: Kinds

    @classmethod
    def joined(cls, parts: Sequence["Touched"]) -> "Touched":
        if not parts:
            return cls(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint8))
        return cls(
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.kinds for part in parts]),
        )

    def relevant(self) -> "Touched":
        """Without what no appointment is judged on."""
        mask = np.isin(self.kinds, _RELEVANT)
        return Touched(self.keys[mask], self.positions[mask], self.kinds[mask])


class Judging:
    """Judges people inside the shard's transaction, and brings their clues in line."""

    def __init__(self, facts: SubjectFacts, policies: PolicyBook, reconciling: Reconciling) -> None:
        self._facts = facts
        self._policies = policies
        self._reconciling = reconciling
        self._organisations = Organisations(facts)
        self._judged = Judged()
        self._due = DueDates()
        self._appointments: OrderedDict[str, tuple[LeadAppointed, ...]] = OrderedDict()

    def load(self, connection: Connection) -> None:
        """Read from the database what is held in memory."""
        self._judged = Judged.load(connection)
        self._due = DueDates.load(connection)
        self._organisations.forget()
        self._appointments.clear()

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change a finding."""
        return self._due.earliest

    def judge(self, connection: Connection, touched: Touched, now: datetime) -> list[Judgement]:
        """Judge whom ``touched`` facts concern or whose time has come, by person."""
        causes = self._people(connection, touched.relevant())
        for person_id in self._due.pop(connection, now):
            causes.setdefault(person_id, [])
        people = sorted(causes)
        self._facts.prefetch(connection, [f"person:{person_id}" for person_id in people], kinds=RELEVANT_KINDS)
        judged = {person_id: self._judge_person(connection, person_id, now) for person_id in people}
        self._reconciling.reconcile(connection, judged, causes, now)
        return [judgement for person_id in people for judgement in judged[person_id]]

    def _people(self, connection: Connection, touched: Touched) -> dict[str, list[RecordedFact]]:
        """Who is to be judged anew, with the facts that make it necessary, by position."""
        positions: dict[str, set[int]] = {}
        for fact in self._facts.at(connection, touched.positions[touched.kinds == _APPOINTED].tolist()):
            if isinstance(fact.data, LeadAppointed):
                positions.setdefault(fact.data.person.person_id, set()).add(fact.position)
        keys, places = self._organisations.with_former_names(connection, touched.keys, touched.positions)
        concerned = self._judged.people_touched(keys)
        hits = np.isin(keys, np.array(list(concerned), dtype=np.uint64))
        for key, position in zip(keys[hits].tolist(), places[hits].tolist(), strict=True):
            for person_id in concerned[key]:
                positions.setdefault(person_id, set()).add(position)
        self._facts.at(connection, [position for found in positions.values() for position in found])
        people = {person_id: self._facts.at(connection, list(found)) for person_id, found in positions.items()}
        return {person_id: facts for person_id, facts in people.items() if self._may_change(person_id, facts)}

    def _may_change(self, person_id: str, facts: Iterable[RecordedFact]) -> bool:
        appointments = self._appointments.get(person_id)
        return not appointments or any(
            concerns(appointment, fact.data, self._policies.for_jurisdiction(appointment.jurisdiction))
            for fact in facts
            for appointment in appointments
        )

    def _judge_person(self, connection: Connection, person_id: str, now: datetime) -> list[Judgement]:
        cases = self.cases(connection, person_id, now)
        self._judged.put(connection, person_id, cases)
        moments = (moment for case in cases for moment in due_dates_of(case.appointment, case.policy))
        self._due.put(connection, person_id, moments, now)
        self._remember(person_id, cases)
        return [Judgement(case, judge(case)) for case in cases]

    def cases(self, connection: Connection, person_id: str, now: datetime) -> tuple[AppointmentCase, ...]:
        """A person's appointments with their evidence, on everything known."""
        facts = standing(self._facts.of(connection, f"person:{person_id}", kinds=RELEVANT_KINDS))
        bidders = [fact.data.bidder for fact in facts if isinstance(fact.data, LeadAppointed)]
        return appointment_cases(
            facts,
            standing(self._organisations.facts_about(connection, bidders)),
            self._organisations.renames(connection),
            policies=self._policies,
            now=now,
        )

    def _remember(self, person_id: str, cases: Iterable[AppointmentCase]) -> None:
        self._appointments[person_id] = tuple(case.appointment for case in cases)
        self._appointments.move_to_end(person_id)
        while len(self._appointments) > _REMEMBERED:
            self._appointments.popitem(last=False)
