"""Everything known about one person on sites, folded once and divided into the cases that rules read."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final

from domain.evidence.coverage import ATTENDED, Ask, Asking, asks_of, nothing_closed
from domain.evidence.days import day_in_shanghai, first_instant, month_of, shifted_month
from domain.evidence.projects import PROJECT_KINDS, Project, adjoining, fold_projects
from domain.evidence.recorded import RecordedFact
from domain.evidence.site import (
    OPERATIONS_KIND,
    ROAD_WINDOW,
    Inspection,
    MovementsCase,
    SiteCase,
    end_of,
    months_between,
)
from domain.evidence.stays import CheckIn, Stay, fold_check_ins, fold_stays
from domain.facts.attendance import AttendanceRecorded, SiteInspected
from domain.facts.certificates import CertificateChanged, CertificateFact, CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData, Person
from domain.identifiers import jurisdiction_of_project
from domain.policy import Policy, PolicyBook

SITE_KINDS: Final = PROJECT_KINDS | {
    data.KIND for data in (AttendanceRecorded, SiteInspected, CertificateIssued, CertificateChanged, FactCorrected)
}
"""The kinds of facts that are read about a person; about a project, only its course and corrections are read."""

SiteMonth = tuple[str, str]
"""A project code and a month (``YYYY-MM``)."""


@dataclass(frozen=True)
class SiteHistory:
    """One person on all sites; ``projects`` are those that the person's facts name.

    Where ``months`` are given, only what happened in them is laid out (see :func:`tells_of`).
    """

    person_id: str
    projects: tuple[Project, ...]
    check_ins: tuple[CheckIn, ...]
    inspections: tuple[Inspection, ...]
    certificates: tuple[RecordedFact, ...]
    policies: PolicyBook
    now: datetime
    months: frozenset[str] | None = None

    @classmethod
    def of(
        cls,
        person_id: str,
        person_facts: Iterable[RecordedFact],
        project_facts: Iterable[RecordedFact],
        *,
        policies: PolicyBook,
        now: datetime,
        months: frozenset[str] | None = None,
    ) -> "SiteHistory":
        """The history folded from standing facts: those about the person, and those about the person's projects."""
        facts = sorted((fact for fact in person_facts if tells_of(fact.data, months)), key=lambda fact: fact.identity)
        by_identity = {fact.identity: fact for fact in (*facts, *project_facts)}
        return cls(
            person_id=person_id,
            projects=fold_projects(by_identity[identity] for identity in sorted(by_identity)),
            check_ins=fold_check_ins(person_id, facts),
            inspections=_inspections(person_id, facts),
            certificates=tuple(fact for fact in facts if _is_operators(fact.data, person_id)),
            policies=policies,
            now=now,
            months=months,
        )

    @property
    def is_watched(self) -> bool:
        """Whether there is anything to judge: the person led a project, failed an inspection, or named a trade."""
        # Most people on a site are workers about whom no rule says anything. They are left out before
        # any case is made, which keeps the mass of check-ins cheap.
        return (
            bool(self._led)
            or any(inspection.failed for inspection in self.inspections)
            or any(check_in.trade for check_in in self.check_ins)
        )

    @property
    def project_codes(self) -> frozenset[str]:
        """The projects that the person led, checked in on, or was inspected on."""
        led = {project.project_code for project in self._led}
        checked_in = {check_in.project_code for check_in in self.check_ins}
        return frozenset(led | checked_in | {inspection.report.project_code for inspection in self.inspections})

    @property
    def next_due(self) -> datetime | None:
        """The next moment at which time alone can change a finding."""
        # A month in charge (S501) or with check-ins (S505) is judged once it is over. What else is judged of
        # a month waits for facts, and for its closing.
        if not self.is_watched:
            return None
        judged = (*self._months_in_charge, *self._months_to_come(), *self._check_ins_by_month)
        return min((end for _, month in judged if (end := end_of(month)) > self.now), default=None)

    def site_cases(self, asking: Asking = nothing_closed) -> Iterator[SiteCase]:
        """The cases by project and month; ``asking`` answers what was stated to be complete."""
        if not self.is_watched:
            return
        inspected = {(inspection.report.project_code, month_of(inspection.day)) for inspection in self.inspections}
        for code, month in sorted(self._months_in_charge | self._check_ins_by_month.keys() | inspected):
            if not self._is_asked_about(month):
                continue
            own, adjacent = self._check_ins_in(code, month)
            yield SiteCase(
                person_id=self.person_id,
                project_code=code,
                month=month,
                projects=self._projects.get(code, ()),
                check_ins=own,
                adjacent=adjacent,
                inspections=self._inspected(code, month),
                certificates=self.certificates,
                jurisdiction=self.jurisdiction(code),
                policy=self._policy(code),
                now=self.now,
                coverage=asking(self._asks(code, month, own)),
            )

    def _asks(self, code: str, month: str, check_ins: Iterable[CheckIn]) -> list[Ask]:
        """All that the rules may ask about a month on a project."""
        policy, place = self._policy(code), self.jurisdiction(code)
        days = sorted({check_in.day.isoformat() for check_in in check_ins if check_in.trade})
        return [*asks_of(policy, place, ATTENDED, [month]), *asks_of(policy, place, OPERATIONS_KIND, days)]

    def movements_cases(self) -> Iterator[MovementsCase]:
        """The cases by month, for months in which the person checked in on several projects."""
        if not self.is_watched:
            return
        for month in sorted({month for _, month in self._check_ins_by_month if self._is_asked_about(month)}):
            begins, ends = first_instant(month), first_instant(shifted_month(month, 1))
            # Check-ins before the month are included, because a way may begin in the month before. A
            # contradiction belongs to the month of its last check-in, so that it is found only once.
            check_ins = _between(self.check_ins, begins - ROAD_WINDOW, ends)
            if len({check_in.project_code for check_in in check_ins}) > 1:
                within = (stay for stay in self._stays if begins - ROAD_WINDOW <= stay.arrival.at)
                yield self._movements(month, check_ins, tuple(stay for stay in within if stay.departure.at < ends))

    def _movements(self, month: str, check_ins: tuple[CheckIn, ...], stays: tuple[Stay, ...]) -> MovementsCase:
        number_by_code = Counter(check_in.project_code for check_in in check_ins if check_in.month == month)
        code = min(number_by_code, key=lambda code: (-number_by_code[code], code))
        return MovementsCase(
            person_id=self.person_id,
            month=month,
            project_code=code,
            check_ins=check_ins,
            stays=stays,
            adjacent=adjoining(self.projects),
            jurisdiction=self.jurisdiction(code),
            policy=self._policy(code),
        )

    @cached_property
    def _projects(self) -> Mapping[str, tuple[Project, ...]]:
        by_code: defaultdict[str, list[Project]] = defaultdict(list)
        for project in self.projects:
            by_code[project.project_code].append(project)
        return {code: tuple(projects) for code, projects in by_code.items()}

    @cached_property
    def _led(self) -> tuple[Project, ...]:
        return tuple(project for project in self.projects if project.was_led_by(self.person_id))

    @cached_property
    def _sections(self) -> tuple[frozenset[str], ...]:
        return adjoining(self._led)

    @cached_property
    def _months_in_charge(self) -> frozenset[SiteMonth]:
        """The months, up to that of ``now``, in which the person led a project under construction."""
        today = day_in_shanghai(self.now)
        return frozenset(
            (project.project_code, month)
            for project in self._led
            for first, last in project.led_while_building(self.person_id, today)
            for month in months_between(first, last)
        )

    def _months_to_come(self) -> Iterator[SiteMonth]:
        """The months after today in which construction begins: their end is a due date as well."""
        today = day_in_shanghai(self.now)
        for project in self._led:
            for first, _ in project.led_while_building(self.person_id, date.max):
                if first > today:
                    yield project.project_code, month_of(first)

    @cached_property
    def _check_ins_by_month(self) -> Mapping[SiteMonth, tuple[CheckIn, ...]]:
        by_month: defaultdict[SiteMonth, list[CheckIn]] = defaultdict(list)
        for check_in in self.check_ins:
            by_month[check_in.project_code, check_in.month].append(check_in)
        return {site_month: tuple(check_ins) for site_month, check_ins in by_month.items()}

    @cached_property
    def _stays(self) -> tuple[Stay, ...]:
        return fold_stays(self.check_ins)

    def _check_ins_in(self, code: str, month: str) -> tuple[tuple[CheckIn, ...], tuple[CheckIn, ...]]:
        """The check-ins on the project in ``month``, and those on adjacent sections that the person leads as well."""
        sections = next((group for group in self._sections if code in group), frozenset({code}))
        by_section = (self._check_ins_by_month.get((other, month), ()) for other in sorted(sections - {code}))
        adjacent = tuple(check_in for check_ins in by_section for check_in in check_ins)
        return self._check_ins_by_month.get((code, month), ()), adjacent

    def _inspected(self, code: str, month: str) -> tuple[Inspection, ...]:
        return tuple(
            inspection
            for inspection in self.inspections
            if inspection.report.project_code == code and month_of(inspection.day) == month
        )

    def _is_asked_about(self, month: str) -> bool:
        return self.months is None or month in self.months

    def jurisdiction(self, code: str) -> str:
        """The jurisdiction of a project: the one its facts name, else the one in its code, else empty."""
        named = (project.jurisdiction for project in self._projects.get(code, ()))
        return next(filter(None, named), jurisdiction_of_project(code) or "")

    def _policy(self, code: str) -> Policy:
        return self.policies.for_jurisdiction(self.jurisdiction(code))


