"""Facts about projects: their own moments, whoever they name as lead."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection

from domain.evidence import RecordedFact, standing
from domain.evidence.projects import PROJECT_KINDS
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.attendance import AttendanceRecorded, ProjectFact, SiteInspected
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
    """Starts, stops and completions, as they stand, of every project that ``named_by`` name."""
    for code in projects_named(named_by):
        for fact in standing(recorded_of(connection, facts, code), knowledge):
            if isinstance(fact.data, ProjectFact) and fact.data.project_code == code:
                yield fact


def recorded_of(connection: Connection, facts: SubjectFacts, project_code: str) -> list[RecordedFact]:
    """What was said of a project's moments, and the corrections of anything about it, by position."""
    return facts.of(connection, f"project:{project_code}", kinds=_KINDS)


def moments_of(connection: Connection, facts: SubjectFacts, project_code: str) -> Iterator[RecordedFact]:
    """A project's own moments, retracted ones too, and their corrections; not those of anybody's check-ins."""
    recorded = recorded_of(connection, facts, project_code)
    moments = {fact.identity for fact in recorded if isinstance(fact.fact.data, ProjectFact)}
    for fact in recorded:
        said = fact.fact.data
        if isinstance(said, FactCorrected):
            instead = said.replacement.data if said.replacement else None
            if not isinstance(instead, ProjectFact) and (said.retracts.source, said.retracts.id) not in moments:
                continue
            moments.add(fact.identity)
        yield fact


def projects_named(named_by: Iterable[RecordedFact]) -> list[str]:
    """The codes of the projects that a person's facts name, sorted."""
    said = (fact.data for fact in named_by)
    kinds = ProjectFact | AttendanceRecorded | SiteInspected
    return sorted({data.project_code for data in said if isinstance(data, kinds)})
