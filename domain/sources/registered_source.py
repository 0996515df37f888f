"""A registered source 已登记的数据源: its bounds, who granted them, and when the grant ended.

Each change is an event in the ledger. A message is checked against the bounds that are in force when it is
recorded. What was recorded stays as it is, whatever changes later.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID, uuid5

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate
from eventsourcing.utils import register_topic

from domain.access import Actor
from domain.errors import NotAllowed, NotEntitled
from domain.personal_data import holds_number
from domain.sources.bounds import BOUNDS, Bounds, bounds_record

_SOURCES: Final = UUID("5d1f6a0e-6f0b-5c3a-9b1d-0e6f7a4c2b19")
"""The namespace of the ids of registered sources."""


def source_id(source: str) -> UUID:
    return uuid5(_SOURCES, source)


class _Registered(Protocol):
    """The attributes of a registered source that events change."""

    changed_at: datetime
    ended_at: datetime | None
    end_reason: str | None

    def grant(self, bounds: Mapping[str, Any], *, by: str) -> None: ...


class Registered(AggregateCreated):
    """Somebody registered the source. ``role`` and ``name`` are those of whoever granted the bounds."""

    TOPIC: ClassVar[str] = "source.registered.v1"

    source: str
    bounds: dict[str, Any]
    role: str
    name: str


class Changed(AggregateEvent):
    """Other bounds were granted; a grant that had ended is in force again."""

    TOPIC: ClassVar[str] = "source.changed.v1"

    bounds: dict[str, Any]
    role: str
    name: str

    def apply(self, aggregate: _Registered) -> None:
        aggregate.grant(self.bounds, by=self.name)
        aggregate.changed_at, aggregate.ended_at, aggregate.end_reason = self.timestamp, None, None


class Ended(AggregateEvent):
    """The grant ended: from now on the source may say nothing."""

    TOPIC: ClassVar[str] = "source.ended.v1"

    role: str
    name: str
    reason: str

    def apply(self, aggregate: _Registered) -> None:
        aggregate.changed_at = aggregate.ended_at = self.timestamp
        aggregate.end_reason = self.reason


_STORED: Final = (Registered, Changed, Ended)
TOPICS: Final = tuple(event.TOPIC for event in _STORED)
"""The topics of all events, as the ledger stores them."""
for _event in _STORED:
    register_topic(_event.TOPIC, _event)


class RegisteredSource(BaseAggregate[UUID]):
    """One source, by its CloudEvents ``source``."""

    TOPIC = "source"

    def __init__(self, source: str, bounds: dict[str, Any], role: str, name: str) -> None:  # noqa: ARG002 - the event's
        self.source = source
        self.registered_at = self.changed_at = self.created_on
        self.ended_at: datetime | None = None
        self.end_reason: str | None = None
        self.grant(bounds, by=name)

    def grant(self, bounds: Mapping[str, Any], *, by: str) -> None:
        """Set the bounds; for events only."""
        self.bounds: Bounds = BOUNDS.validate_python(bounds)
        self.granted_by = by

    @property
    def in_force(self) -> bool:
        return self.ended_at is None

    def change(self, bounds: Bounds, actor: Actor, *, at: datetime) -> None:
        """Grant these bounds instead; nothing happens where they are in force already."""
        _must_administer(actor)
        if bounds != self.bounds or not self.in_force:
            self._happen(Changed, actor, at, bounds=bounds_record(bounds))

    def end(self, reason: str, actor: Actor, *, at: datetime) -> None:
        """Raises :class:`NotEntitled`, or :class:`NotAllowed` where it has ended or no reason is given."""
        _must_administer(actor)
        if not self.in_force:
            raise NotAllowed("the source has ended already")
        if not reason.strip():
            raise NotAllowed("a reason must be given")
        if holds_number(reason):
            raise NotAllowed("a reason may not hold an ID number")
        self._happen(Ended, actor, at, reason=reason.strip())

    def _happen(self, event: type[AggregateEvent], actor: Actor, at: datetime, **given: Any) -> None:
        self.trigger_event(event, timestamp=at.astimezone(UTC), role=actor.role.value, name=actor.name, **given)


def register(source: str, bounds: Bounds, actor: Actor, *, at: datetime) -> RegisteredSource:
    """A new registration; raises :class:`NotEntitled`."""
    _must_administer(actor)
    return RegisteredSource._create(
        Registered,
        id=source_id(source),
        timestamp=at.astimezone(UTC),
        source=source,
        bounds=bounds_record(bounds),
        role=actor.role.value,
        name=actor.name,
    )


def _must_administer(actor: Actor) -> None:
    if not actor.may_administer:
        raise NotEntitled("only an operator registers sources")
