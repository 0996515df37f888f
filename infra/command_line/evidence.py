"""What the reading commands share: the evidence of an existing folder or cluster, seen by whoever sits here."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from domain.errors import MonitorError
from domain.evidence.recorded import Knowledge
from infra.command_line.opening import opened
from infra.installation import DATABASE_FILE, Installation, shard_schema
from infra.settings import Settings
from infra.storage.database import look_into

if TYPE_CHECKING:
    from projections.questions.as_of import AsOf


class NothingRecorded(MonitorError):
    """There is no ledger yet: most likely another folder or database was meant."""


@dataclass(frozen=True)
class Evidence:
    """One snapshot of the database, with what reads it."""

    connection: Connection
    installation: Installation

    @cached_property
    def as_of(self) -> "AsOf":
        """Made when it is asked for: lists do without."""
        return self.installation.evidence()


@contextmanager
def evidence(settings: Settings) -> Iterator[Evidence]:
    """Raises :class:`NothingRecorded`."""
    check_recorded(settings)
    with opened(settings) as installation, installation.database.read() as connection:
        yield Evidence(connection, installation)


def check_recorded(settings: Settings) -> None:
    """Raises :class:`NothingRecorded` rather than let a mistyped folder, or the shards of another cluster, be made."""
    if settings.kafka.brokers:
        _check_shards(settings)
    elif settings.database is None and not (settings.data / DATABASE_FILE).exists():
        raise NothingRecorded(f"nothing is recorded in {settings.data}")


def _check_shards(settings: Settings) -> None:
    from infra.cluster.parts import check_cluster  # The clients of a broker load slowly.

    check_cluster(settings)
    with closing(look_into(str(settings.database))) as asked, asked.read() as connection:
        if not inspect(connection).has_schema(shard_schema(0)):
            raise NothingRecorded("the database of the cluster has no shards yet: its workers make them")


def knowledge(known_at: datetime | None, known_by: str) -> Knowledge:
    return Knowledge(known_at=known_at, known_by="source" if known_by == "source" else "ours")


def now(known_at: datetime | None) -> datetime:
    """What was due is asked at the same moment as what was known."""
    return known_at or datetime.now(UTC)
