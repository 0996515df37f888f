"""A way for messages into the ledger, and what comes back of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from domain.sources.bounds import Bounds
from streams.node.commands import RegisterSource


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


class Registry(Protocol):
    """Which sources may say what, and granting them more."""

    async def in_force(self) -> dict[str, Bounds | None]:
        """The bounds of every source that was ever registered; None where its grant has ended."""
        ...

    async def register(self, command: RegisterSource) -> None: ...


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


class FolderSender(DeliverySender, Registry, Protocol):
    """Whoever may write the folder may grant too."""
