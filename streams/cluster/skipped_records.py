"""Records that an operator has told the workers not to process: the last resort where one ends its worker each time.

Nothing of such a record is lost. It goes to the quarantine and to the dead letters as it came, unread.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, insert, select

from domain.errors import NotAllowed
from domain.instants import instant_text
from projections.tables import METADATA
from streams.cluster.delivery import Delivery

SKIPPED_RECORDS: Final = Table(
    "skipped_records",
    METADATA,
    Column("topic", String(200), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("skipped_by", String(2_000), nullable=False),
    Column("skipped_at", String(32), nullable=False),
)
"""``epoch`` is that of the settings: where topics are made anew, their offsets name other records."""


class RecordPlace(NamedTuple):
    """Where one record lies."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def of(cls, delivery: Delivery) -> "RecordPlace":
        return cls(delivery.topic.name, delivery.partition, delivery.offset)


def skip(connection: Connection, place: RecordPlace, *, epoch: int, by: str, reason: str, at: datetime) -> None:
    """Not to be processed; raises NotAllowed where that was said before."""
    if place in skipped(connection, epoch=epoch):
        raise NotAllowed("this record was skipped before")
    said = {"epoch": epoch, "reason": reason, "skipped_by": by, "skipped_at": instant_text(at)}
    connection.execute(insert(SKIPPED_RECORDS), {**place._asdict(), **said})


def skipped(connection: Connection, *, epoch: int) -> frozenset[RecordPlace]:
    """All that were skipped."""
    columns = (SKIPPED_RECORDS.c.topic, SKIPPED_RECORDS.c.partition, SKIPPED_RECORDS.c.offset)
    rows = connection.execute(select(*columns).where(SKIPPED_RECORDS.c.epoch == epoch))
    return frozenset(RecordPlace(*row) for row in rows)


def spans(deliveries: Iterable[Delivery]) -> list[str]:
    """The records of a batch for the log: ``topic/partition first..last``, in order."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for delivery in deliveries:
        place = delivery.topic.name, delivery.partition
        first, last = found.get(place, (delivery.offset, delivery.offset))
        found[place] = min(first, delivery.offset), max(last, delivery.offset)
    return [f"{topic}/{partition} {first}..{last}" for (topic, partition), (first, last) in sorted(found.items())]
