"""Checking a file before it is taken: what would be recorded of it, beside what the source delivered last."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from domain.delivery_bounds import Bound, Breach, Content, breaches, retraction_breach
from domain.errors import MonitorError
from domain.facts.deliveries import BY_MONTH
from domain.sources.bounds import Channel
from infra.deliveries.beginning import Asked, Beginning, HandedOver, beginning
from infra.installation import Installation
from projections.questions.deliveries import Delivery, deliveries, last_taken
from streams.deliveries.ledgers import Recorded
from streams.deliveries.looking_through import LookedThrough, Refusing, look_through
from streams.deliveries.standing import Scope, Standing
from streams.importers.record import Source
from streams.intake.prepared import HandedIn
from streams.shard.permissions import Permissions


class Held(MonitorError):
    """The delivery is out of bounds: nothing of it was recorded."""

    def __init__(self, checked: "Checked") -> None:
        super().__init__("the delivery is out of bounds, and nothing of it was recorded")
        self.checked = checked


@dataclass(frozen=True, slots=True)
class Gone:
    """Of people, or of employers: how many were in what the source said before and are not here, and the reverse."""

    gone: int
    new: int


@dataclass(frozen=True, slots=True)
class Checked:
    """``last`` is the delivery that this one is compared with. ``retracted`` of ``stood`` facts would be taken back.

    ``people`` and ``employers`` compare with what stands of the last delivery; None where there is none.
    """

    start: Beginning
    found: LookedThrough
    last: Delivery | None
    breaches: tuple[Breach, ...]
    standing: Standing | None
    retracted: int
    stood: int
    people: Gone | None
    employers: Gone | None

    @property
    def within_bounds(self) -> bool:
        return not self.breaches

    @property
    def content(self) -> Content:
        return self.found.content


def check(
    installation: Installation,
    file: HandedOver,
    asked: Asked,
    source: Source,
    *,
    advance: Callable[[int], Any] = lambda _: None,
    permitted: Refusing = lambda prepared: prepared,
) -> Checked:
    """Look through ``source``, which is the content of ``file``; ``permitted`` refuses what its source may not say.

    Raises NoSuchDelivery; reading it UnusableInput.
    """
    with installation.database.read() as connection:
        known = deliveries(connection, installation.evidence())
        start = beginning(file, asked, known)
        last = last_taken(known, start.begun)
        standing = _loaded(installation, connection, start.scope) if start.scope else None
        found = look_through(
            source,
            installation.intake(),
            Recorded(connection, installation.recorder, installation),
            standing=standing,
            permitted=permitted,
            advance=advance,
        )
        before = standing or _said_by(installation, connection, last)
    gone = int(standing.gone(all_others=start.is_whole).sum()) if standing else 0
    out = tuple(_breaches(installation, start, found, last, standing, gone))
    people = Gone(*_compared(before.people, found.named.people)) if before else None
    employers = Gone(*_compared(before.employers, found.named.employers)) if before else None
    return Checked(start, found, last, out, standing, gone, standing.count if standing else 0, people, employers)


def permitted_now(installation: Installation) -> Refusing:
    """What the registry lets sources say now, by calls and files."""
    permissions, now = Permissions(), installation.clock()
    with installation.database.read() as connection:
        permissions.load(connection)
    handed_in = HandedIn(Channel.HTTP)
    return lambda prepared: permissions.checked(replace(prepared, handed_in=handed_in), now)


def _loaded(installation: Installation, connection: Connection, scope: Scope) -> Standing:
    standing = Standing(installation.recorder, installation, scope)
    standing.load(connection)
    return standing


def _said_by(installation: Installation, connection: Connection, last: Delivery | None) -> Standing | None:
    """What stands of the last delivery, unless some of it was known before: that is not marked as its own."""
    if last is None or last.sum("duplicates"):
        return None
    scope = Scope(last.first.source, last.first.of_kind, frozenset({last.delivery_id}).__contains__)
    return _loaded(installation, connection, scope)


def _compared(before: set[int], now: set[int]) -> tuple[int, int]:
    return len(before - now), len(now - before)


def _breaches(
    installation: Installation,
    start: Beginning,
    found: LookedThrough,
    last: Delivery | None,
    standing: Standing | None,
    gone: int,
) -> Iterator[Breach]:
    begun = start.begun
    bounds = installation.settings.deliveries.of(begun.source)
    # Mended rows are few by their nature: only the whole file is compared.
    yield from breaches(found.content, last.content if last and begun.part == 1 else None, bounds)
    if standing is not None and start.is_whole:
        breach = retraction_breach(gone, standing.count, bounds)
        if breach is not None:
            yield breach
    if begun.period is not None and begun.of_kind in BY_MONTH:
        others = len(found.named.months - {begun.period})
        if others:
            yield Breach(Bound.PERIOD, others, len(found.named.months))
