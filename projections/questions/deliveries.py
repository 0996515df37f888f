"""The deliveries 数据交付 that were taken in: whose, what came of each, and which still counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection

from domain.access import Actor, Role
from domain.delivery_bounds import Content
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.deliveries import place_of
from domain.facts.taken_deliveries import DELIVERIES_SUBJECT, DeliveryBegun, DeliveryTaken
from projections.questions.as_of import AsOf


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a delivery; ``taken`` is None while it is being taken, or was interrupted."""

    begun: DeliveryBegun
    begun_at: datetime
    taken: DeliveryTaken | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery, its parts in order. ``replaced_by`` is a later one in whose place it no longer counts."""

    delivery_id: str
    parts: tuple[Part, ...]
    replaced_by: str | None

    @property
    def first(self) -> DeliveryBegun:
        return self.parts[0].begun

    @property
    def begun_at(self) -> datetime:
        return self.parts[0].begun_at

    @property
    def is_whole(self) -> bool:
        """Whether all its files were taken to their end."""
        return all(part.taken is not None for part in self.parts)

    @property
    def content(self) -> Content | None:
        """What its first file holds; None before that was taken."""
        taken = self.parts[0].taken
        if taken is None:
            return None
        return Content(taken.rows, taken.people, taken.employers, taken.months, taken.rejected)

    def sum(self, count: str) -> int:
        """A count of :class:`DeliveryTaken` over all parts."""
        return sum(getattr(part.taken, count) for part in self.parts if part.taken is not None)

    def is_of(self, source: str, kind: str) -> bool:
        return (self.first.source, self.first.of_kind) == (source, kind)

    def may_be_about(self, area: str) -> bool:
        """Whether it is of this area, or does not say of which one."""
        return self.first.area is None or place_of(self.first.area) == place_of(area)


def deliveries(
    connection: Connection, as_of: AsOf, actor: Actor | None = None, *, knowledge: Knowledge = EVERYTHING
) -> list[Delivery]:
    """All deliveries in the order in which they began; a feed as ``actor`` sees its own."""
    facts = as_of.standing(connection, DELIVERIES_SUBJECT, knowledge=knowledge)
    begun: dict[str, dict[int, Part]] = {}
    for fact in sorted(facts, key=attrgetter("position")):
        data = fact.data
        if isinstance(data, DeliveryBegun) and _may_see(actor, data.source):
            part = Part(data, fact.occurred_at, None, None)
            begun.setdefault(data.delivery_id, {})[data.part] = part
        elif isinstance(data, DeliveryTaken) and data.part in begun.get(data.delivery_id, {}):
            part = begun[data.delivery_id][data.part]
            begun[data.delivery_id][data.part] = Part(part.begun, part.begun_at, data, fact.occurred_at)
    replaced = _replaced(begun)
    return [
        Delivery(delivery_id, tuple(parts[number] for number in sorted(parts)), replaced.get(delivery_id))
        for delivery_id, parts in begun.items()
    ]


def last_taken(found: Iterable[Delivery], begun: DeliveryBegun) -> Delivery | None:
    """The newest whole delivery of the same source and kind but ``begun`` itself; of a snapshot, of its area."""
    of_kind = [
        each
        for each in found
        if each.is_of(begun.source, begun.of_kind)
        and each.delivery_id != begun.delivery_id
        and each.content is not None
        and (begun.area is None or each.may_be_about(begun.area))
    ]
    return of_kind[-1] if of_kind else None


def replaced_by(found: Iterable[Delivery], delivery_id: str) -> set[str]:
    """The delivery itself, those that it replaces, and those that these replaced: their facts are held against it."""
    replaces = {each.delivery_id: {part.begun.replaces for part in each.parts} - {None} for each in found}
    chain, new = set[str](), {delivery_id}
    while new:
        chain |= new
        new = {str(each) for one in new for each in replaces.get(one, ())} - chain
    return chain


def _replaced(begun: Mapping[str, Mapping[int, Part]]) -> dict[str, str]:
    """Which delivery is replaced by which later one: by its name, or as a snapshot of the same area and period."""
    replaced: dict[str, str] = {}
    snapshots: dict[tuple[str, str, str, str], str] = {}
    for delivery_id, parts in begun.items():
        first = parts[min(parts)].begun
        if first.replaces is not None:
            replaced[first.replaces] = delivery_id
        if first.area is not None and first.period is not None:
            of = (first.source, first.of_kind, place_of(first.area), first.period)
            if of in snapshots:
                replaced[snapshots[of]] = delivery_id
            snapshots[of] = delivery_id
    return replaced


def _may_see(actor: Actor | None, source: str) -> bool:
    return actor is None or actor.role is not Role.SOURCE or actor.source == source
