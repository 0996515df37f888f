"""Conduct records 良好/不良行为记录 for lists: one row for each record of each source.

A row says what does not change with the day alone, and the days on which it does: so a list of any day is a comparison
of dates, and no row must be written because a day has passed.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, String, Table, and_, delete, insert, or_

from domain.conduct.records import ConductRecord, ConductState
from domain.facts.conducts import RECORD_PREFIX
from domain.facts.fact import Person
from projections.index.subject_index import key_of
from projections.index.tables import sortable
from projections.tables import METADATA

CONDUCT: Final = Table(
    "conduct",
    METADATA,
    Column("record", String(208), primary_key=True),
    Column("source", String(500), primary_key=True),
    Column("record_key", BigInteger, nullable=False, index=True),
    Column("holder", String(210), nullable=False, index=True),
    Column("holder_name", String(200), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("what", String(2_000), nullable=False),
    Column("authority", String(2_000), nullable=False),
    Column("happened_on", String(10), nullable=False),
    Column("published_on", String(10), nullable=True),
    Column("objectable_to", String(10), nullable=True),
    Column("counts_from", String(10), nullable=True),
    Column("counts_to", String(10), nullable=True),
    Column("held_back", String(10), nullable=False),
)
"""``record`` is the subject of the record, and ``record_key`` its key in the index. ``holder_name`` is empty for a
person. ``held_back`` is ``withdrawn``, ``late`` or ``objected``, whatever the day, else empty. Days are ``YYYY-MM-DD``.
"""

Index("conduct_by_publication", CONDUCT.c.published_on, CONDUCT.c.record, CONDUCT.c.source)

_HELD_BACK: Final = frozenset({ConductState.WITHDRAWN, ConductState.LATE, ConductState.OBJECTED})


def put(connection: Connection, record: str, records: Iterable[ConductRecord]) -> None:
    """Write the rows of a record, one for each source that recorded it; those that are gone go."""
    connection.execute(delete(CONDUCT).where(CONDUCT.c.record == record))
    rows = [_row(each) for each in records]
    if rows:
        connection.execute(insert(CONDUCT), rows)


def in_force_on(day: date) -> ColumnElement[bool]:
    """True for records that count on ``day``."""
    on = day.isoformat()
    ends = or_(CONDUCT.c.counts_to.is_(None), CONDUCT.c.counts_to >= on)
    return and_(CONDUCT.c.held_back == "", CONDUCT.c.published_on <= on, CONDUCT.c.counts_from <= on, ends)


def open_to_objection_on(day: date) -> ColumnElement[bool]:
    """True for records whose notice runs on ``day``, and those that were objected to and wait for the answer."""
    on = day.isoformat()
    notice = or_(CONDUCT.c.objectable_to.is_(None), CONDUCT.c.objectable_to >= on)
    running = and_(CONDUCT.c.held_back == "", notice)
    return and_(CONDUCT.c.published_on <= on, or_(running, CONDUCT.c.held_back == "objected"))


def _row(record: ConductRecord) -> dict[str, Any]:
    content, subject = record.content, f"{RECORD_PREFIX}{record.content.record_id}"
    return {
        "record": subject,
        "source": record.source,
        "record_key": sortable(key_of(subject)),
        "holder": content.subjects[0],
        "holder_name": "" if isinstance(content.subject, Person) else content.subject.name,
        "kind": content.kind,
        "what": content.what,
        "authority": content.authority,
        "happened_on": content.happened_on.isoformat(),
        "published_on": _text(content.published_on),
        "objectable_to": _text(record.objectable_to),
        "counts_from": _text(record.term.first if record.term else None),
        "counts_to": _text(record.term.last if record.term else None),
        "held_back": record.state.value if record.state in _HELD_BACK else "",
    }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
