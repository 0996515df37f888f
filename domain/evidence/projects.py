"""Projects 工程项目: when they were under construction, stopped or accepted, and who led them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from domain.evidence.recorded import RecordedFact
from domain.facts.attendance import LeadChanged, ProjectCompleted, ProjectFact, ProjectStarted, ProjectSuspended
from domain.facts.fact import Org
from domain.identifiers import jurisdiction_of_project

PROJECT_KINDS: Final = frozenset(
    data.KIND for data in (ProjectStarted, ProjectSuspended, ProjectCompleted, LeadChanged)
)
_DAY: Final = timedelta(days=1)
_AT_FAULT: Final = re.compile("(?<!非)(?:承包(?:方|人|单位|商)|施工(?:方|单位|企业))(?:的|自身)?(?:原因|责任|过错)")


class Phase(StrEnum):
    """The state of construction 施工."""

    BUILDING = "building"
    STOPPED = "stopped"
    ACCEPTED = "accepted"


_PHASES: Final = {
    ProjectStarted.KIND: Phase.BUILDING,
    ProjectSuspended.KIND: Phase.STOPPED,
    ProjectCompleted.KIND: Phase.ACCEPTED,
}
_ORDER: Final = tuple(_PHASES)
"""The order of facts of one day: the last one holds at the end of the day."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in one phase, both ends inclusive; ``last`` None means until further notice.

    ``agreed`` is True where the owner 建设单位 ordered the stop or agreed to it, ``by_contractor``
    where it stopped by the contractor's fault.
    """

    phase: Phase
    first: date
    last: date | None
    agreed: bool
    by_contractor: bool
    facts: tuple[RecordedFact, ...]

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Leads:
    """The people who lead from ``first`` (inclusive) until the next entry begins."""

    first: date
    people: frozenset[str]


@dataclass(frozen=True)
class Project:
    """What one contractor builds under one project code; ``stretches`` and ``leads`` are sorted by day.

    ``jurisdiction`` is the one that the facts name, else the one in the project code, else empty.
    """

    project_code: str
    contractor: Org
    title: str
    jurisdiction: str
    adjacent_to: frozenset[str]
    stretches: tuple[Stretch, ...]
    leads: tuple[Leads, ...]
    facts: tuple[RecordedFact, ...]

    def stretch_on(self, day: date) -> Stretch | None:
        """The stretch that holds on ``day``; None before the first fact about the project."""
        return next((stretch for stretch in self.stretches if stretch.holds_on(day)), None)

    def leads_on(self, day: date) -> frozenset[str]:
        return next((leads.people for leads in reversed(self.leads) if leads.first <= day), frozenset())

    def was_led_by(self, person_id: str) -> bool:
        """Whether the person led the project on any day."""
        return any(person_id in leads.people for leads in self.leads)

    def led_while_building(self, person_id: str, until: date) -> Iterator[tuple[date, date]]:
        """The spans in which the person led the project under construction: first and last day, both inclusive.

        Spans end on ``until`` at the latest.
        """
        ends = [later.first - _DAY for later in self.leads[1:]]
        for leads, end in zip(self.leads, [*ends, until], strict=True):
            if person_id in leads.people:
                for stretch in self.stretches:
                    first, last = max(leads.first, stretch.first), min(end, stretch.last or until, until)
                    if stretch.phase is Phase.BUILDING and first <= last:
                        yield first, last


def fold_projects(facts: Iterable[RecordedFact]) -> tuple[Project, ...]:
    """One project for each project code and contractor, sorted by code, from standing facts.

    Each fact holds from its day on. A start ends a stop, and a stop also ends by itself after its
    stated last day. The day of acceptance does not count as construction, and only another start
    opens an accepted project again. The lead is the person whom the latest facts up to a day name.
    Where facts of one day name several people, they contradict each other and all of them lead. A
    recorded change puts the new lead in the place of the old one, where the old one leads.
    """
    by_code: dict[str, list[RecordedFact]] = {}
    changes: dict[str, list[RecordedFact]] = {}
    for fact in facts:
        if isinstance(fact.data, ProjectFact):
            by_code.setdefault(fact.data.project_code, []).append(fact)
        elif isinstance(fact.data, LeadChanged):
            changes.setdefault(fact.data.project_code, []).append(fact)
    return tuple(
        _project(code, _in_order(contractor_facts), changes.get(code, ()))
        for code in sorted(by_code)
        for contractor_facts in sorted(_by_contractor(by_code[code]), key=_contractor_key)
    )


def adjoining(projects: Iterable[Project]) -> tuple[frozenset[str], ...]:
    """The codes of ``projects`` in groups of adjacent sections 相邻标段, sorted by their first code."""
    projects = tuple(projects)
    groups = {project.project_code: {project.project_code} for project in projects}
    for project in projects:
        for other in project.adjacent_to & groups.keys():
            joined = groups[project.project_code] | groups[other]
            groups.update(dict.fromkeys(joined, joined))
    return tuple(sorted({frozenset(group) for group in groups.values()}, key=min))


def _by_contractor(facts: Iterable[RecordedFact]) -> list[list[RecordedFact]]:
    """The facts grouped by contractor: contractors that share a credit code or a name are one."""
    # A fact may join two groups that had nothing in common before: one knows only the code of the
    # contractor, the other only its name. So every group is looked at for every fact.
    groups: list[tuple[set[str], list[RecordedFact]]] = []
    for fact in facts:
        names, together = set(_data(fact).contractor.subjects), [fact]
        apart = []
        for known, others in groups:
            if known & names:
                names |= known
                together = [*others, *together]
            else:
                apart.append((known, others))
        groups = [*apart, (names, together)]
    return [together for _, together in groups]


def _contractor_key(facts: Iterable[RecordedFact]) -> str:
    return min(_data(fact).contractor.key for fact in facts)


def _project(code: str, facts: Sequence[RecordedFact], changes: Iterable[RecordedFact]) -> Project:
    content = [_data(fact) for fact in facts]
    adjacent = frozenset(data.adjacent_to for data in content if data.adjacent_to) - {code}
    jurisdictions = [data.jurisdiction for data in content if data.jurisdiction]
    return Project(
        project_code=code,
        contractor=max((data.contractor for data in content), key=lambda org: (org.uscc or "", org.name)),
        title=next((data.title for data in reversed(content) if data.title), code),
        jurisdiction=(jurisdictions or [jurisdiction_of_project(code) or ""])[-1],
        adjacent_to=adjacent,
        stretches=_stretches(facts),
        leads=_leads(content, [fact.data for fact in changes if isinstance(fact.data, LeadChanged)]),
        facts=tuple(sorted((*facts, *changes), key=lambda fact: fact.identity)),
    )


def _in_order(facts: Iterable[RecordedFact]) -> list[RecordedFact]:
    return sorted(facts, key=lambda fact: (_data(fact).on, _ORDER.index(fact.kind), fact.identity))


def _data(fact: RecordedFact) -> ProjectFact:
    assert isinstance(fact.data, ProjectFact)
    return fact.data


def _leads(content: Sequence[ProjectFact], changes: Sequence[LeadChanged]) -> tuple[Leads, ...]:
    named: dict[date, set[str]] = {}
    for data in content:
        named.setdefault(data.on, set()).add(data.lead.person_id)
    leads: list[Leads] = []
    for day in sorted(named.keys() | {change.on for change in changes}):
        before = leads[-1].people if leads else frozenset()
        people = replaced(named.get(day) or before, [change for change in changes if change.on == day])
        if people != before:
            leads.append(Leads(day, people))
    return tuple(leads)


def replaced(people: Iterable[str], changes: Iterable[LeadChanged]) -> frozenset[str]:
    """``people``, of whom those that ``changes`` name as old lead gave way to the new one, also several times."""
    successors: dict[str, set[str]] = {}
    for change in changes:
        successors.setdefault(change.old.person_id, set()).add(change.new.person_id)
    stay, gone, waiting = set[str](), set[str](), set(people)
    while waiting:
        person = waiting.pop()
        new = successors.get(person, set()) - {person}
        (gone if new else stay).add(person)
        waiting |= new - gone - stay
    # Changes of one day that lead round in a circle say nothing about who leads in the end.
    return frozenset(stay or gone)


def _stretches(facts: Iterable[RecordedFact]) -> tuple[Stretch, ...]:
    """The stretches that sorted facts make up, without gaps; each ends where the next one begins."""
    stretches: list[Stretch] = []
    for fact in facts:
        data = _data(fact)
        agreed, at_fault = data.agreed_by_owner is True, _at_fault(data)
        new = Stretch(_PHASES[fact.kind], data.on, None, agreed, at_fault, (fact,))
        if isinstance(data, ProjectSuspended) and data.until and data.until >= data.on:
            new = replace(new, last=data.until)
        before = stretches.pop() if stretches else None
        stretches += [new] if before is None else _joined(before, new)
    return tuple(stretches + ([_resumed(stretches[-1])] if stretches and stretches[-1].last else []))


def _joined(before: Stretch, new: Stretch) -> list[Stretch]:
    """``before`` cut off where ``new`` begins, the construction between them, and ``new``."""
    # What is accepted is finished: a stop that a source reports afterwards changes nothing.
    if before.phase is Phase.ACCEPTED and new.phase is Phase.STOPPED:
        return [before]
    if before.last is not None and before.last + _DAY < new.first:
        return [before, replace(_resumed(before), last=new.first - _DAY), new]
    if before.phase is new.phase:
        agreed, at_fault = before.agreed or new.agreed, before.by_contractor or new.by_contractor
        joined = replace(new, agreed=agreed, by_contractor=at_fault, facts=before.facts + new.facts)
        return [replace(joined, first=before.first)]
    return [*([replace(before, last=new.first - _DAY)] if before.first < new.first else []), new]


def _at_fault(data: ProjectFact) -> bool:
    """As the fact says, else as its reason does."""
    if data.contractor_at_fault is not None:
        return data.contractor_at_fault
    return _AT_FAULT.search(data.reason or "") is not None


def _resumed(stop: Stretch) -> Stretch:
    """The construction that goes on after a stop with a stated last day."""
    assert stop.last is not None
    return Stretch(Phase.BUILDING, stop.last + _DAY, None, False, False, stop.facts)
