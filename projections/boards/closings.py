"""The closed deliveries, and which case groups ask about them.

Both are tables, and nothing of them is in memory. So the number of deliveries does not matter to a
batch that brings none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Select,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)

from domain.evidence import RecordedFact, standing
from domain.evidence.coverage import Ask, counted
from domain.evidence.recorded import as_it_counts
from domain.facts.deliveries import (
    BY_MONTH,
    DeliveryClosed,
    answered_by,
    answering,
    delivery_subject,
    places_around,
)
from domain.identifiers import significant_digits
from projections.index.subject_index import key_of
from projections.index.tables import sortable
from projections.tables import METADATA

CLOSINGS = Table(
    "closings",
    METADATA,
    Column("source", String(500), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("area", String(200), nullable=False),
    Column("through", String(10), nullable=False),
    Column("delivery_id", String(200), nullable=False),
    Column("subject_key", BigInteger, nullable=False, index=True),
    Column("rows", BigInteger, nullable=False),
    Column("people", BigInteger),
    Column("position", BigInteger, nullable=False),
    Column("counts", Boolean, nullable=False),
    Index("closings_by_area", "kind", "area", "through"),
    Index("closings_by_delivery", "delivery_id"),
)
"""One row for each closing that was ever recorded, those in corrections too.

``through`` is the month, or of a register the last day. ``counts`` is False where the closing was
retracted, or where another delivery of its source replaces it.
"""

COVERAGE_ASKS = Table(
    "coverage_asks",
    METADATA,
    Column("case_group", String(2_500), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("area", String(200), primary_key=True),
    Column("period", String(10), primary_key=True),
    Index("coverage_asks_by_area", "kind", "area", "period"),
)
"""What the rules ask about a case group because something is missing (:class:`domain.evidence.coverage.Ask`)."""

Key = tuple[str, str, str]
"""Kind, area and ``through`` of a closing."""
_AT_ONCE: Final = 500
_CONTENT: Final = [column for column in CLOSINGS.c if column.name != "subject_key"]
_OF_DELIVERY: Final = select(CLOSINGS).where(CLOSINGS.c.delivery_id == bindparam("delivery"))
_DELETE: Final = delete(CLOSINGS).where(
    CLOSINGS.c.source == bindparam("its_source"), CLOSINGS.c.id == bindparam("its_id")
)
_OF_GROUPS: Final = select(COVERAGE_ASKS).where(COVERAGE_ASKS.c.case_group.in_(bindparam("groups", expanding=True)))
_NO_LONGER: Final = delete(COVERAGE_ASKS).where(
    *(column == bindparam(f"its_{column.name}") for column in COVERAGE_ASKS.c)
)


def put(connection: Connection, delivery_id: str, facts: Sequence[RecordedFact]) -> set[Key]:
    """Write what is known of one delivery; returns what may be covered otherwise than before.

    ``facts`` are all that were recorded under its subject, retracted ones and corrections too.
    """
    before = {(row.source, row.id): tuple(row) for row in connection.execute(_OF_DELIVERY, {"delivery": delivery_id})}
    counting = {fact.identity for fact in counted(standing(facts))}
    after = {fact.identity: _row(fact, data, fact.identity in counting) for fact, data in _closings(delivery_id, facts)}
    changed = [each for each in sorted(before.keys() | after.keys()) if before.get(each) != after.get(each)]
    if gone := [{"its_source": source, "its_id": id} for source, id in changed if (source, id) in before]:
        connection.execute(_DELETE, gone)
    names = CLOSINGS.c.keys()
    if new := [dict(zip(names, after[each], strict=True)) for each in changed if each in after]:
        connection.execute(insert(CLOSINGS), new)
    rows = (rows[each] for each in changed for rows in (before, after) if each in rows)
    return {(row[2], row[3], row[4]) for row in rows}


def matching(ask: Ask) -> Select[Any]:
    """The closings that may answer ``ask``, the first to cover it first; those that do not count too."""
    covers = CLOSINGS.c.through == ask.period if ask.kind in BY_MONTH else CLOSINGS.c.through >= ask.period
    return _about(ask).where(covers).order_by(CLOSINGS.c.through, CLOSINGS.c.source, CLOSINGS.c.id)


def latest(ask: Ask) -> Select[Any]:
    """The closings of the kind and area of ``ask``, the last period first; those that do not count too."""
    return _about(ask).order_by(CLOSINGS.c.through.desc(), CLOSINGS.c.source, CLOSINGS.c.id)


def _about(ask: Ask) -> Select[Any]:
    return select(*_CONTENT).where(
        CLOSINGS.c.kind.in_(answering(ask.kind)), CLOSINGS.c.area.in_(places_around(ask.area))
    )


def put_asks(connection: Connection, asked: Mapping[str, frozenset[Ask]]) -> None:
    """Write what each of these case groups asks, in the place of what it asked before."""
    before: dict[str, set[Ask]] = {group: set() for group in asked}
    groups = sorted(asked)
    for start in range(0, len(groups), _AT_ONCE):
        for group, *ask in connection.execute(_OF_GROUPS, {"groups": groups[start : start + _AT_ONCE]}):
            before[group].add(Ask(*ask))
    gone = [_ask_row(group, ask, "its_") for group in groups for ask in sorted(before[group] - asked[group])]
    new = [_ask_row(group, ask) for group in groups for ask in sorted(asked[group] - before[group])]
    if gone:
        connection.execute(_NO_LONGER, gone)
    if new:
        connection.execute(insert(COVERAGE_ASKS), new)


def asking(connection: Connection, keys: Iterable[Key]) -> set[str]:
    """The case groups to which it matters whether these periods are closed."""
    groups: set[str] = set()
    for key in sorted(keys):
        for row in connection.execute(_asking(connection, key)):
            if key[1] in places_around(row.area):
                groups.add(row.case_group)
    return groups


def _asking(connection: Connection, key: Key) -> Select[Any]:
    kind, area, through = key
    asks = COVERAGE_ASKS.c
    within = asks.area == area
    if digits := significant_digits(area) if area.isdigit() else "":
        within = or_(within, and_(asks.area >= digits, asks.area < f"{digits}a"))
    query = select(asks.case_group, asks.area).where(asks.kind.in_(answered_by(kind)), within)
    if kind in BY_MONTH:
        return query.where(asks.period == through)
    # A register that is closed day by day would have everything judged again every day. But an
    # earlier day that is covered already stays covered: only the days since then matter.
    query = query.where(asks.period <= through)
    closed = CLOSINGS.c
    earlier = select(func.max(closed.through)).where(
        closed.kind == kind, closed.area == area, closed.counts, closed.through < through
    )
    before = connection.execute(earlier).scalar()
    return query if before is None else query.where(asks.period > before)


def _closings(delivery_id: str, facts: Iterable[RecordedFact]) -> list[tuple[RecordedFact, DeliveryClosed]]:
    said = ((fact, as_it_counts(fact)) for fact in facts)
    content = ((fact, counting.data) for fact, counting in said if counting is not None)
    return [
        (fact, data) for fact, data in content if isinstance(data, DeliveryClosed) and data.delivery_id == delivery_id
    ]


def _row(fact: RecordedFact, data: DeliveryClosed, counts: bool) -> tuple[Any, ...]:
    return (
        fact.source,
        fact.id,
        data.kind,
        data.place,
        data.through,
        data.delivery_id,
        sortable(key_of(delivery_subject(data.delivery_id))),
        data.rows,
        data.people,
        fact.position,
        counts,
    )


def _ask_row(group: str, ask: Ask, prefix: str = "") -> dict[str, str]:
    names = ("case_group", "kind", "area", "period")
    return {
        f"{prefix}{name}": value for name, value in zip(names, (group, ask.kind, ask.area, ask.period), strict=True)
    }


def closing_rows() -> Select[Any]:
    """All closings, by kind, area and period; those that do not count too."""
    order = (CLOSINGS.c.kind, CLOSINGS.c.area, CLOSINGS.c.through, CLOSINGS.c.source, CLOSINGS.c.id)
    return select(*_CONTENT).order_by(*order)
