"""A way for messages into the ledger, and what comes back of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Refused:
    """``index`` counts the messages of one call."""

    index: int
    quarantine_id: str | None
    errors: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    accepted: int
    duplicates: int
    rejected: tuple[Refused, ...]


class Sender(Protocol):
    chunk: int
    """How many messages one call should carry."""

    async def send(self, messages: Sequence[bytes]) -> Answer:
        """Committed when it returns."""
        ...