def months_told_of(check_ins: Iterable[AttendanceRecorded]) -> frozenset[str]:
    """The months in which check-ins can change a finding: their own, and the next, which looks back on the road."""
    own = {month_of(day_in_shanghai(one.checked_at)) for one in check_ins}
    return frozenset(shifted_month(month, later) for month in own for later in (0, 1))


def tells_of(data: FactData, months: Collection[str] | None) -> bool:
    """False only for what cannot change a finding in any of ``months``: check-ins in others, but for the month before.

    A check-in for a trade always may: it shows that the person works in one.
    """
    if months is None or not isinstance(data, AttendanceRecorded) or data.trade is not None:
        return True
    month = month_of(day_in_shanghai(data.checked_at))
    return month in months or shifted_month(month, 1) in months


def _inspections(person_id: str, facts: Iterable[RecordedFact]) -> tuple[Inspection, ...]:
    inspections = [
        Inspection(data, day_in_shanghai(data.inspected_at), fact)
        for fact in facts
        if isinstance(data := fact.data, SiteInspected) and data.person.person_id == person_id
    ]
    return tuple(sorted(inspections, key=lambda inspection: (inspection.report.inspected_at, inspection.fact.identity)))


def _is_operators(data: FactData, person_id: str) -> bool:
    """Whether the fact is about a certificate for special operations of this person."""
    if not isinstance(data, CertificateFact) or data.kind != OPERATIONS_KIND:
        return False
    return isinstance(data.holder, Person) and data.holder.person_id == person_id


def _between(check_ins: tuple[CheckIn, ...], begins: datetime, ends: datetime) -> tuple[CheckIn, ...]:
    """The check-ins from ``begins`` (inclusive) to ``ends`` (exclusive), of those sorted by time."""
    first = bisect_left(check_ins, begins, key=lambda check_in: check_in.at)
    return check_ins[first : bisect_left(check_ins, ends, key=lambda check_in: check_in.at)]
