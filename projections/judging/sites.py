"""The case kind of sites: the cases of one person on all projects and months are a group.

Check-ins come in masses, so nobody is judged at once because of one. Facts about a watched person
settle first, and a month is judged when it is over. A check-in of anybody else costs one
search in a sorted array.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence import RecordedFact
from domain.evidence.projects import PROJECT_KINDS
from domain.evidence.recorded import as_it_counts
from domain.evidence.site import MovementsCase, SiteCase, end_of
from domain.evidence.site_history import SITE_KINDS, SiteHistory
from domain.facts.attendance import (
    FAILED_INSPECTIONS_SUBJECT,
    OPERATORS_SUBJECT,
    AttendanceRecorded,
    LeadChanged,
    ProjectFact,
    SiteInspected,
)
from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData
from domain.identifiers import common_jurisdiction
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from projections.boards.coverage import Closings
from projections.boards.due_dates import DueDates, settling
from projections.boards.watched_sites import WatchedSites
from projections.evidence.projects import recorded_of
from projections.evidence.recorded_facts import SubjectFacts
from projections.evidence.sites import site_evidence
from projections.index.subject_index import key_of
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import replacements

_RELEVANT: Final = wanted(SITE_KINDS)
_OF_PROJECTS: Final = wanted(PROJECT_KINDS | {FactCorrected.KIND})
_COURSE: Final = wanted(PROJECT_KINDS)
_CORRECTING: Final = wanted([FactCorrected.KIND])
_REGISTERS: Final = np.array([key_of(OPERATORS_SUBJECT), key_of(FAILED_INSPECTIONS_SUBJECT)], dtype=np.uint64)
_PREFIX: Final = "sites:person:"


class Sites:
    """Judges people who lead a project, failed an inspection or work in a special trade."""

    name = "sites"

    def __init__(self, facts: SubjectFacts, policies: PolicyBook, deliveries: Closings) -> None:
        self._facts = facts
        self._policies = policies
        self._deliveries = deliveries
        self._watched = WatchedSites()

    def load(self, connection: Connection) -> None:
        self._watched = WatchedSites.load(connection)
        for group in settling(connection, _PREFIX):
            self._watched.expect(group.removeprefix(_PREFIX))

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        """No group: the people whom the facts concern are judged when the facts have settled."""
        facts = touched.only(_RELEVANT)
        if len(facts):
            policy = self._policies.default
            after = timedelta(seconds=policy.settling_seconds)
            at_most = timedelta(seconds=policy.longest_settling_seconds)
            known = self._watched.touched(facts.keys, facts.only(_OF_PROJECTS).keys)
            known = {person_id for person_id in known if self._is_judged_here(person_id, run.due)}
            for person_id in sorted(known | self._newly_concerned(run.connection, facts)):
                run.due.settle(run.connection, _PREFIX + person_id, run.now, after=after, at_most=at_most)
                self._watched.expect(person_id)
        return {}

    def _is_judged_here(self, person_id: str, due: DueDates) -> bool:
        """False for a person who was expected here, but turned out to be judged by another shard."""
        # When such a person's moment comes, the engine drops the group, because it is not its own. The person
        # is still expected then, but nothing settles any more.
        return not self._watched.expects(person_id) or due.is_settling(_PREFIX + person_id)

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        people = [group.removeprefix(_PREFIX) for group in groups]
        self._facts.prefetch(run.connection, [f"person:{person_id}" for person_id in people], kinds=SITE_KINDS)
        return {_PREFIX + person_id: self._judge_person(run, person_id) for person_id in people}

    def since_judged(self, connection: Connection, group: str) -> list[RecordedFact]:
        """The facts about a person and the person's projects since the last judgement, by position."""
        person_id = group.removeprefix(_PREFIX)
        through = self._watched.judged_through(person_id)
        recorded = self._recorded(connection, person_id, self._watched.projects(person_id))
        return [fact for fact in recorded if fact.position > through]

    def _recorded(self, connection: Connection, person_id: str, projects: Iterable[str]) -> list[RecordedFact]:
        """The facts about a person and about these projects, by position."""
        facts = {fact.position: fact for fact in self._facts.of(connection, f"person:{person_id}", kinds=SITE_KINDS)}
        for code in projects:
            facts |= {fact.position: fact for fact in recorded_of(connection, self._facts, code)}
        return [facts[position] for position in sorted(facts)]

    def _newly_concerned(self, connection: Connection, facts: Touched) -> set[str]:
        """The people who may have to be watched from now on."""
        # Registers hold the few check-ins with a trade and the few failed inspections. So the mass of
        # check-ins is never read to find out who must be watched.
        registered = facts.positions[np.isin(facts.keys, _REGISTERS)]
        course, corrections = facts.only(_COURSE), facts.only(_CORRECTING)
        content = [fact.data for fact in self._facts.at(connection, [*registered.tolist(), *course.positions.tolist()])]
        if len(corrections):
            content += [data for data, _ in replacements(self._facts.at(connection, corrections.positions.tolist()))]
        codes = {data.project_code for data in content if isinstance(data, ProjectFact)}
        content += [data for code in sorted(codes) for data in self._changes(connection, code)]
        return {person_id for data in content for person_id in _person_in(data)}

    def _changes(self, connection: Connection, project_code: str) -> Iterator[LeadChanged]:
        """Every change of the lead that was ever recorded: it may have come before the project began."""
        for fact in filter(None, map(as_it_counts, recorded_of(connection, self._facts, project_code))):
            if isinstance(fact.data, LeadChanged):
                yield fact.data

    def _judge_person(self, run: JudgingRun, person_id: str) -> tuple[Judgement, ...]:
        evidence = site_evidence(
            run.connection,
            self._facts,
            person_id,
            policies=self._policies,
            now=run.now,
            asking=self._deliveries.asking(run.connection),
        )
        history = evidence.history
        self._watch(run.connection, history)
        run.wait(_PREFIX + person_id, filter(None, [history.next_due]))
        return tuple(judgement for case in evidence.cases for judgement in _judgements(case, history, run.now))

    def _watch(self, connection: Connection, history: SiteHistory) -> None:
        """Write on which projects the person is watched, and through which position the person was judged."""
        codes = history.project_codes if history.is_watched else frozenset()
        recorded = self._recorded(connection, history.person_id, codes)
        through = recorded[-1].position if recorded else 0
        self._watched.put(connection, history.person_id, codes, through)


