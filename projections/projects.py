"""Facts about projects: their own moments, whoever they name as lead."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection

from domain.evidence import RecordedFact, standing
from domain.evidence.projects import PROJECT_KINDS
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.attendance import AttendanceRecorded, ProjectFact, SiteInspected
from domain.facts.corrections import FactCorrected
from projections.recorded_facts import SubjectFacts

_KINDS: Final = PROJECT_KINDS | {FactCorrected.KIND}


def project_facts(
    connection: Connection,
    facts: SubjectFacts,
    named_by: Iterable[RecordedFact],
    *,
    knowledge: Knowledge = EVERYTHING,
) -> Iterator[RecordedFact]:
    """Starts, stops and completions, as they stand, of every project that ``named_by`` name."""
    for code in sorted({code for fact in named_by if (code := _project_code(fact))}):
        for fact in standing(recorded_of(connection, facts, code), knowledge):
            if isinstance(fact.data, ProjectFact) and fact.data.project_code == code:
                yield fact


def recorded_of(connection: Connection, facts: SubjectFacts, project_code: str) -> list[RecordedFact]:
    """What was said of a project's moments, and the corrections of anything about it, by position."""
    return facts.of(connection, f"project:{project_code}", kinds=_KINDS)


def _project_code(fact: RecordedFact) -> str | None:
    data = fact.data
    return data.project_code if isinstance(data, ProjectFact | AttendanceRecorded | SiteInspected) else None
