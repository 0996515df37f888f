"""The orders in which clues are listed, and where a page of each list ended."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Label, Row, case, tuple_

from domain.rule import Severity
from projections.batches import instant_text
from projections.boards.clue_board import CLUES

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

GRAVITY: Final[Label[int]] = (
    case((CLUES.c.candidate, len(Severity)), else_=0)
    + case({str(each): each.rank for each in Severity}, value=CLUES.c.severity, else_=0)
).label("gravity")
"""How grave a clue is: each clue about a winning candidate above all others, then by severity."""


class Sort(StrEnum):
    """In every order the greatest comes first; equals follow the order in which they were first raised."""

    RAISED = "raised"
    """Raised last first."""
    GRAVEST = "gravest"
    """Winning candidates 中标候选人 first, then the highest severity, then raised last."""
    CHANGED = "changed"
    """Changed last first."""

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(key.column for key in _KEYS[self])

    def has(self, cursor: str) -> bool:
        """Whether it is a cursor of this order."""
        return re.fullmatch(self.cursor_pattern, cursor) is not None

    @property
    def cursor_pattern(self) -> str:
        """What cursors of this order look like. Those of the first order bear no name."""
        name = "" if self is Sort.RAISED else rf"{self}\."
        return rf"{name}(?:[0-9]{{1,18}}\.){{{len(_KEYS[self]) - 1}}}[0-9a-f-]{{36}}"

    def cursor(self, row: Row[Any]) -> str:
        """Where the page that ends with ``row`` is taken up; the row has :attr:`columns`."""
        name = () if self is Sort.RAISED else (str(self),)
        return ".".join((*name, *(key.write(getattr(row, key.name)) for key in _KEYS[self])))

    def after(self, cursor: str) -> ColumnElement[bool]:
        """True for the rows behind a cursor of this order."""
        keys = _KEYS[self]
        place = (key.read(given) for key, given in zip(keys, cursor.split(".")[-len(keys) :], strict=True))
        return tuple_(*self.columns) < tuple_(*place)


class _Key(NamedTuple):
    """A column that orders, and how a cursor carries its values."""

    name: str
    column: ColumnElement[Any]
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = int


def _microseconds(text: str) -> str:
    return str((datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND)


def _instant(microseconds: str) -> str:
    return instant_text(_EPOCH + int(microseconds) * _MICROSECOND)


# Each shard of a cluster numbers its own clues; the id settles what remains, so that one order holds over all shards.
_LAST: Final = (_Key("number", CLUES.c.number), _Key("clue_id", CLUES.c.clue_id, str, str))
_RAISED: Final = _Key("raised_at", CLUES.c.raised_at, _microseconds, _instant)
_KEYS: Final[dict[Sort, tuple[_Key, ...]]] = {
    Sort.RAISED: (_RAISED, *_LAST),
    Sort.GRAVEST: (_Key("gravity", GRAVITY), _RAISED, *_LAST),
    Sort.CHANGED: (_Key("revised_at", CLUES.c.revised_at, _microseconds, _instant), *_LAST),
}
