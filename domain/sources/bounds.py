"""The bounds of a source 数据源: which types it may send, about which areas, by which channel, and for how long."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
from domain.personal_data import holds_number

ALL: Final = "*"
"""Every type, or the whole country."""
SENDABLE: Final = tuple(data.KIND for data in OUTSIDE)
"""The kinds of messages that a source may be granted."""


def _of_nobody(text: str) -> str:
    """What the registry keeps stands in the ledger for ever."""
    if holds_number(text):
        raise PydanticCustomError("personal_data", "a registration may not hold an ID number")
    if "\0" in text:
        raise PydanticCustomError("characters", "a text holds no NUL character")
    return text


def _source(uri: str) -> str:
    if uri.startswith(OWN_PREFIX):
        raise PydanticCustomError("reserved_source", "this source is the monitor's own")
    return _of_nobody(uri)


def _kind(kind: str) -> str:
    if kind != ALL and kind not in SENDABLE:
        raise PydanticCustomError("unknown_type", "no such message type")
    return kind


def _area(area: str) -> str:
    return check_jurisdiction(area) if is_division(area) else area


Party = Annotated[OrgName, AfterValidator(_of_nobody)]
SourceUri = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_source)]
GrantedKind = Annotated[str, AfterValidator(_kind)]
"""A message type without prefix and version, or ``*``."""
GrantedArea = Annotated[Key, AfterValidator(_area)]
"""A GB/T 2260 prefix, the name of a pool, or ``*``."""


class Channel(StrEnum):
    """How messages come in."""

    ANY = "any"
    HTTP = "http"
    """Calls and files: a file that is imported while a server runs goes through it."""
    KAFKA = "kafka"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one source may say.

    ``owner`` is the organisation that answers for it. The days are in Shanghai, both inclusive; None has no bound.
    ``corrects`` are other sources whose facts it may take back; its own it always may. ``first_use``: nobody decided
    on this source; whoever owns the data folder used it first, while nobody had decided on any (:func:`is_open`).
    """

    name: Party
    owner: Party
    types: tuple[GrantedKind, ...]
    areas: tuple[GrantedArea, ...]
    channel: Channel = Channel.ANY
    valid_from: date | None = None
    valid_to: date | None = None
    corrects: tuple[SourceUri, ...] = ()
    first_use: bool = False

    def allows_type(self, kind: str) -> bool:
        return ALL in self.types or kind in self.types

    @property
    def whole_country(self) -> bool:
        return ALL in self.areas

    def allows_area(self, area: str) -> bool:
        return self.whole_country or any(lies_in(place_of(area), place_of(granted)) for granted in self.areas)

    def allows_channel(self, channel: Channel | None) -> bool:
        """Of a message that somebody sends again by hand the channel is ``ANY``; None is not known."""
        return Channel.ANY in (self.channel, channel) or self.channel is channel

    def covers(self, moment: datetime) -> bool:
        """Whether the grant is in force on the day of ``moment``."""
        day = day_in_shanghai(moment)
        return (self.valid_from or day) <= day <= (self.valid_to or day)


BOUNDS: Final = TypeAdapter(Bounds)
SOURCE_URI: Final[TypeAdapter[str]] = TypeAdapter(SourceUri)


def bounds_record(bounds: Bounds) -> dict[str, Any]:
    """As an event keeps them: plain JSON."""
    record: dict[str, Any] = BOUNDS.dump_python(bounds, mode="json")
    return record


def is_open(granted: Iterable[Bounds | None]) -> bool:
    """Whether the registry still takes in sources by their first use; None is a grant that was ended.

    It closes with the first decision that names a source.
    """
    return all(bounds is not None and bounds.first_use for bounds in granted)


def joined(one: Bounds, types: Iterable[str]) -> Bounds:
    """``one`` with ``types`` granted besides."""
    if ALL in one.types:
        return one
    granted = tuple(kind for kind in SENDABLE if kind in {*one.types, *types})
    return replace(one, types=granted)
