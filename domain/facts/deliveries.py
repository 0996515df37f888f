"""Deliveries 数据交付: a source states that it has sent everything of a kind for an area and a period."""

from calendar import monthrange
from datetime import date
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from domain.facts.fact import FactData, Key
from domain.identifiers import check_jurisdiction, jurisdiction_covers, significant_digits

DeliveryKind = Literal[
    "insurance-paid",
    "attendance-recorded",
    "registration-recorded",
    "certificate-issued",
    "safety-production-licence",
    "safety-assessment-b",
    "special-operations",
]
"""What can be closed. ``certificate-issued`` are the certificates of all kinds; the last three are one kind each."""
DELIVERY_KINDS: Final[tuple[DeliveryKind, ...]] = get_args(DeliveryKind)
BY_MONTH: Final = frozenset({"insurance-paid", "attendance-recorded"})
"""The kinds that are closed month by month. The others are registers: one is complete up to a day."""
CERTIFICATES: Final = frozenset({"safety-production-licence", "safety-assessment-b", "special-operations"})
"""The kinds of certificates that can be closed by themselves."""


def answering(kind: str) -> tuple[str, ...]:
    """The kinds whose closing answers a question about ``kind``."""
    return (kind, "certificate-issued") if kind in CERTIFICATES else (kind,)


def answered_by(kind: str) -> tuple[str, ...]:
    """The kinds about which a closing of ``kind`` answers questions."""
    return (kind, *sorted(CERTIFICATES)) if kind == "certificate-issued" else (kind,)


def place_of(area: str) -> str:
    """An area in one spelling: of a division code all six digits; the name of a pool as it is."""
    return area.ljust(6, "0") if is_division(area) else area


def places_around(place: str) -> tuple[str, ...]:
    """``place`` and the divisions that it lies in, the narrowest first; of a pool itself alone."""
    if not is_division(place):
        return (place,)
    digits = significant_digits(place)
    return tuple(digits[:length].ljust(6, "0") for length in range(len(digits), 0, -2))


def lies_in(area: str, place: str) -> bool:
    """Whether ``area`` is ``place``, or a division within it."""
    return area == place or (is_division(area) and is_division(place) and jurisdiction_covers(place, area))


def is_division(area: str) -> bool:
    """Whether an area is a division code; else it is the name of a pool."""
    return area.isascii() and area.isdigit()


def _checked_area(area: str) -> str:
    return check_jurisdiction(area) if is_division(area) else area


def _checked_period(period: str) -> str:
    try:
        date.fromisoformat(period if len(period) == 10 else f"{period}-01")
    except ValueError:
        raise PydanticCustomError("period", "a period is a month YYYY-MM or a day YYYY-MM-DD") from None
    return period


Area = Annotated[Key, AfterValidator(_checked_area)]
"""A division code of GB/T 2260, or the name of a pool 统筹区."""
Period = Annotated[str, StringConstraints(pattern=r"^(19|20|21)\d{2}-\d{2}(-\d{2})?$"), AfterValidator(_checked_period)]
"""A month ``YYYY-MM`` or a day ``YYYY-MM-DD``."""
_Count = Annotated[int, Field(ge=0, lt=2**63)]


def delivery_subject(delivery_id: str) -> str:
    """The subject of all that is said about one delivery."""
    return f"delivery:{delivery_id}"


class DeliveryClosed(FactData):
    """A delivery is complete 数据报送完毕: of this ``kind``, for this ``area`` and ``period``, this is all.

    The period of payments and of attendance is a month. A register is complete up to and including a
    day; a month stands for its last day. ``rows`` and ``people`` are what was delivered. With
    ``replaces`` an earlier delivery of the same source counts no more.
    """

    KIND = "delivery-closed"

    kind: DeliveryKind
    period: Period
    area: Area
    delivery_id: Key
    rows: _Count
    people: _Count | None = None
    replaces: Key | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind in BY_MONTH and len(self.period) != 7:
            raise PydanticCustomError("period", "the period of {kind} is a month YYYY-MM", {"kind": self.kind})
        return self

    @property
    def subjects(self) -> tuple[str, ...]:
        ids = (self.delivery_id,) if self.replaces is None else (self.delivery_id, self.replaces)
        return tuple(dict.fromkeys(map(delivery_subject, ids)))

    @property
    def place(self) -> str:
        """The area in one spelling."""
        return place_of(self.area)

    @property
    def through(self) -> str:
        """The month; of a register the last day that is covered."""
        if self.kind in BY_MONTH or len(self.period) == 10:
            return self.period
        return f"{self.period}-{monthrange(int(self.period[:4]), int(self.period[5:]))[1]}"
