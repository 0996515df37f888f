"""The orders in which clues are listed, and the cursors that continue a list."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Label, Row, case, tuple_

from domain.rule import Severity
from projections.batches import instant_of, microseconds_of
from projections.boards.clue_board import CLUES

GRAVITY: Final[Label[int]] = (
    case((CLUES.c.candidate, len(Severity)), else_=0)
    + case({str(severity): severity.rank for severity in Severity}, value=CLUES.c.severity, else_=0)
).label("gravity")
"""How grave a clue is: every clue about a winning candidate comes above all others, then severity counts."""


class Sort(StrEnum):
    """The orders. The greatest value comes first; clues with equal values are ordered by number, the last first."""

    RAISED = "raised"
    """Last raised first."""
    GRAVEST = "gravest"
    """Winning candidates 中标候选人 first, then by severity, the highest first, then last raised first."""
    CHANGED = "changed"
    """Last changed first."""

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        """The columns to order by, all descending."""
        return tuple(key.column for key in _KEYS[self])

    def has(self, cursor: str) -> bool:
        """Whether ``cursor`` is a cursor of this order."""
        return re.fullmatch(self.cursor_pattern, cursor) is not None

    @property
    def cursor_pattern(self) -> str:
        """The regular expression of this order's cursors; those of RAISED have no name in front."""
        name = "" if self is Sort.RAISED else rf"{self}\."
        return rf"{name}(?:[0-9]{{1,18}}\.){{{len(_KEYS[self]) - 1}}}[0-9a-f-]{{36}}"

    def cursor(self, row: Row[Any]) -> str:
        """The cursor that continues the list behind ``row``, which must have :attr:`columns`."""
        name = () if self is Sort.RAISED else (str(self),)
        return ".".join((*name, *(key.write(getattr(row, key.name)) for key in _KEYS[self])))

    def after(self, cursor: str) -> ColumnElement[bool]:
        """True for the rows behind ``cursor``, a cursor of this order."""
        keys = _KEYS[self]
        values = (key.read(text) for key, text in zip(keys, cursor.split(".")[-len(keys) :], strict=True))
        # Rows are compared as tuples, so one condition continues the list at the exact place.
        return tuple_(*self.columns) < tuple_(*values)


class _Key(NamedTuple):
    """A column to order by, and how a cursor writes and reads its values."""

    name: str
    column: ColumnElement[Any]
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = int


def _microseconds(text: str) -> str:
    return str(microseconds_of(text))


def _instant(microseconds: str) -> str:
    return instant_of(int(microseconds))


# Each shard of a cluster numbers its own clues, so two clues may have one number. The id comes last, so that
# the order over all shards is total.
_LAST: Final = (_Key("number", CLUES.c.number), _Key("clue_id", CLUES.c.clue_id, str, str))
_RAISED: Final = _Key("raised_at", CLUES.c.raised_at, _microseconds, _instant)
_KEYS: Final[dict[Sort, tuple[_Key, ...]]] = {
    Sort.RAISED: (_RAISED, *_LAST),
    Sort.GRAVEST: (_Key("gravity", GRAVITY), _RAISED, *_LAST),
    Sort.CHANGED: (_Key("revised_at", CLUES.c.revised_at, _microseconds, _instant), *_LAST),
}
