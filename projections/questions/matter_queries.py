"""Lists of matters 事项, with what each party may see of them.

Who may see all clues of a place is given the rows of the board. A party may see some clues of a matter only: for a
party, what lists sort and filter by is worked out from those alone, so that nothing of the others shows.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, case, false, func, or_, select, tuple_

from domain.access import Actor, Role
from domain.clues.context import ClueStatus
from domain.errors import NotFound
from domain.instants import instant_text
from domain.matters.matter import STATUS_RANK, MatterKind, matter_key_of, matter_of
from domain.rule import Severity
from projections.batches import instant_of, microseconds_of
from projections.boards.clue_board import CLUES
from projections.boards.matter_board import MATTERS, clue_in_matter
from projections.questions.clue_order import GRAVITY
from projections.questions.clue_queries import Organisation, ShownClue, clues_visible, shown
from projections.questions.visibility import clues_within, matters_in_jurisdiction

_NOT_TOLD: Final = frozenset({Role.SOURCE, Role.SECURITY_OFFICER})
_PARTIES: Final = frozenset({Role.BIDDER, Role.TENDERER})


class MatterSort(StrEnum):
    """The greatest value comes first; equal ones by id."""

    GRAVEST = "gravest"
    """Winning candidates 中标候选人 first, then by severity, then last raised first."""
    RAISED = "raised"
    """Last raised first."""
    CHANGED = "changed"
    """Last changed first."""


_MOMENTS: Final = frozenset({"raised_at", "changed_at"})
_KEYS: Final[dict[MatterSort, tuple[str, ...]]] = {
    MatterSort.GRAVEST: ("gravity", "raised_at", "matter_id"),
    MatterSort.RAISED: ("raised_at", "matter_id"),
    MatterSort.CHANGED: ("changed_at", "matter_id"),
}
CURSOR_PATTERN: Final = r"(?:gravest\.[0-9]{1,2}|raised|changed)\.[0-9]{1,18}\.[0-9a-f-]{36}"


@dataclass(frozen=True, slots=True)
class MatterFilters:
    """The conditions for a list of matters; None and an empty tuple are no condition.

    ``rule``, ``bidder`` (a credit code, or a name where no code is known), ``person_id`` and the words ``q`` must be
    those of one clue of the matter. ``since`` (inclusive) is compared with the last change.
    """

    statuses: tuple[ClueStatus, ...] = ()
    severity: Severity | None = None
    rule: str | None = None
    bidder: str | None = None
    person_id: str | None = None
    tender_id: str | None = None
    jurisdiction: str | None = None
    since: datetime | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class ShownMatter:
    """A matter as interfaces show it, made of the clues that the reader may see.

    ``rules`` are those of its open clues; of all, where none is open. What it is about is said as its clue says it
    that was raised first.
    """

    matter_id: str
    kind: MatterKind
    status: ClueStatus
    severity: Severity
    candidate: bool
    evidence_changed: bool
    rules: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    title: str
    tender_id: str | None
    lot_id: str | None
    bidder: Organisation | None
    person_id: str | None
    project_code: str | None
    case_id: str | None
    occurred_at: datetime
    raised_at: datetime
    changed_at: datetime
    clues: tuple[ShownClue, ...]
    person_masked: str | None = None


@dataclass(frozen=True, slots=True)
class MatterPage:
    """``next`` is the cursor of the following page, None on the last; ``count`` is of all pages."""

    items: tuple[ShownMatter, ...]
    next: str | None
    count: int


def matters(
    connection: Connection,
    actor: Actor,
    filters: MatterFilters = MatterFilters(),
    *,
    sort: MatterSort = MatterSort.GRAVEST,
    cursor: str | None = None,
    limit: int = 100,
) -> MatterPage:
    """One page of a list; ``cursor`` is the ``next`` of the page before it, with the same ``sort``."""
    board = _board(actor)
    wanted = [*_visible(board, actor), *_narrowed(board, filters, actor)]
    keys = [board.c[name] for name in _KEYS[sort]]
    behind = () if cursor is None else (tuple_(*keys) < tuple_(*_read_cursor(sort, cursor)),)
    query = select(*keys).where(*wanted, *behind).order_by(*(key.desc() for key in keys)).limit(limit + 1)
    rows = connection.execute(query).all()
    found = _shown(connection, actor, [row.matter_id for row in rows[:limit]])
    following = _cursor(sort, rows[limit - 1]) if len(rows) > limit else None
    count = connection.execute(select(func.count()).select_from(board).where(*wanted)).scalar_one()
    return MatterPage(found, following, count)


def counts(connection: Connection, actor: Actor) -> dict[ClueStatus, int]:
    """The numbers of matters that the actor may see, by status; a status without matters is left out."""
    board = _board(actor)
    query = select(board.c.status_rank, func.count()).where(*_visible(board, actor)).group_by(board.c.status_rank)
    of_rank = {rank: status for status, rank in STATUS_RANK.items()}
    return {of_rank[rank]: number for rank, number in connection.execute(query)}


def matter(connection: Connection, actor: Actor, matter_id: UUID) -> ShownMatter:
    """One matter; raises NotFound where the actor may not see any of its clues."""
    found = _shown(connection, actor, [str(matter_id)])
    if not found:
        raise NotFound("matter")
    return found[0]


def has_cursor(sort: MatterSort, cursor: str) -> bool:
    """Whether ``cursor`` is a cursor of this order."""
    return re.fullmatch(CURSOR_PATTERN, cursor) is not None and cursor.partition(".")[0] == sort


def _board(actor: Actor) -> FromClause:
    return _of_visible_clues(actor) if actor.role in _PARTIES else MATTERS


def _of_visible_clues(actor: Actor) -> FromClause:
    """The board as it would be if there were only the clues that the actor may see."""
    is_open = CLUES.c.status.in_([status for status in ClueStatus if status.is_open])

    def of_open(column: ColumnElement[Any], pick: Any = func.max) -> ColumnElement[Any]:
        return func.coalesce(pick(case((is_open, column))), pick(column))

    ranks: dict[str, int] = {str(status): rank for status, rank in STATUS_RANK.items()}
    severities: dict[str, int] = {str(severity): severity.rank for severity in Severity}
    return (
        select(
            CLUES.c.matter_id,
            func.max(case(ranks, value=CLUES.c.status)).label("status_rank"),
            of_open(case(severities, value=CLUES.c.severity)).label("severity_rank"),
            of_open(GRAVITY.element).label("gravity"),
            of_open(CLUES.c.raised_at, func.min).label("raised_at"),
            func.max(CLUES.c.revised_at).label("changed_at"),
        )
        .where(clues_visible(actor))
        .group_by(CLUES.c.matter_id)
        .subquery()
    )


def _visible(board: FromClause, actor: Actor) -> Sequence[ColumnElement[bool]]:
    if board is not MATTERS:
        return ()
    return (false(),) if actor.role in _NOT_TOLD else (matters_in_jurisdiction(actor),)


def _narrowed(board: FromClause, filters: MatterFilters, actor: Actor) -> Sequence[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if filters.statuses:
        narrowed.append(board.c.status_rank.in_([STATUS_RANK[status] for status in filters.statuses]))
    if filters.severity is not None:
        narrowed.append(board.c.severity_rank == filters.severity.rank)
    if filters.since is not None:
        narrowed.append(board.c.changed_at >= instant_text(filters.since))
    if of_clues := _of_one_clue(filters):
        matching = select(CLUES.c.matter_id).where(clues_visible(actor), *of_clues)
        narrowed.append(board.c.matter_id.in_(matching))
    return narrowed


def _of_one_clue(filters: MatterFilters) -> Sequence[ColumnElement[bool]]:
    """What one clue of the matter must be, whatever became of it."""
    equal = {
        CLUES.c.rule: filters.rule,
        CLUES.c.bidder_key: filters.bidder,
        CLUES.c.person_id: filters.person_id,
        CLUES.c.tender_id: filters.tender_id,
    }
    found = [column == wanted for column, wanted in equal.items() if wanted is not None]
    if filters.jurisdiction is not None:
        found.append(clues_within(filters.jurisdiction))
    if filters.q is not None:
        names = (CLUES.c.title, CLUES.c.bidder_name, CLUES.c.tender_id, CLUES.c.project_code, CLUES.c.case_id)
        found.append(or_(*(name.icontains(filters.q, autoescape=True) for name in names)))
    return found


def _shown(connection: Connection, actor: Actor, matter_ids: Sequence[str]) -> tuple[ShownMatter, ...]:
    """Those of the matters of which the actor may see a clue, in the order of the ids."""
    rows: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    visible = and_(CLUES.c.matter_id.in_(matter_ids), clues_visible(actor))
    # By id where two were raised at once: numbers depend on the order in which facts came.
    order = (CLUES.c.raised_at, CLUES.c.clue_id)
    for row in connection.execute(select(CLUES).where(visible).order_by(*order)):
        rows[row.matter_id].append(row)
    return tuple(_one(rows[matter_id], actor) for matter_id in matter_ids if matter_id in rows)


def _one(rows: Sequence[Row[Any]], actor: Actor) -> ShownMatter:
    made = matter_of(map(clue_in_matter, rows))
    clues = tuple(shown(row, actor) for row in rows)
    told_by = next((clue for clue in clues if ClueStatus(clue.status).is_open), clues[0])
    first = rows[clues.index(told_by)]
    key = matter_key_of(first.case_group, bidder_key=first.bidder_key, project_code=first.project_code)
    return ShownMatter(
        matter_id=first.matter_id,
        kind=key.kind,
        status=made.status,
        severity=made.severity,
        candidate=made.candidate,
        evidence_changed=any(clue.evidence_changed for clue in clues),
        rules=made.rules,
        jurisdictions=made.places,
        title=told_by.title,
        tender_id=told_by.tender_id,
        lot_id=told_by.lot_id,
        bidder=told_by.bidder,
        person_id=told_by.person_id,
        project_code=told_by.project_code,
        case_id=told_by.case_id,
        occurred_at=told_by.occurred_at,
        raised_at=datetime.fromisoformat(made.raised_at),
        changed_at=datetime.fromisoformat(made.changed_at),
        clues=_gravest_first(clues),
    )


def _gravest_first(clues: Iterable[ShownClue]) -> tuple[ShownClue, ...]:
    """Open ones first; among equals the one that was raised first."""
    return tuple(sorted(clues, key=lambda clue: (not ClueStatus(clue.status).is_open, -Severity(clue.severity).rank)))


def _cursor(sort: MatterSort, row: Row[Any]) -> str:
    values = (str(microseconds_of(getattr(row, key)) if key in _MOMENTS else getattr(row, key)) for key in _KEYS[sort])
    return ".".join((sort, *values))


def _read_cursor(sort: MatterSort, cursor: str) -> Iterable[Any]:
    for key, text in zip(_KEYS[sort], cursor.split(".")[1:], strict=True):
        yield text if key == "matter_id" else instant_of(int(text)) if key in _MOMENTS else int(text)
