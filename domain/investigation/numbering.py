"""The numbers of investigations: one register for each office and year, without gaps.

A number is an event of the register that names the investigation, so there is no number without one. Whoever asks twice
for the same investigation is told the same number. A cluster keeps all registers in its first shard.
"""

from datetime import UTC, datetime
from typing import ClassVar, Final
from uuid import UUID, uuid5

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate
from eventsourcing.utils import register_topic

_REGISTERS: Final = UUID("9d0c9b4e-1c0d-5f35-8a2b-44e6f0b1d7c3")
"""The namespace of the ids of registers."""


def register_id(office: str, year: int) -> UUID:
    return uuid5(_REGISTERS, f"{office}/{year}")


class RegisterOpened(AggregateCreated):
    TOPIC: ClassVar[str] = "register.opened.v1"

    office: str
    year: int


class NumberGiven(AggregateEvent):
    """The next number was given to an investigation."""

    TOPIC: ClassVar[str] = "register.number-given.v1"

    investigation: str

    def apply(self, aggregate: "Register") -> None:
        aggregate.serials[self.investigation] = len(aggregate.serials) + 1


_STORED: Final = (RegisterOpened, NumberGiven)
TOPICS: Final = tuple(event.TOPIC for event in _STORED)
"""The topics of all events, as the ledger stores them."""
for _event in _STORED:
    register_topic(_event.TOPIC, _event)


class Register(BaseAggregate[UUID]):
    """The numbers of one office in one year; ``serials`` are 1, 2, 3 …, by investigation."""

    TOPIC = "register"

    def __init__(self, office: str, year: int) -> None:
        self.office = office
        self.year = year
        self.serials: dict[str, int] = {}

    def give(self, investigation: str, *, at: datetime) -> int:
        """The serial number of the investigation, given now unless it was before."""
        if investigation not in self.serials:
            self.trigger_event(NumberGiven, timestamp=at.astimezone(UTC), investigation=investigation)
        return self.serials[investigation]


def open_register(office: str, year: int, *, at: datetime) -> Register:
    return Register._create(
        RegisterOpened, id=register_id(office, year), timestamp=at.astimezone(UTC), office=office, year=year
    )
