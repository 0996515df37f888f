"""The evidence about a person on site: one case per project and month, one per month across projects."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final

from domain.evidence.coverage import ATTENDED, Ask, Completeness, Coverage, asks_of
from domain.evidence.days import first_instant, month_of, shifted_month
from domain.evidence.projects import Phase, Project
from domain.evidence.recorded import RecordedFact
from domain.evidence.stays import CheckIn, Stay
from domain.facts.attendance import BY_HAND, SiteInspected
from domain.policy import Policy
from domain.working_days import WorkingDays, working_days_with

OPERATIONS_KIND: Final = "special-operations"
ROAD_WINDOW: Final = timedelta(hours=48)
"""Check-ins further apart in time than this are never compared by distance."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A site inspection 到岗检查 of the person; ``day`` is the day in Shanghai."""

    report: SiteInspected
    day: date
    fact: RecordedFact

    @property
    def failed(self) -> bool:
        return not self.report.present or self.report.answered is False


@dataclass(frozen=True)
class SiteCase:
    """What is known about one person on one project in one calendar month (Asia/Shanghai).

    ``projects`` are those of all contractors under the project code; empty where no fact about the
    project is known. ``adjacent`` are the person's check-ins on adjacent sections that the person leads
    as well. ``certificates`` are the facts about the person's certificates for special operations 特种作业.
    ``coverage`` says what was stated to be complete. ``now`` decides whether the month is over, and
    nothing else.
    """

    person_id: str
    project_code: str
    month: str
    projects: tuple[Project, ...]
    check_ins: tuple[CheckIn, ...]
    adjacent: tuple[CheckIn, ...]
    inspections: tuple[Inspection, ...]
    certificates: tuple[RecordedFact, ...]
    jurisdiction: str
    policy: Policy
    now: datetime
    coverage: Coverage

    @property
    def subject(self) -> str:
        return f"{self.person_id}|{self.project_code}"

    @property
    def is_over(self) -> bool:
        return self.now >= end_of(self.month)

    @property
    def attendance_complete(self) -> Completeness:
        """Whether all check-ins of the month were stated to be there."""
        return self.coverage.of(asks_of(self.policy, self.jurisdiction, ATTENDED, [self.month]))

    def operators_complete(self, day: date) -> Completeness:
        """Whether all certificates for special operations up to ``day`` were stated to be there."""
        return self.coverage.of(asks_of(self.policy, self.jurisdiction, OPERATIONS_KIND, [day.isoformat()]))

    @property
    def open_asks(self) -> frozenset[Ask]:
        """What the rules ask of coverage, because something is missing: a closing may change a finding."""
        asks: list[Ask] = []
        by_hand = any(check_in.method == BY_HAND for check_in in self.check_ins)
        if by_hand or len(self.days_on_site) < len(self.days_in_charge):
            asks += asks_of(self.policy, self.jurisdiction, ATTENDED, [self.month])
        # Of a trade without any certificate, the first day of the month decides: it is covered first.
        first: dict[str, date] = {}
        for check_in in self.check_ins if not self.certificates else ():
            if check_in.trade:
                first[check_in.trade] = min(check_in.day, first.get(check_in.trade, check_in.day))
        days = sorted({day.isoformat() for day in first.values()})
        return frozenset((*asks, *asks_of(self.policy, self.jurisdiction, OPERATIONS_KIND, days)))

    @cached_property
    def days_in_charge(self) -> tuple[date, ...]:
        """The days of the month on which the project was under construction and the person led it."""
        days = days_of(self.month)
        spans = [span for project in self.projects for span in project.led_while_building(self.person_id, days[-1])]
        return tuple(day for day in days if any(first <= day <= last for first, last in spans))

    @property
    def calendar_known(self) -> bool:
        """Whether the working days of the month have been announced."""
        return working_days_with(self.policy.local_working_days).known(int(self.month[:4]))

    @cached_property
    def construction_days(self) -> tuple[date, ...]:
        """The working days among :attr:`days_in_charge`; raises NotAnnounced for a year without a calendar."""
        calendar = working_days_with(self.policy.local_working_days)
        working = _working_days(calendar, self.jurisdiction, self.month)
        return tuple(day for day in self.days_in_charge if day in working)

    @cached_property
    def days_on_site(self) -> tuple[date, ...]:
        """The days in charge with a check-in here or on an adjacent section; days off included."""
        seen = {check_in.day for check_in in (*self.check_ins, *self.adjacent)}
        return tuple(day for day in self.days_in_charge if day in seen)

    def under_construction(self, day: date) -> bool:
        """Whether the project was under construction on ``day``; True where nothing is known about it."""
        stretches = [project.stretch_on(day) for project in self.projects]
        return not stretches or any(stretch and stretch.phase is Phase.BUILDING for stretch in stretches)


@dataclass(frozen=True)
class MovementsCase:
    """The check-ins of one person on all projects in one month, and in :data:`ROAD_WINDOW` before it.

    ``stays`` begin and end in the same time. ``adjacent`` are groups of project codes whose sections
    adjoin. ``project_code`` is the project with the most check-ins; jurisdiction and policy are its.
    """

    person_id: str
    month: str
    project_code: str
    check_ins: tuple[CheckIn, ...]
    stays: tuple[Stay, ...]
    adjacent: tuple[frozenset[str], ...]
    jurisdiction: str
    policy: Policy

    @property
    def subject(self) -> str:
        return self.person_id

    def adjoin(self, one: str, other: str) -> bool:
        """Whether two project codes are adjacent sections 相邻标段."""
        return any(one in group and other in group for group in self.adjacent)


def end_of(month: str) -> datetime:
    """The first moment after ``month``."""
    return first_instant(shifted_month(month, 1))


@lru_cache(maxsize=2_048)
def days_of(month: str) -> tuple[date, ...]:
    """All days of ``month``."""
    first = date(int(month[:4]), int(month[5:]), 1)
    return tuple(first + timedelta(days=number) for number in range(monthrange(first.year, first.month)[1]))


@lru_cache(maxsize=4_096)
def _working_days(calendar: WorkingDays, jurisdiction: str, month: str) -> frozenset[date]:
    return frozenset(day for day in days_of(month) if calendar.is_working(day, jurisdiction))


def months_between(first: date, last: date) -> Iterator[str]:
    """The months from that of ``first`` to that of ``last``, both inclusive."""
    month, end = month_of(first), month_of(last)
    while month <= end:
        yield month
        month = shifted_month(month, 1)
