"""What came of each source 数据源: its numbers as ranges, and when it was last heard.

Kept for sources that number their messages (the `sequence` attribute, a decimal number) or send
heartbeats. The same messages in any order leave the same ranges; a late number fills its hole.
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
from domain.policy import PolicyBook
from projections.batches import instant_text
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
"""``interval_said``: when, and by which message, the interval in force was said; the latest counts."""

RANGES: Final = Table(
    "source_numbers",
    METADATA,
    Column("source", String(500), primary_key=True),
    Column("first", _Number, primary_key=True, autoincrement=False),
    Column("last", _Number, nullable=False),
)
"""The numbers that came, as ranges apart from each other, both ends inclusive."""

_HEARTBEAT: Final = SourceHeartbeat.type_name()
_LARGEST: Final = 2**63 - 1
_FORGET_RANGE: Final = delete(RANGES).where(
    RANGES.c.source == bindparam("of_source"), RANGES.c.first == bindparam("beginning")
)
_INSERT_RANGES: Final = insert(RANGES)
_HEARD: Final = update(SOURCES).where(SOURCES.c.source == bindparam("of_source")).values(heard_at=bindparam("at"))


class _Beat(msgspec.Struct):
    sequence: int | None = None
    interval_seconds: int | None = None


class _Said(msgspec.Struct):
    source: str
    id: str
    type: str
    time: str
    data: msgspec.Raw
    sequence: str | None = None


_decode: Final = msgspec.json.Decoder(_Said).decode
_decode_beat: Final = msgspec.json.Decoder(_Beat).decode


@dataclass(frozen=True, slots=True)
class _Source:
    said_last: int | None = None
    interval_seconds: int | None = None
    interval_said: str | None = None


@dataclass(slots=True)
class Ranges:
    """Whole numbers that came, as ranges in order."""

    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def add(self, first: int, last: int) -> tuple[list[int], Numbers]:
        """Take in ``first`` to ``last``: the beginnings of the ranges that went into one, and that one."""
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
    """The writer's side, inside the shard's transaction. What it holds in memory follows that."""

    def __init__(self) -> None:
        self._known: dict[str, _Source] = {}
        self._ranges: dict[str, Ranges] = {}

    def load(self, connection: Connection) -> None:
        """Read from the database what is held in memory, at the start and after a rollback."""
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
        """Take in messages: who sent any, and the ``states`` of those that are numbered or heartbeats."""
        said = [_decode(state) for state in states]
        numbers: dict[str, list[int]] = {}
        for message in said:
            number = _number(message.sequence)
            if number is not None:
                numbers.setdefault(message.source, []).append(number)
            if number is not None or message.type == _HEARTBEAT:
                self._meet(connection, message, recorded_at)
        for source, found in sorted(numbers.items()):
            self._count(connection, source, found)
        heard = sorted(self._known.keys() & set(sources))
        if heard:
            at = instant_text(recorded_at)
            connection.execute(_HEARD, [{"of_source": source, "at": at} for source in heard])

    def _meet(self, connection: Connection, message: _Said, recorded_at: datetime) -> None:
        before = self._known.get(message.source)
        after = before or _Source()
        if message.type == _HEARTBEAT:
            after = _told(after, _decode_beat(message.data), f"{_moment(message.time)} {message.id}")
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

    def _count(self, connection: Connection, source: str, numbers: Sequence[int]) -> None:
        ranges = self._ranges.setdefault(source, Ranges())
        gone: set[int] = set()
        new: dict[int, int] = {}
        for run in _runs(numbers):
            replaced, (first, last) = ranges.add(*run)
            gone.update(each for each in replaced if new.pop(each, None) is None)
            new[first] = last
        if gone:
            connection.execute(_FORGET_RANGE, [{"of_source": source, "beginning": each} for each in sorted(gone)])
        rows = [{"source": source, "first": first, "last": last} for first, last in sorted(new.items())]
        connection.execute(_INSERT_RANGES, rows)


def cases(connection: Connection, actor: Actor, policies: PolicyBook, now: datetime) -> list[SourceCase]:
    """The sources that number or send heartbeats, by name; a feed sees itself only.

    Over all shards of a cluster a source has a row of each that has heard of it.
    """
    mine = select(SOURCES).order_by(SOURCES.c.source)
    if actor.role is Role.SOURCE:
        mine = mine.where(SOURCES.c.source == (actor.source or ""))
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(mine):
        found.setdefault(row.source, []).append(row)
    ranges = _ranges(connection, found.keys())
    return [_case(source, rows, ranges.get(source, Ranges()), policies, now) for source, rows in found.items()]


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
    found: dict[str, Ranges] = {}
    for source, first, last in connection.execute(select(RANGES).order_by(RANGES.c.source, RANGES.c.first)):
        if source in sources:
            found.setdefault(source, Ranges()).add(first, last)
    return found


def _number(sequence: str | None) -> int | None:
    """A sequence counts where it is a decimal number; others are kept and say nothing about holes."""
    if sequence is None or not sequence.isascii() or not sequence.isdecimal() or len(sequence) > 19:
        return None
    number = int(sequence)
    return number if number < _LARGEST else None


def _told(source: _Source, beat: _Beat, said: str) -> _Source:
    if beat.sequence is not None:
        source = replace(source, said_last=max(beat.sequence, source.said_last or 0))
    if beat.interval_seconds is not None and said > (source.interval_said or ""):
        source = replace(source, interval_seconds=beat.interval_seconds, interval_said=said)
    return source


def _moment(time: str) -> str:
    return instant_text(datetime.fromisoformat(time))


def _runs(numbers: Sequence[int]) -> Iterator[Numbers]:
    """The numbers as few ranges, in order."""
    ordered = sorted(set(numbers))
    first = last = ordered[0]
    for number in ordered[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
