"""What is asked at each step of a replay: about leads, people on sites, lots and approval cases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.approval import approval_case
from domain.evidence import AppointmentCase, Horizon, RecordedFact
from domain.evidence.recorded import Knowledge
from domain.evidence.site_history import SITE_KINDS, months_told_of
from domain.evidence.winning import tells_of_won_lots
from domain.facts.approvals import case_subject
from domain.facts.attendance import AttendanceRecorded
from domain.facts.deliveries import DeliveryClosed
from domain.follow_ups.appointments import CAUSING_KINDS
from domain.policy import PolicyBook
from domain.rule import Case, Finding, judge
from projections.questions.approval_history import KINDS
from projections.questions.as_of import AsOf
from projections.questions.replay import Found


class Lead:
    """What is found about a person's appointments."""

    def __init__(self, connection: Connection, as_of: AsOf, person_id: str, horizons: Sequence[Horizon]) -> None:
        self._connection = connection
        self._as_of = as_of
        self._person_id = person_id
        self._horizons = horizons

    def concerns(self, fact: RecordedFact) -> bool:
        return fact.kind in CAUSING_KINDS or any(
            horizon.holds(fact.data) or tells_of_won_lots(fact.data, horizon) for horizon in self._horizons
        )

    def ask(self, knowledge: Knowledge, news: Sequence[RecordedFact]) -> Found:  # noqa: ARG002 - the protocol's
        moment = _moment(knowledge)
        cases = self._as_of.cases(self._connection, self._person_id, knowledge=knowledge, now=moment)
        won = self._as_of.won_findings(self._connection, cases, knowledge=knowledge)
        found = _found_of(cases)
        return Found((*found.findings, *won), found.due)


class OnSites:
    """What is found about a person on sites, by month: after check-ins only their months are looked at again."""

    def __init__(self, connection: Connection, as_of: AsOf, person_id: str) -> None:
        self._connection = connection
        self._as_of = as_of
        self._person_id = person_id
        self._months: dict[str, tuple[Finding, ...]] = {}

    def concerns(self, fact: RecordedFact) -> bool:
        return fact.kind in SITE_KINDS or fact.kind == DeliveryClosed.KIND

    def ask(self, knowledge: Knowledge, news: Sequence[RecordedFact]) -> Found:
        check_ins = [fact.fact.data for fact in news if isinstance(fact.fact.data, AttendanceRecorded)]
        # A check-in for a trade may be the first thing by which the person is watched at all, in every month.
        by_month = bool(news) and len(check_ins) == len(news) and not any(one.trade for one in check_ins)
        months = months_told_of(check_ins) if by_month else None
        moment = _moment(knowledge)
        found = self._as_of.on_sites(self._connection, self._person_id, knowledge=knowledge, now=moment, months=months)
        self._forget(months)
        for case in found.cases:
            self._months[case.month] = (*self._months.get(case.month, ()), *judge(case))
        due = found.history.next_due
        findings = (finding for month in sorted(self._months) for finding in self._months[month])
        return Found(tuple(findings), (due,) if due else ())

    def _forget(self, months: frozenset[str] | None) -> None:
        for month in list(self._months) if months is None else months & self._months.keys():
            del self._months[month]


class Lot:
    """What is found about a lot and its leads; ``leads`` are the facts about each that may change it."""

    def __init__(
        self, connection: Connection, as_of: AsOf, lot: str, leads: Mapping[str, Sequence[RecordedFact]]
    ) -> None:
        self._connection = connection
        self._as_of = as_of
        self._lot = lot
        self._leads = {person_id: {fact.name for fact in facts} for person_id, facts in leads.items()}
        self._cases: dict[str, list[AppointmentCase]] = {}

    def concerns(self, fact: RecordedFact) -> bool:  # noqa: ARG002 - what cannot concern it is not among its facts
        return True

    def ask(self, knowledge: Knowledge, news: Sequence[RecordedFact]) -> Found:
        moment = _moment(knowledge)
        for person_id in self._touched(news):
            about = self._as_of.cases(self._connection, person_id, knowledge=knowledge, now=moment, of_lot=self._lot)
            self._cases[person_id] = list(about)
        leads = sorted((case for cases in self._cases.values() for case in cases), key=lambda case: case.subject)
        beside = self._as_of.lot_cases(self._connection, self._lot, leads, knowledge=knowledge)
        found = _found_of(leads)
        won = self._as_of.won_findings(self._connection, leads, knowledge=knowledge)
        return Found((*_judged(beside), *found.findings, *won), found.due)

    def _touched(self, news: Sequence[RecordedFact]) -> Collection[str]:
        """Of whom something came; all, where something came about the lot, or time has passed."""
        names = {fact.name for fact in news}
        touched = {person_id: names & facts for person_id, facts in self._leads.items()}
        if not names or names - set().union(*touched.values()):
            return self._leads
        return [person_id for person_id, told in touched.items() if told]


class ApprovalCase:
    """What is found about an approval case."""

    def __init__(self, connection: Connection, as_of: AsOf, policies: PolicyBook, case_id: str) -> None:
        self._connection = connection
        self._as_of = as_of
        self._policies = policies
        self._case_id = case_id

    def concerns(self, fact: RecordedFact) -> bool:
        return fact.kind in KINDS or fact.kind == DeliveryClosed.KIND

    def ask(self, knowledge: Knowledge, news: Sequence[RecordedFact]) -> Found:  # noqa: ARG002 - the protocol's
        subject = case_subject(self._case_id)
        facts = self._as_of.standing(self._connection, subject, knowledge=knowledge, kinds=KINDS)
        moment = _moment(knowledge)
        with self._as_of.asking(self._connection, subject, knowledge) as asking:
            case = approval_case(self._case_id, facts, policies=self._policies, now=moment, asking=asking)
        return Found(judge(case), case.moments) if case else Found()


def _moment(knowledge: Knowledge) -> datetime:
    assert knowledge.known_at is not None
    return knowledge.known_at


def _found_of(cases: Sequence[AppointmentCase]) -> Found:
    return Found(_judged(cases))


def _judged(cases: Iterable[Case]) -> tuple[Finding, ...]:
    return tuple(finding for case in cases for finding in judge(case))