def _person_in(data: FactData) -> Iterator[str]:
    if isinstance(data, ProjectFact):
        yield data.lead.person_id
    elif isinstance(data, LeadChanged):
        yield from (data.old.person_id, data.new.person_id)
    elif isinstance(data, AttendanceRecorded | SiteInspected):
        yield data.person.person_id


def _judgements(case: SiteCase | MovementsCase, history: SiteHistory, now: datetime) -> Iterator[Judgement]:
    """One judgement for each finding, because the findings of a case happened at different times."""
    findings = judge(case)
    for finding in findings:
        yield Judgement(case, (finding,), _context(case, finding, history))
    if not findings:
        # A month that is not over has no findings yet. Its delivery may be closed before it is due.
        yield Judgement(case, (), ClueContext(_PREFIX + case.person_id, "", "", now, person_id=case.person_id))


def _context(case: SiteCase | MovementsCase, finding: Finding, history: SiteHistory) -> ClueContext:
    """What a clue about the person on sites is about.

    ``bidder`` is the contractor for which the person leads, else the only contractor of the project,
    else None. The jurisdictions are those of all projects that the finding rests on.
    """
    here = [project for project in history.projects if project.project_code == case.project_code]
    led = [project for project in here if project.was_led_by(case.person_id)]
    responsible = led[0] if led else here[0] if len(here) == 1 else None
    places = sorted(filter(None, {history.jurisdiction(code) for code in _projects_in(case, finding)}))
    several = len(places) > 1
    return ClueContext(
        case_group=_PREFIX + case.person_id,
        jurisdiction=common_jurisdiction(places) if several else case.jurisdiction,
        jurisdictions=tuple(places) if several else (),
        title=responsible.title if responsible else case.project_code,
        occurred_at=_occurred_at(case, finding),
        bidder=responsible.contractor if responsible else None,
        person_id=case.person_id,
        project_code=case.project_code,
    )


def _projects_in(case: SiteCase | MovementsCase, finding: Finding) -> set[str]:
    """The codes of the projects that the finding is about: that of the case, or those of the check-ins it names."""
    if isinstance(case, SiteCase):
        return {case.project_code}
    rests_on = {(fact.source, fact.id) for fact in finding.facts}
    return {check_in.project_code for check_in in case.check_ins if check_in.fact.identity in rests_on}


def _occurred_at(case: SiteCase | MovementsCase, finding: Finding) -> datetime:
    """The end of the month for a finding about the whole month, else the time of the last fact in the finding."""
    end = end_of(case.month) - timedelta(seconds=1)
    if isinstance(case, SiteCase) and finding.discriminator == case.month:
        return end
    return min(end, max((fact.occurred_at for fact in finding.facts), default=end))
