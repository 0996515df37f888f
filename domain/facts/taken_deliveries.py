"""Deliveries 数据交付 as they were taken in: a file of one source and one kind, recorded by the monitor itself.

``delivery-begun`` stands in the ledger before the first fact of the file, ``delivery-taken`` behind the last one.
Where the second is missing, the delivery was interrupted, and goes on when the same file is taken again.
"""

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from domain.facts.deliveries import Area, Period
from domain.facts.fact import FactData, Key, Month, Text

DELIVERIES_SUBJECT: Final = "register:deliveries"
"""The subject under which all deliveries are indexed; there are few of them."""

_Count = Annotated[int, Field(ge=0, lt=2**63)]
_Part = Annotated[int, Field(ge=1, lt=2**31)]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Source = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class _OfDelivery(FactData):
    """``part`` counts the files of one delivery: its first one, then the rejected rows that were mended."""

    delivery_id: Key
    part: _Part
    source: _Source
    of_kind: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (DELIVERIES_SUBJECT,)


class DeliveryBegun(_OfDelivery):
    """``by`` began to hand in ``file``, which holds facts of the kind ``of_kind`` of ``source``.

    ``digest`` is the SHA-256 of the file, ``mapping`` that of the mapping it is read by. With ``area`` and
    ``period`` it is a snapshot 全量: what the source said of this kind, area and period before, and does not say
    here, counts no more. With ``replaces`` the same holds for another delivery.
    """

    KIND = "delivery-begun"

    file: Text
    digest: _Digest
    mapping: _Digest
    area: Area | None = None
    period: Period | None = None
    replaces: Key | None = None
    by: Text

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.area is None) != (self.period is None):
            raise PydanticCustomError("snapshot", "a snapshot has an area and a period")
        if self.replaces is not None and self.is_snapshot:
            raise PydanticCustomError("snapshot", "a snapshot replaces by its area and period")
        return self

    @property
    def is_snapshot(self) -> bool:
        return self.period is not None


class DeliveryTaken(_OfDelivery):
    """All of the file is recorded, and this is what came of it.

    ``rows`` is the sum of ``accepted``, ``duplicates`` and ``rejected``; of the accepted and the duplicates,
    ``partial`` could not be read in part. ``retracted`` counts the facts that the delivery took back. ``people``,
    ``employers`` and ``months`` are those that the file names, recorded or not.
    """

    KIND = "delivery-taken"

    rows: _Count
    accepted: _Count
    duplicates: _Count
    rejected: _Count
    partial: _Count = 0
    retracted: _Count = 0
    people: _Count
    employers: _Count
    months: tuple[Month, ...] = ()
