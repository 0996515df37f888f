"""What a delivery 数据交付 may differ from the source's last one before somebody must look at it.

A file that was cut off half way looks like any other file, and a snapshot of it would take back half a city.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Bound(StrEnum):
    """What was out of bounds."""

    ROWS = "rows"
    PEOPLE = "people"
    EMPLOYERS = "employers"
    MONTHS = "months"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: ``rows`` in all, of which ``rejected``; the rest names so many people and employers."""

    rows: int
    people: int
    employers: int
    months: tuple[str, ...]
    rejected: int = 0


class DeliveryBounds(BaseModel):
    """In percent: how much fewer rows, people, employers and months may be there than the last time, how much of
    what stands a delivery may take back, and how many of its rows may be rejected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fewer_percent: int = Field(default=10, ge=0, le=100)
    rejected_percent: int = Field(default=10, ge=0, le=100)


@dataclass(frozen=True, slots=True)
class Breach:
    """``count`` of ``of``: so many fewer than before, so many taken back of what stands, so many rejected rows."""

    bound: Bound
    count: int
    of: int

    @property
    def percent(self) -> int:
        """Rounded up, so that what is out of bounds never looks as if it were not."""
        return -(-self.count * 100 // self.of) if self.of else 100


def breaches(content: Content, before: Content | None, bounds: DeliveryBounds) -> Iterator[Breach]:
    """Where ``content`` is out of bounds, compared with the last delivery ``before``; None where it is the first."""
    if before is not None:
        for bound, now, then in (
            (Bound.ROWS, content.rows, before.rows),
            (Bound.PEOPLE, content.people, before.people),
            (Bound.EMPLOYERS, content.employers, before.employers),
            (Bound.MONTHS, len(content.months), len(before.months)),
        ):
            if (then - now) * 100 > then * bounds.fewer_percent:
                yield Breach(bound, then - now, then)
    if content.rejected * 100 > content.rows * bounds.rejected_percent:
        yield Breach(Bound.REJECTED, content.rejected, content.rows)


def retraction_breach(gone: int, stood: int, bounds: DeliveryBounds) -> Breach | None:
    """Where a delivery would take back more than it may of the ``stood`` facts that it replaces."""
    return Breach(Bound.RETRACTED, gone, stood) if gone * 100 > stood * bounds.fewer_percent else None
