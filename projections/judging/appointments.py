"""The case kind of appointments: each person × bidder × lot is a group of its own.

The number of a lead's appointments grows, and a fact concerns few of them, so only those are judged
again (docs/decisions/0023). A fact that concerns no appointment costs one search in a sorted array.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from domain.clues.context import ClueContext, group_of_appointment
from domain.evidence import (
    NAMING,
    PAID,
    RELEVANT_KINDS,
    AppointmentCase,
    RecordedFact,
    appointment_cases,
    case_subject,
    is_judged,
    licensed_firms,
    payment_months,
    recorded_late,
    standing,
)
from domain.facts.bidding import LeadAppointed, StaffAppointed
from domain.facts.insurance import LeadInsured
from domain.follow_ups.insured_leads import outstanding
from domain.policy import PolicyBook
from domain.rule import judge
from projections.boards.coverage import Closings
from projections.boards.judged import JudgedAppointments, person_of
from projections.evidence.organisations import Organisations
from projections.evidence.projects import project_facts
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, only_follow_ups, wanted
from projections.judging.party_codes import PartyCodes, employers_in

_RELEVANT: Final = wanted(RELEVANT_KINDS | NAMING)
_PAID: Final = wanted(PAID)
_OTHERS: Final = wanted((RELEVANT_KINDS | NAMING) - PAID)
_APPOINTED: Final = wanted([LeadAppointed.KIND, StaffAppointed.KIND])
_READ: Final = (RELEVANT_KINDS | {LeadInsured.KIND}) - PAID
"""The kinds that are read about a person besides payments: evidence, and earlier statements about payers."""
_PREFIX: Final = len(group_of_appointment(""))


class Appointments:
    """Judges the leads of bids."""

    name = "appointments"

    def __init__(
        self, facts: SubjectFacts, organisations: Organisations, policies: PolicyBook, deliveries: Closings
    ) -> None:
        self._facts = facts
        self._deliveries = deliveries
        self._policies = policies
        self._organisations = organisations
        self._judged = JudgedAppointments(policies)

    def load(self, connection: Connection) -> None:
        self._judged = JudgedAppointments.load(connection, self._policies)
        self._organisations.forget()

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        connection, touched = run.connection, touched.only(_RELEVANT)
        if not len(touched):
            return {}
        positions: defaultdict[str, set[int]] = defaultdict(set)
        # A new appointment is not in memory yet, so appointments are read from the ledger.
        for fact in self._facts.at(connection, touched.only(_APPOINTED).positions.tolist()):
            if isinstance(fact.data, LeadAppointed) and is_judged(fact.data, self._policies):
                positions[case_subject(fact.data)].add(fact.position)
        others = touched.only(_OTHERS)
        keys, at_positions = self._organisations.with_former_names(connection, others.keys, others.positions)
        hits = self._judged.touched(keys)
        touching = [*zip(keys[hits].tolist(), at_positions[hits].tolist(), strict=True)]
        touching += self._paid(touched.only(_PAID))
        # Only facts under a watched key are read. Their content then decides which appointments they concern.
        facts = self._facts.at(connection, [position for _, position in touching])
        data_at = {fact.position: fact.data for fact in facts}
        for key, position in touching:
            for subject in self._judged.concerned(key, data_at[position]):
                positions[subject].add(position)
        return {
            group_of_appointment(subject): self._facts.at(connection, list(causes))
            for subject, causes in positions.items()
        }

    def _paid(self, payments: Touched) -> Iterator[tuple[int, int]]:
        """``(key, position)`` of the payments that may concern an appointment, by their codes alone."""
        # Payments come in masses. Nearly all are for months on which nobody is judged, and the code in
        # the index tells the month, so these are not even read.
        hits = self._judged.touched(payments.keys)
        columns = (column[hits].tolist() for column in (payments.keys, payments.positions, payments.kinds))
        for key, position, code in zip(*columns, strict=True):
            if self._judged.may_concern(key, code):
                yield key, position

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        codes = PartyCodes(run.connection, self._organisations, groups)
        of_person: defaultdict[str, list[str]] = defaultdict(list)
        for group in groups:
            of_person[person_of(group[_PREFIX:])].append(group[_PREFIX:])
        cases: dict[str, AppointmentCase | None] = {}
        judged: dict[str, Sequence[Judgement]] = {}
        for person_id, recorded in self._recorded(run.connection, of_person).items():
            standing_cases = {
                case.subject: case for case in self._cases(run, person_id, recorded, of_person[person_id])
            }
            for subject in of_person[person_id]:
                cases[subject] = case = standing_cases.get(subject)
                judged[group_of_appointment(subject)] = tuple(self._judge(run, subject, case, recorded, codes))
        self._judged.put(run.connection, cases)
        return judged

    def _recorded(
        self, connection: Connection, of_person: Mapping[str, Collection[str]]
    ) -> dict[str, list[RecordedFact]]:
        """The facts about each person that may concern these appointments; other payments may be among them.

        ``of_person`` are the subjects of the appointments by person.
        """
        people = {f"person:{person_id}": person_id for person_id in of_person}
        self._facts.prefetch(connection, list(people), kinds=_READ)
        recorded = {people[person]: self._facts.of(connection, person, kinds=_READ) for person in people}
        content = [(fact.data, person_id) for person_id, facts in recorded.items() for fact in facts]
        appointed = [
            data
            for data, person_id in content
            if isinstance(data, LeadAppointed) and case_subject(data) in of_person[person_id]
        ]
        # Payments come second: the appointments say of which months payments are needed.
        months = payment_months(appointed, self._policies)
        self._facts.prefetch(connection, list(people), kinds=PAID, months=months)
        for person, person_id in people.items():
            recorded[person_id] += self._facts.of(connection, person, kinds=PAID, months=months)
        return recorded

    def _judge(
        self,
        run: JudgingRun,
        subject: str,
        case: AppointmentCase | None,
        recorded: Sequence[RecordedFact],
        codes: PartyCodes,
    ) -> Iterator[Judgement]:
        """The findings about an appointment, and the follow-ups; these also where it was retracted."""
        group = group_of_appointment(subject)
        run.wait(group, ())
        if case is not None:
            findings = judge(case)
            yield Judgement(
                case,
                findings,
                codes.completed(_context(case, recorded), findings, of_bidder=employers_in(case)),
                candidate=case.candidacy is not None,
                lot=case.appointment.lot,
                history=case.appointed if case.appointed.is_history else None,
            )
        follow_ups = outstanding(subject, case, recorded)
        if follow_ups:
            yield only_follow_ups(group, follow_ups, run.now, person_id=person_of(subject))

    def _cases(
        self, run: JudgingRun, person_id: str, recorded: Sequence[RecordedFact], subjects: Collection[str]
    ) -> tuple[AppointmentCase, ...]:
        """The cases of a person with these ``subjects``; a retracted appointment has none."""
        # A correction may have put a fact about somebody else in the place of one about this person. What takes
        # that correction back is then not recorded about this person.
        facts = [fact for fact in standing(recorded) if f"person:{person_id}" in fact.data.subjects]
        appointed = [fact.data for fact in facts if isinstance(fact.data, LeadAppointed)]
        judged = (data for data in appointed if case_subject(data) in subjects)
        bidders = [firm for data in judged for firm in licensed_firms(data)]
        return appointment_cases(
            facts,
            standing(self._organisations.facts_about(run.connection, bidders)),
            self._organisations.renames(run.connection),
            project_facts=project_facts(run.connection, self._facts, facts),
            policies=self._policies,
            now=run.now,
            only=subjects,
            asking=self._deliveries.asking(run.connection),
        )


def _context(case: AppointmentCase, recorded: Sequence[RecordedFact]) -> ClueContext:
    """What a clue about the appointment is about, with the parties as the opening names them."""
    return ClueContext.of(case.appointment, recorded_late=_recorded_late(case, recorded))


def _recorded_late(case: AppointmentCase, recorded: Sequence[RecordedFact]) -> bool:
    """Whether the opening was old when the appointment was first recorded; a later correction makes nothing late."""
    appointed = [(fact.recorded_at, fact.data) for fact in recorded if isinstance(fact.data, LeadAppointed)]
    moments = [at for at, data in appointed if case_subject(data) == case.subject]
    return recorded_late(case.appointment.opened_at, min(moments), case.policy)
