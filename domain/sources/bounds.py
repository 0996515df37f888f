"""The bounds of a source 数据源: which types it may send, about which areas, by which channel, and for how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, StringConstraints, TypeAdapter
from pydantic_core import PydanticCustomError

from domain.evidence.days import day_in_shanghai
from domain.facts.deliveries import is_division, lies_in, place_of
from domain.facts.fact import OWN_PREFIX, Key, OrgName
from domain.facts.messages import OUTSIDE
from domain.identifiers import check_jurisdiction

ALL: Final = "*"
"""Every type, or the whole country."""
SENDABLE: Final = tuple(data.KIND for data in OUTSIDE)
"""The kinds of messages that a source may be granted."""


def _source(uri: str) -> str:
    if uri.startswith(OWN_PREFIX):
        raise PydanticCustomError("reserved_source", "this source is the monitor's own")
    return uri


def _kind(kind: str) -> str:
    if kind != ALL and kind not in SENDABLE:
        raise PydanticCustomError("unknown_type", "no such message type")
    return kind


def _area(area: str) -> str:
    return check_jurisdiction(area) if is_division(area) else area


SourceUri = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_source)]
GrantedKind = Annotated[str, AfterValidator(_kind)]
"""A message type without prefix and version, or ``*``."""
GrantedArea = Annotated[Key, AfterValidator(_area)]
"""A GB/T 2260 prefix, the name of a pool, or ``*``."""


class Channel(StrEnum):
    """How messages come in."""

    ANY = "any"
    HTTP = "http"
    FILES = "files"
    KAFKA = "kafka"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one source may say.

    ``owner`` is the organisation that answers for it. The days are in Shanghai, both inclusive; None has no bound.
    ``corrects`` are other sources whose facts it may take back; its own it always may.
    """

    name: OrgName
    owner: OrgName
    types: tuple[GrantedKind, ...]
    areas: tuple[GrantedArea, ...]
    channel: Channel = Channel.ANY
    valid_from: date | None = None
    valid_to: date | None = None
    corrects: tuple[SourceUri, ...] = ()

    def allows_type(self, kind: str) -> bool:
        return ALL in self.types or kind in self.types

    @property
    def whole_country(self) -> bool:
        return ALL in self.areas

    def allows_area(self, area: str) -> bool:
        return self.whole_country or any(lies_in(place_of(area), place_of(granted)) for granted in self.areas)

    def allows_channel(self, channel: Channel) -> bool:
        return self.channel in (Channel.ANY, channel)

    def covers(self, moment: datetime) -> bool:
        """Whether the grant is in force on the day of ``moment``."""
        day = day_in_shanghai(moment)
        return (self.valid_from or day) <= day <= (self.valid_to or day)


BOUNDS: Final = TypeAdapter(Bounds)


def bounds_record(bounds: Bounds) -> dict[str, Any]:
    """As an event keeps them: plain JSON."""
    record: dict[str, Any] = BOUNDS.dump_python(bounds, mode="json")
    return record


def joined(one: Bounds, types: Iterable[str]) -> Bounds:
    """``one`` with ``types`` granted besides."""
    if ALL in one.types:
        return one
    granted = tuple(kind for kind in SENDABLE if kind in {*one.types, *types})
    return Bounds(one.name, one.owner, granted, one.areas, one.channel, one.valid_from, one.valid_to, one.corrects)
