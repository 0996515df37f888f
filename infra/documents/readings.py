"""Who read about whom, and what for: what auditors are shown."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.facts.access import DossierRead, readings_subject
from infra.installation import Installation
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import SubjectReader


@dataclass(frozen=True, slots=True)
class ShownReading:
    """``quarter`` is the beginning of the quarter of an hour; ``recorded_at`` is the first reading in it.

    ``purpose`` is one of the list, or words of an earlier version.
    """

    person_id: str
    reader: str
    role: str
    purpose: str
    quarter: datetime
    recorded_at: datetime


def readings_on(
    connection: Connection, installation: Installation, day: date, *, reader: str | None, person_id: str | None
) -> list[ShownReading]:
    """All of one day, the newest first, over all shards."""
    found: list[ShownReading] = []
    for shard in installation.shards:
        with installation.entered(connection, shard):
            facts = SubjectFacts(SubjectReader(), installation.recorder)
            for fact in facts.of(connection, readings_subject(day.isoformat())):
                data = fact.data
                if isinstance(data, DossierRead):
                    said = (data.person.person_id, data.reader, data.role, data.reason)
                    found.append(ShownReading(*said, fact.occurred_at, fact.recorded_at))
    wanted = (each for each in found if reader in (None, each.reader) and person_id in (None, each.person_id))
    return sorted(wanted, key=lambda each: (each.recorded_at, each.person_id), reverse=True)
