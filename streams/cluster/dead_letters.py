"""Dead letters: a record that did not get in, byte for byte, with the reason and where it came from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from alerts.outbox import Outbox, Outgoing
from streams.cluster.delivery import Delivery
from streams.cluster.topics import DEAD_LETTERS
from streams.intake.prepared import Refusal

PREFIX: Final = "ce_dlq"


class DeadLetters:
    """Puts them into the outbox, sealed: they are as personal as what was sent."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def put(self, connection: Connection, refused: Sequence[tuple[Delivery, Refusal]], at: datetime) -> None:
        """One letter for each record, however many of its events were refused."""
        letters: dict[tuple[int, int], Outgoing] = {}
        for delivery, refusal in refused:
            letters.setdefault((delivery.partition, delivery.offset), dead_letter(delivery, refusal))
        self._outbox.put(connection, letters.values(), at)


def dead_letter(delivery: Delivery, refusal: Refusal) -> Outgoing:
    """The record as it came; the headers tell the code of the first error, never a value."""
    kept = [(name, value) for name, value in delivery.headers if not name.startswith(PREFIX)]
    told = {
        "reason": refusal.errors[0].code,
        "topic": delivery.topic.name,
        "partition": str(delivery.partition),
        "offset": str(delivery.offset),
    }
    headers = (*kept, *((f"{PREFIX}{name}", value.encode()) for name, value in told.items()))
    return Outgoing(DEAD_LETTERS.name, delivery.key, delivery.value, headers, personal=True)
