"""What a console says with a record that it hands in for somebody: for whom, as what delivery, and who waits.

It is sealed in a header, for this value alone: whoever else may write to the topics cannot say it.
"""

from hashlib import sha256
from typing import Final, Protocol

import msgspec
from sqlalchemy import Connection

from streams.cluster.cloudevents_kafka import Headers
from streams.cluster.delivery import Delivery
from streams.node.node import IngestReceipt

HANDED_IN: Final = "handed-in"


class HandedInFor(msgspec.Struct, frozen=True):
    """``by`` hands it in, who may speak for ``allowed_source`` alone; whoever waits looks for ``answer_id``."""

    answer_id: str
    delivery_id: str
    by: str | None = None
    allowed_source: str | None = None


class Sealing(Protocol):
    """The vault, as far as headers need it."""

    def seal(self, content: bytes, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> bytes: ...


class Answering(Protocol):
    """Knows which records somebody waits for, and tells what became of them."""

    def waits(self, delivery: Delivery) -> HandedInFor | None:
        """None where nobody waits for the record, as for all that come from outside."""
        ...

    def answer(self, connection: Connection, answer_id: str, receipt: IngestReceipt) -> None:
        """In the transaction that records it."""
        ...


class NobodyWaits:
    """Where no console hands in."""

    def waits(self, delivery: Delivery) -> HandedInFor | None:  # noqa: ARG002 - the interface
        return None

    def answer(self, connection: Connection, answer_id: str, receipt: IngestReceipt) -> None:
        """Nobody asked."""


_decode: Final = msgspec.json.Decoder(HandedInFor).decode


def sealed_header(said: HandedInFor, value: bytes, sealing: Sealing) -> tuple[str, bytes]:
    """The header of a record with this ``value``."""
    return HANDED_IN, sealing.seal(msgspec.json.encode(said), _purpose(value))


def opened_header(headers: Headers, value: bytes | None, sealing: Sealing) -> HandedInFor | None:
    """None where there is none; raises what ``sealing`` raises, and msgspec's errors, where it is not one of ours."""
    sealed = next((text for name, text in headers if name == HANDED_IN), None)
    return None if sealed is None else _decode(sealing.open(sealed, _purpose(value or b"")))


def _purpose(value: bytes) -> str:
    return f"{HANDED_IN}:{sha256(value).hexdigest()}"
