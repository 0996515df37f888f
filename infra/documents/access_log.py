"""What was done at the doors: signing in and out, refusals, ended sessions; what auditors are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.facts.access import AccessKind, AccessRecorded, access_subject
from infra.installation import Installation
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import SubjectReader


@dataclass(frozen=True, slots=True)
class ShownAccess:
    """``quarter`` is the beginning of the quarter of an hour, in which the same is recorded once."""

    what: AccessKind
    account: str
    role: str
    how: str
    quarter: datetime
    recorded_at: datetime


def accesses_on(
    connection: Connection, installation: Installation, day: date, *, account: str | None
) -> list[ShownAccess]:
    """All of one day, the newest first, over all shards."""
    found = _accesses(connection, installation, day)
    wanted = (each for each in found if account in (None, each.account))
    return sorted(wanted, key=lambda each: (each.recorded_at, each.account), reverse=True)


def _accesses(connection: Connection, installation: Installation, day: date) -> Iterator[ShownAccess]:
    for shard in installation.shards:
        with installation.entered(connection, shard):
            facts = SubjectFacts(SubjectReader(), installation.recorder)
            for fact in facts.of(connection, access_subject(day.isoformat())):
                data = fact.data
                if isinstance(data, AccessRecorded):
                    said = (data.what, data.account, data.role, data.how)
                    yield ShownAccess(*said, fact.occurred_at, fact.recorded_at)
