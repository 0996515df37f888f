"""Facts about the course of projects: started, suspended, completed."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection

from domain.evidence import RecordedFact, standing
from domain.evidence.projects import PROJECT_KINDS
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.attendance import AttendanceRecorded, LeadChanged, ProjectFact, SiteInspected
from domain.facts.corrections import FactCorrected
from projections.evidence.recorded_facts import SubjectFacts

_KINDS: Final = PROJECT_KINDS | {FactCorrected.KIND}


def project_facts(
    connection: Connection,
    facts: SubjectFacts,
    named_by: Iterable[RecordedFact],
    *,
    knowledge: Knowledge = EVERYTHING,
) -> Iterator[RecordedFact]:
    """The standing facts about the course of every project that the facts ``named_by`` name."""
    for code in projects_named(named_by):
        for fact in standing(recorded_of(connection, facts, code), knowledge):
            if isinstance(fact.data, ProjectFact | LeadChanged) and fact.data.project_code == code:
                yield fact


def recorded_of(connection: Connection, facts: SubjectFacts, project_code: str) -> list[RecordedFact]:
    """The facts about a project's course, and the corrections of any fact about the project, by position."""
    return facts.of(connection, f"project:{project_code}", kinds=_KINDS)


def moments_of(connection: Connection, facts: SubjectFacts, project_code: str) -> Iterator[RecordedFact]:
    """The facts about a project's course, retracted ones included, and the corrections of these facts alone."""
    recorded = recorded_of(connection, facts, project_code)
    course = {fact.identity for fact in recorded if isinstance(fact.fact.data, ProjectFact | LeadChanged)}
    for fact in recorded:
        data = fact.fact.data
        # Corrections of check-ins are indexed under the project as well; they are left out. The identity of
        # a correction that is kept joins the set, because a later correction may retract it.
        if isinstance(data, FactCorrected):
            replacement = data.replacement.data if data.replacement else None
            if (
                not isinstance(replacement, ProjectFact | LeadChanged)
                and (data.retracts.source, data.retracts.id) not in course
            ):
                continue
            course.add(fact.identity)
        yield fact


def projects_named(named_by: Iterable[RecordedFact]) -> list[str]:
    """The codes of the projects that a person's facts name, sorted."""
    content = (fact.data for fact in named_by)
    kinds = ProjectFact | LeadChanged | AttendanceRecorded | SiteInspected
    return sorted({data.project_code for data in content if isinstance(data, kinds)})
