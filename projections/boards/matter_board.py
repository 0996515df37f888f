"""Matters 事项 for lists and filters: one row for each, made of the rows of its clues.

A row holds what lists sort and filter by. What a matter is about is read from its clues: a party sees some of them
only.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from domain.clues.context import ClueStatus
from domain.matters.matter import STATUS_RANK, ClueInMatter, Matter, matter_of
from domain.rule import Severity
from projections.boards.clue_board import CLUES
from projections.tables import METADATA

MATTERS: Final = Table(
    "matters",
    METADATA,
    Column("matter_id", String(36), primary_key=True),
    Column("status_rank", Integer, nullable=False),
    Column("severity_rank", Integer, nullable=False),
    Column("gravity", Integer, nullable=False),
    Column("candidate", Boolean, nullable=False),
    Column("clues", Integer, nullable=False),
    Column("open_clues", Integer, nullable=False),
    Column("raised_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("jurisdictions", Text, nullable=False),
)
"""``jurisdictions`` has each place after a space. Status and severity are ranks, so that they sort."""

# As of the clue board: what sorts and filters is in the index, and PostgreSQL does without it.
Index(
    "matters_in_order",
    MATTERS.c.gravity,
    MATTERS.c.raised_at,
    MATTERS.c.matter_id,
    MATTERS.c.status_rank,
    MATTERS.c.severity_rank,
    MATTERS.c.jurisdictions,
).ddl_if(dialect="sqlite")

_AT_ONCE: Final = 500
_CLUES: Final = select(
    CLUES.c.matter_id,
    CLUES.c.status,
    CLUES.c.severity,
    CLUES.c.candidate,
    CLUES.c.rule,
    CLUES.c.jurisdiction,
    CLUES.c.jurisdictions,
    CLUES.c.raised_at,
    CLUES.c.revised_at,
).where(CLUES.c.matter_id.in_(bindparam("matters", expanding=True)))
_DELETE: Final = delete(MATTERS).where(MATTERS.c.matter_id.in_(bindparam("matters", expanding=True)))


def put(connection: Connection, matter_ids: Collection[str]) -> None:
    """Bring the rows of these matters in line with their clues; a matter without clues has no row."""
    wanted = sorted(matter_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        _put(connection, wanted[start : start + _AT_ONCE])


def _put(connection: Connection, wanted: list[str]) -> None:
    clues: dict[str, list[ClueInMatter]] = {}
    for row in connection.execute(_CLUES, {"matters": wanted}):
        clues.setdefault(row.matter_id, []).append(clue_in_matter(row))
    connection.execute(_DELETE, {"matters": wanted})
    rows = [_row(matter_id, matter_of(clues[matter_id])) for matter_id in wanted if matter_id in clues]
    if rows:
        connection.execute(insert(MATTERS), rows)


def clue_in_matter(row: Any) -> ClueInMatter:
    """What a row of the clue board says to the matter of its clue."""
    return ClueInMatter(
        ClueStatus(row.status),
        Severity(row.severity),
        row.candidate,
        row.rule,
        tuple(row.jurisdictions.split()) or _place(row.jurisdiction),
        row.raised_at,
        row.revised_at,
    )


def _place(jurisdiction: str) -> tuple[str, ...]:
    return (jurisdiction,) if jurisdiction else ()


def _row(matter_id: str, matter: Matter) -> dict[str, Any]:
    return {
        "matter_id": matter_id,
        "status_rank": STATUS_RANK[matter.status],
        "severity_rank": matter.severity.rank,
        "gravity": matter.gravity,
        "candidate": matter.candidate,
        "clues": matter.clues,
        "open_clues": matter.open_clues,
        "raised_at": matter.raised_at,
        "changed_at": matter.changed_at,
        "jurisdictions": places_text(matter.places),
    }


def places_text(places: Iterable[str]) -> str:
    """Each place after a space, so that a space and a prefix find any of them."""
    return "".join(f" {place}" for place in places)
