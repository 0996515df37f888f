"""A case kind made up for tests of the engine: visits to sites, judged by project.

An absence is a mismatch, withdrawn by a correction; a project that was visited and not again
for thirty days is suspect by time alone. A visit with a note is only judged once the visits
settle. An absence is told to the next project by a follow-up, so that it runs along
:data:`PROJECTS` to the last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence import RecordedFact, standing
from domain.facts.attendance import SiteInspected
from domain.facts.corrections import FactCorrected
from domain.follow_ups.follow_up import FollowUp
from domain.policy import Policy
from domain.rule import Explanation, Finding, FindingOutcome, Severity
from infra.installation import Installation
from projections.boards.coverage import Closings
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import key_of
from projections.judging import Anew, ClosedDeliveries, Judgement, Judging, JudgingRun, Reconciling, Touched, wanted
from projections.judging.reconciling import Clues
from tests.builders import LEAD

PROJECTS: Final = ("P-1", "P-2", "P-3")
OTHERWISE: Final = "改口"
"""After a visit that was not answered the case kind tells all absences of a project in other words."""
AGAIN_AFTER: Final = timedelta(days=30)
SETTLING: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(seconds=3)
_KINDS: Final = (SiteInspected.KIND, FactCorrected.KIND)
_WANTED: Final = wanted(_KINDS)


def a_visit(project: str = "P-1", *, present: bool = True, at: str = "2025-11-20", **given: object) -> SiteInspected:
    visit = {"inspected_at": f"{at}T10:00:00+08:00", "inspector": "检查员", "present": present, "person": LEAD}
    return SiteInspected.model_validate({"project_code": project, **visit, **given})


def group_of(project: str) -> str:
    return f"visits:project:{project}"


@dataclass(frozen=True)
class VisitCase:
    subject: str
    policy: Policy
    visits: tuple[RecordedFact, ...]


@dataclass
class Visits:
    """Counts in ``judged`` how often each group was judged, by anyone."""

    facts: SubjectFacts
    judged: dict[str, int] = field(default_factory=dict)

    name = "visits"

    def load(self, connection: Connection) -> None:
        """Nothing is held in memory."""

    def touched(self, run: JudgingRun, touched: Touched) -> Mapping[str, Sequence[RecordedFact]]:
        touched = touched.only(_WANTED)
        found: dict[str, Sequence[RecordedFact]] = {}
        for project in PROJECTS:
            positions = touched.positions[touched.keys == np.uint64(key_of(f"project:{project}"))]
            facts = self.facts.at(run.connection, positions.tolist())
            if facts and all(isinstance(fact.data, SiteInspected) and fact.data.note for fact in facts):
                run.due.settle(run.connection, group_of(project), run.now, after=SETTLING, at_most=LONGEST)
            elif facts:
                found[group_of(project)] = facts
        return found

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> dict[str, list[Judgement]]:
        return {group: self._judge(run, group) for group in groups}

    def _judge(self, run: JudgingRun, group: str) -> list[Judgement]:
        self.judged[group] = self.judged.get(group, 0) + 1
        project = group.rpartition(":")[2]
        visits = standing(self.facts.of(run.connection, f"project:{project}", kinds=_KINDS))
        case = VisitCase(project, Policy(), visits)
        again = max((_visit(fact).inspected_at for fact in visits), default=run.now) + AGAIN_AFTER
        run.wait(group, [again] if visits else [])
        if not visits:
            return []
        absent = tuple(fact for fact in visits if not _visit(fact).present)
        findings = (_finding(case, "absent", absent), _finding(case, "forgotten", visits if again <= run.now else ()))
        return [Judgement(case, findings, _context(case), follow_ups=_follow_ups(project, visits))]


class Visited(Installation):
    """An installation that judges visits and nothing else."""

    def judging(self, clues: Clues, facts: SubjectFacts) -> Judging:
        closed = ClosedDeliveries(facts, Closings(facts))
        return Judging((Visits(facts, COUNTS),), Reconciling(clues), Anew(facts), closed)


COUNTS: Final[dict[str, int]] = {}
"""How often each group was judged by a :class:`Visited` installation; tests clear it."""


def _visit(fact: RecordedFact) -> SiteInspected:
    assert isinstance(fact.data, SiteInspected)
    return fact.data


def _finding(case: VisitCase, rule: str, facts: Sequence[RecordedFact]) -> Finding:
    outcome = FindingOutcome.MISMATCH if facts else FindingOutcome.CONSISTENT
    refs = tuple(sorted(fact.ref for fact in facts))
    severity = Severity.HIGH if facts else None
    return Finding(rule, 1, case.subject, outcome, severity, refs, Explanation(f"{len(refs)}次", f"{len(refs)} visits"))


def _context(case: VisitCase) -> ClueContext:
    last = max(_visit(fact).inspected_at for fact in case.visits)
    return ClueContext(group_of(case.subject), "440100", "一号工程", last, project_code=case.subject)


def _follow_ups(project: str, visits: Sequence[RecordedFact]) -> tuple[FollowUp, ...]:
    following = dict(pairwise(PROJECTS)).get(project)
    if following is None:
        return ()
    changed = {"project_code": following}
    if any(_visit(fact).answered is False for fact in visits):
        changed["inspector"] = OTHERWISE
    absent = (fact for fact in visits if not _visit(fact).present)
    return tuple(FollowUp.of(fact, "told", _visit(fact).model_copy(update=changed)) for fact in absent)
