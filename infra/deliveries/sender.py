"""A way for messages into the ledger, and what comes back of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken


@dataclass(frozen=True, slots=True)
class Refused:
    """``index`` counts the messages of one call. With ``partial`` all but what the errors name was recorded."""

    index: int
    quarantine_id: str | None
    errors: tuple[dict[str, str], ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``verdicts`` are those about the bids of openings among the messages, as a server answers them."""

    accepted: int
    duplicates: int
    rejected: tuple[Refused, ...]
    verdicts: tuple[dict[str, Any], ...] = ()


class Sender(Protocol):
    chunk: int
    """How many messages one call should carry."""

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        """Committed when it returns; as facts of that delivery, where it is one."""
        ...


class Recorder(Protocol):
    """Deliveries on record."""

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        """Record that a delivery begins, or what came of it."""
        ...


class DeliverySender(Sender, Recorder, Protocol):
    """Both: messages, and what delivery they are."""
