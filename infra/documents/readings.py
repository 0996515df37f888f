"""Who read about whom, and what for: what auditors are shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from domain.access import Actor
from domain.facts.access import DossierRead, readings_subject
from infra.installation import Installation
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import SubjectReader
from projections.questions.visibility import people_visible


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
    connection: Connection,
    installation: Installation,
    actor: Actor,
    day: date,
    *,
    reader: str | None = None,
    person_id: str | None = None,
) -> list[ShownReading]:
    """All of one day about people that ``actor`` may see, the newest first, over all shards."""
    found = (
        each
        for each in _recorded_on(connection, installation, day)
        if reader in (None, each.reader) and person_id in (None, each.person_id)
    )
    return sorted(_visible(connection, actor, found), key=lambda each: (each.recorded_at, each.person_id), reverse=True)


def _recorded_on(connection: Connection, installation: Installation, day: date) -> list[ShownReading]:
    found: list[ShownReading] = []
    for shard in installation.shards:
        with installation.entered(connection, shard):
            facts = SubjectFacts(SubjectReader(), installation.recorder)
            for fact in facts.of(connection, readings_subject(day.isoformat())):
                data = fact.data
                if isinstance(data, DossierRead):
                    said = (data.person.person_id, data.reader, data.role, data.reason)
                    found.append(ShownReading(*said, fact.occurred_at, fact.recorded_at))
    return found


def _visible(connection: Connection, actor: Actor, found: Iterable[ShownReading]) -> Iterator[ShownReading]:
    """Also where the reader comes from elsewhere: what counts is whose evidence was read."""
    seen: dict[str, bool] = {}
    for each in found:
        person_id = each.person_id
        if person_id not in seen:
            seen[person_id] = bool(connection.scalar(select(people_visible(actor, person_id))))
        if seen[person_id]:
            yield each
