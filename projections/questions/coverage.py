"""The coverage grid 数据覆盖表: for each kind of data, area and month whether everything was stated to be there."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

from sqlalchemy import Connection, select

from domain.access import Actor
from domain.evidence.days import day_in_shanghai, last_day_of, month_of, shifted_month
from domain.evidence.recorded import Knowledge
from domain.evidence.site import months_between
from domain.facts.deliveries import (
    BY_MONTH,
    DELIVERY_KINDS,
    DeliveryKind,
    answering,
    is_division,
    lies_in,
    place_of,
    places_around,
)
from domain.identifiers import significant_digits
from domain.policy import PolicyBook
from projections.boards.approval_board import APPROVALS
from projections.boards.coverage import StandingClosing
from projections.boards.lot_board import LOTS
from projections.questions.as_of import AsOf

USUAL_MONTHS: Final = 12
"""So many months are shown where nobody says from when."""
_CITY_DIGITS: Final = 4
_ByKindAndArea = Mapping[tuple[str, str], Sequence[StandingClosing]]


class CoverageStatus(StrEnum):
    CLOSED = "closed"
    """已报送完毕: a source stated that this is all."""
    OPEN = "open"
    """未到期: not yet closed, and not yet due."""
    LATE = "late"
    """逾期未报: not closed, and due by now."""
    NEVER = "never"
    """未接入: no delivery of this kind was ever closed for the area."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind, area and month. Of a register the month is covered once it is complete up to its last day.

    ``rows`` to ``recorded_at`` are those of the delivery that closed it.
    """

    kind: DeliveryKind
    area: str
    period: str
    status: CoverageStatus
    rows: int | None = None
    people: int | None = None
    source: str | None = None
    delivery_id: str | None = None
    closed_at: datetime | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """All months of one kind and area.

    ``complete_to`` is the last month, of a register the last day, that was ever closed. ``required`` says
    whether a rule needs the area for a place where bids were opened or cases handled.
    """

    kind: DeliveryKind
    area: str
    required: bool
    complete_to: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is asked about; ``area`` stands for all that lies in it. Months are inclusive."""

    kind: DeliveryKind | None = None
    area: str | None = None
    first: str | None = None
    last: str | None = None

    def months(self, now: datetime) -> tuple[str, ...]:
        last = self.last or max(month_of(day_in_shanghai(now)), self.first or "")
        first = self.first or shifted_month(last, 1 - USUAL_MONTHS)
        return tuple(months_between(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")))

    @property
    def kinds(self) -> tuple[DeliveryKind, ...]:
        return (self.kind,) if self.kind else DELIVERY_KINDS


def coverage_grid(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    policies: PolicyBook,
    narrowing: Narrowing,
    *,
    knowledge: Knowledge,
    now: datetime,
) -> tuple[Stretch, ...]:
    """As it was known then, for the areas that concern the actor; ``now`` decides what is late.

    These are the areas in its jurisdiction, and those that the rules require for places in it.
    """
    closings: defaultdict[tuple[str, str], list[StandingClosing]] = defaultdict(list)
    for closing in as_of.closings(connection, knowledge=knowledge):
        closings[closing.kind, closing.area].append(closing)
    required = _required(policies, _places(connection, actor, policies))
    months = narrowing.months(now)
    return tuple(
        _stretch(kind, area, area in required[kind], _answers(kind, area, closings), months, policies, now)
        for kind in narrowing.kinds
        for area in sorted(_areas(kind, actor, narrowing.area, required[kind], closings))
    )


def _places(connection: Connection, actor: Actor, policies: PolicyBook) -> set[str]:
    """The places of the actor's lots, approval cases and policies; a whole province is no place of a lot."""
    named: set[str] = set(policies.jurisdictions)
    for board in (LOTS, APPROVALS):
        named |= set(connection.execute(select(board.c.jurisdiction).distinct()).scalars())
    if actor.jurisdiction:
        named.add(actor.jurisdiction)
    return {place for place in named if len(significant_digits(place)) >= _CITY_DIGITS and actor.covers(place)}


def _required(policies: PolicyBook, places: Collection[str]) -> Mapping[DeliveryKind, set[str]]:
    return {
        kind: {area for place in places for area in policies.for_jurisdiction(place).areas_of(kind, place)}
        for kind in DELIVERY_KINDS
    }


def _areas(
    kind: DeliveryKind,
    actor: Actor,
    asked: str | None,
    required: Collection[str],
    closings: _ByKindAndArea,
) -> set[str]:
    """Those that the actor may see; one that is asked for is shown although nobody knows of it."""
    known = {area for closed, area in closings if closed in answering(kind)}
    place = None if asked is None else place_of(asked)
    named = known if place is None else {*known, place}
    visible = {area for area in named if _may_see(actor, area)} | set(required)
    return visible if place is None else {area for area in visible if lies_in(area, place)}


def _may_see(actor: Actor, area: str) -> bool:
    """The name of a pool tells no jurisdiction: who is bound to one sees the pools that its places require."""
    return actor.covers(area) if is_division(area) else actor.sees_every_jurisdiction


def _answers(kind: DeliveryKind, area: str, closings: _ByKindAndArea) -> list[StandingClosing]:
    """The closings that say something of the area, in the order in which they cover periods."""
    pairs = ((closed, place) for closed in answering(kind) for place in places_around(area))
    about = chain.from_iterable(closings.get(pair, ()) for pair in pairs)
    return sorted(about, key=lambda closing: (closing.through, closing.source, closing.delivery_id))


def _stretch(
    kind: DeliveryKind,
    area: str,
    required: bool,
    answers: Sequence[StandingClosing],
    months: Iterable[str],
    policies: PolicyBook,
    now: datetime,
) -> Stretch:
    policy = policies.for_jurisdiction(area)
    wait = timedelta(days=policy.days_until_late(kind))
    today = day_in_shanghai(now)
    cells = []
    for month in months:
        closing = _first(kind, month, answers)
        if closing is not None:
            cells.append(_closed(kind, area, month, closing))
        else:
            late = today > last_day_of(month) + wait
            status = CoverageStatus.LATE if late else CoverageStatus.OPEN
            cells.append(Cell(kind, area, month, status if answers else CoverageStatus.NEVER))
    return Stretch(kind, area, required, answers[-1].through if answers else None, tuple(cells))


def _first(kind: DeliveryKind, month: str, answers: Iterable[StandingClosing]) -> StandingClosing | None:
    """The first closing that covers the month."""
    if kind in BY_MONTH:
        return next((closing for closing in answers if closing.through == month), None)
    last_day = last_day_of(month).isoformat()
    return next((closing for closing in answers if closing.through >= last_day), None)


def _closed(kind: DeliveryKind, area: str, month: str, closing: StandingClosing) -> Cell:
    return Cell(
        kind,
        area,
        month,
        CoverageStatus.CLOSED,
        closing.rows,
        closing.people,
        closing.source,
        closing.delivery_id,
        closing.closed_at,
        closing.recorded_at,
    )
