"""Each source 数据源: the message numbers that arrived, as ranges, and when it was last heard of.

Only sources that number their messages (the attribute ``sequence``, a decimal number) or send
heartbeats are kept. The same messages in any order give the same ranges; a late number fills its hole.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from domain.access import Actor, Role
from domain.evidence.source import Numbers, SourceCase
from domain.facts.sources import SourceHeartbeat
from domain.instants import instant_text
from domain.policy import PolicyBook
from projections.tables import METADATA

_Number: Final = BigInteger().with_variant(Integer, "sqlite")
SOURCES: Final = Table(
    "sources",
    METADATA,
    Column("source", String(500), primary_key=True),
    Column("said_last", BigInteger),
    Column("interval_seconds", Integer),
    Column("interval_said", String(300)),
    Column("heard_at", String(32), nullable=False),
)
"""One row for each source.

``interval_said`` is the time and the id of the heartbeat that stated the interval in force; the latest counts.
"""

RANGES: Final = Table(
    "source_numbers",
    METADATA,
    Column("source", String(500), primary_key=True),
    Column("first", _Number, primary_key=True, autoincrement=False),
    Column("last", _Number, nullable=False),
)
"""The numbers that arrived, as ranges that do not touch each other, both ends inclusive."""

_HEARTBEAT: Final = SourceHeartbeat.type_name()
_LARGEST: Final = 2**63 - 1
_FORGET_RANGE: Final = delete(RANGES).where(
    RANGES.c.source == bindparam("of_source"), RANGES.c.first == bindparam("beginning")
)
_INSERT_RANGES: Final = insert(RANGES)
_HEARD: Final = update(SOURCES).where(SOURCES.c.source == bindparam("of_source")).values(heard_at=bindparam("at"))


class _Heartbeat(msgspec.Struct):
    sequence: int | None = None
    interval_seconds: int | None = None


class _Message(msgspec.Struct):
    source: str
    id: str
    type: str
    time: str
    data: msgspec.Raw
    sequence: str | None = None


_decode: Final = msgspec.json.Decoder(_Message).decode
_decode_heartbeat: Final = msgspec.json.Decoder(_Heartbeat).decode


@dataclass(frozen=True, slots=True)
class _Source:
    said_last: int | None = None
    interval_seconds: int | None = None
    interval_said: str | None = None


@dataclass(slots=True)
class Ranges:
    """Whole numbers as ranges: ``firsts[i]`` to ``lasts[i]``, both inclusive, ascending and never touching."""

    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def add(self, first: int, last: int) -> tuple[list[int], Numbers]:
        """Add the numbers from ``first`` to ``last``.

        Returns the beginnings of the ranges that it replaced, and the range that it made of them.
        """
        # ``first - 1`` and ``last + 1``: ranges that only touch the new one are joined with it as well.
        begin = bisect_left(self.lasts, first - 1)
        end = begin
        while end < len(self.firsts) and self.firsts[end] <= last + 1:
            end += 1
        replaced = self.firsts[begin:end]
        if replaced:
            first, last = min(first, replaced[0]), max(last, self.lasts[end - 1])
        self.firsts[begin:end], self.lasts[begin:end] = [first], [last]
        return replaced, (first, last)

    def __iter__(self) -> Iterator[Numbers]:
        return zip(self.firsts, self.lasts, strict=True)


class Sources:
    """The writer of both tables, within the shard's transaction; memory must agree with the transaction."""

    def __init__(self) -> None:
        self._known: dict[str, _Source] = {}
        self._ranges: dict[str, Ranges] = {}

    def load(self, connection: Connection) -> None:
        """Load from the database what is kept in memory, at the start and after a rollback."""
        self._known = {
            row.source: _Source(row.said_last, row.interval_seconds, row.interval_said)
            for row in connection.execute(select(SOURCES))
        }
        self._ranges = {}
        for source, first, last in connection.execute(select(RANGES).order_by(RANGES.c.source, RANGES.c.first)):
            self._ranges.setdefault(source, Ranges()).add(first, last)

    def hear(
        self, connection: Connection, sources: Iterable[str], states: Iterable[bytes], recorded_at: datetime
    ) -> None:
        """Take in a batch: the ``sources`` of all its messages, and the ``states`` of the numbered ones and heartbeats.

        A state is the JSON text of a message.
        """
        numbers: dict[str, list[int]] = {}
        for message in map(_decode, states):
            number = _number(message.sequence)
            if number is not None:
                numbers.setdefault(message.source, []).append(number)
            if number is not None or message.type == _HEARTBEAT:
                self._update_source(connection, message, recorded_at)
        for source, of_source in sorted(numbers.items()):
            self._add_numbers(connection, source, of_source)
        # Any message is a sign of life, also one without a number; only known sources have a row for it.
        heard = sorted(self._known.keys() & set(sources))
        if heard:
            at = instant_text(recorded_at)
            connection.execute(_HEARD, [{"of_source": source, "at": at} for source in heard])

    def _update_source(self, connection: Connection, message: _Message, recorded_at: datetime) -> None:
        before = self._known.get(message.source)
        after = before or _Source()
        if message.type == _HEARTBEAT:
            heartbeat = _decode_heartbeat(message.data)
            after = _after_heartbeat(after, heartbeat, f"{_moment(message.time)} {message.id}")
        if after == before:
            return
        self._known[message.source] = after
        row = {
            "said_last": after.said_last,
            "interval_seconds": after.interval_seconds,
            "interval_said": after.interval_said,
        }
        if before is None:
            row |= {"source": message.source, "heard_at": instant_text(recorded_at)}
            connection.execute(insert(SOURCES), row)
        else:
            connection.execute(update(SOURCES).where(SOURCES.c.source == message.source), row)

    def _add_numbers(self, connection: Connection, source: str, numbers: Sequence[int]) -> None:
        ranges = self._ranges.setdefault(source, Ranges())
        gone: set[int] = set()
        new: dict[int, int] = {}
        for run in _runs(numbers):
            replaced, (first, last) = ranges.add(*run)
            # A range that this batch made and replaced again was never written, so it needs no deletion.
            gone.update(beginning for beginning in replaced if new.pop(beginning, None) is None)
            new[first] = last
        if gone:
            forgotten = [{"of_source": source, "beginning": beginning} for beginning in sorted(gone)]
            connection.execute(_FORGET_RANGE, forgotten)
        rows = [{"source": source, "first": first, "last": last} for first, last in sorted(new.items())]
        connection.execute(_INSERT_RANGES, rows)


