"""The docket of appointments: a person × bidder × lot, judged by person.

A fact that concerns nobody who is judged costs a look at a small sorted array.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import Connection

from domain.evidence import RELEVANT_KINDS, AppointmentCase, RecordedFact, appointment_cases, concerns, standing
from domain.evidence import due_dates as due_dates_of
from domain.facts.bidding import LeadAppointed
from domain.facts.insurance import LeadInsured
from domain.insured_leads import Statements, outstanding
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from domain.suspicion import ClueContext, scope_of_lead
from projections.judged import Judged
from projections.judging.docket import Judgement, Judgements, Touched, Turn, wanted
from projections.organisations import Organisations
from projections.projects import project_facts
from projections.recorded_facts import SubjectFacts

_RELEVANT: Final = wanted(RELEVANT_KINDS)
_APPOINTED: Final = wanted([LeadAppointed.KIND])
_READ: Final = RELEVANT_KINDS | {LeadInsured.KIND}
"""What a person is judged on, and what was said of the payers."""
_REMEMBERED: Final = 50_000
_PREFIX: Final = len(scope_of_lead(""))


class Appointments:
    """Judges the leads of bids; a lead's appointments are one scope."""

    name = "appointments"

    def __init__(self, facts: SubjectFacts, organisations: Organisations, policies: PolicyBook) -> None:
        self._facts = facts
        self._policies = policies
        self._organisations = organisations
        self._judged = Judged()
        self._appointments: OrderedDict[str, tuple[LeadAppointed, ...]] = OrderedDict()
        self._said: OrderedDict[str, tuple[tuple[object, ...], tuple[Finding, ...]]] = OrderedDict()

    def load(self, connection: Connection) -> None:
        self._judged = Judged.load(connection)
        self._organisations.forget()
        self._appointments.clear()
        self._said.clear()

    def touched(self, turn: Turn, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        people = self._people(turn.connection, touched.only(_RELEVANT))
        return {scope_of_lead(person_id): facts for person_id, facts in people.items()}

    def judge(self, turn: Turn, scopes: Sequence[str]) -> Judgements:
        connection, now = turn.connection, turn.now
        people = [scope[_PREFIX:] for scope in scopes]
        self._facts.prefetch(connection, [f"person:{person_id}" for person_id in people], kinds=_READ)
        recorded = {person_id: self._facts.of(connection, f"person:{person_id}", kinds=_READ) for person_id in people}
        cases = {person_id: self._cases(connection, recorded[person_id], now) for person_id in people}
        self._judged.put(connection, cases)
        return {
            scope: self._judge_person(turn, person_id, cases[person_id], recorded[person_id])
            for scope, person_id in zip(scopes, people, strict=True)
        }

    def _people(self, connection: Connection, touched: Touched) -> dict[str, list[RecordedFact]]:
        """Who is to be judged anew, with the facts that make it necessary, by position."""
        if not len(touched):
            return {}
        positions: dict[str, set[int]] = {}
        for fact in self._facts.at(connection, touched.only(_APPOINTED).positions.tolist()):
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

    def _judge_person(
        self, turn: Turn, person_id: str, cases: Sequence[AppointmentCase], recorded: Sequence[RecordedFact]
    ) -> tuple[Judgement, ...]:
        moments = (moment for case in cases for moment in due_dates_of(case.appointment, case.policy))
        turn.wait(scope_of_lead(person_id), moments)
        self._remember(person_id, cases)
        judged = (judgement_of(case, self._findings(case)) for case in cases)
        return (*judged, *self._spoken_of(person_id, cases, recorded, turn.now))

    def _findings(self, case: AppointmentCase) -> tuple[Finding, ...]:
        """What the rules say. A lead has ever more appointments, and a fact concerns few of them: the rest is known."""
        basis, findings = self._said.get(case.subject, (None, ()))
        if basis != case.basis:
            findings = judge(case)
            self._said[case.subject] = case.basis, findings
        self._said.move_to_end(case.subject)
        while len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        return findings

    def _spoken_of(
        self, person_id: str, cases: Sequence[AppointmentCase], recorded: Sequence[RecordedFact], now: datetime
    ) -> Iterator[Judgement]:
        """What others must be told, also where no case is left to judge."""
        follow_ups = outstanding(cases, recorded)
        if follow_ups:
            scope = scope_of_lead(person_id)
            context = ClueContext(scope, "", "", now, person_id=person_id)
            yield Judgement(Statements(scope, self._policies.default), (), context, follow_ups=follow_ups)

    def _cases(
        self, connection: Connection, recorded: Sequence[RecordedFact], now: datetime
    ) -> tuple[AppointmentCase, ...]:
        """A person's appointments with their evidence, on everything known."""
        facts = standing(recorded)
        bidders = [fact.data.bidder for fact in facts if isinstance(fact.data, LeadAppointed)]
        return appointment_cases(
            facts,
            standing(self._organisations.facts_about(connection, bidders)),
            self._organisations.renames(connection),
            project_facts=project_facts(connection, self._facts, facts),
            policies=self._policies,
            now=now,
        )

    def _remember(self, person_id: str, cases: Iterable[AppointmentCase]) -> None:
        self._appointments[person_id] = tuple(case.appointment for case in cases)
        self._appointments.move_to_end(person_id)
        while len(self._appointments) > _REMEMBERED:
            self._appointments.popitem(last=False)


def judgement_of(case: AppointmentCase, findings: tuple[Finding, ...]) -> Judgement:
    return Judgement(
        case,
        findings,
        ClueContext.of(case.appointment),
        candidate=case.candidacy is not None,
        lot=case.appointment.lot,
    )