def cases(connection: Connection, actor: Actor, policies: PolicyBook, now: datetime) -> list[SourceCase]:
    """The sources that number their messages or send heartbeats, by name; a feed sees only itself."""
    visible = select(SOURCES).order_by(SOURCES.c.source)
    if actor.role is Role.SOURCE:
        visible = visible.where(SOURCES.c.source == (actor.source or ""))
    # Over all shards of a cluster, a source has one row for each shard that has heard of it.
    by_source: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(visible):
        by_source.setdefault(row.source, []).append(row)
    ranges = _ranges(connection, by_source.keys())
    return [_case(source, rows, ranges.get(source, Ranges()), policies, now) for source, rows in by_source.items()]


def _case(source: str, rows: Sequence[Row[Any]], ranges: Ranges, policies: PolicyBook, now: datetime) -> SourceCase:
    latest = max(rows, key=lambda row: row.interval_said or "")
    return SourceCase(
        source=source,
        heard=tuple(ranges),
        said_last=max((row.said_last for row in rows if row.said_last is not None), default=None),
        interval_seconds=latest.interval_seconds,
        heard_at=datetime.fromisoformat(max(row.heard_at for row in rows)),
        now=now,
        policy=policies.default,
    )


def _ranges(connection: Connection, sources: Collection[str]) -> dict[str, Ranges]:
    by_source: dict[str, Ranges] = {}
    for source, first, last in connection.execute(select(RANGES).order_by(RANGES.c.source, RANGES.c.first)):
        if source in sources:
            by_source.setdefault(source, Ranges()).add(first, last)
    return by_source


def _number(sequence: str | None) -> int | None:
    """The number of a message; None for a ``sequence`` that is not a decimal number below 2 ** 63 - 1."""
    # A sequence may be any text in CloudEvents. Nineteen digits keep ``int`` from parsing a huge number.
    if sequence is None or not sequence.isascii() or not sequence.isdecimal() or len(sequence) > 19:
        return None
    number = int(sequence)
    return number if number < _LARGEST else None


def _after_heartbeat(source: _Source, heartbeat: _Heartbeat, stated: str) -> _Source:
    """The source after a heartbeat; ``stated`` is its time and id, by which heartbeats are ordered."""
    if heartbeat.sequence is not None:
        source = replace(source, said_last=max(heartbeat.sequence, source.said_last or 0))
    if heartbeat.interval_seconds is not None and stated > (source.interval_said or ""):
        source = replace(source, interval_seconds=heartbeat.interval_seconds, interval_said=stated)
    return source


def _moment(time: str) -> str:
    return instant_text(datetime.fromisoformat(time))


def _runs(numbers: Sequence[int]) -> Iterator[Numbers]:
    """The ranges that the numbers make up, ascending."""
    ordered = sorted(set(numbers))
    first = last = ordered[0]
    for number in ordered[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
