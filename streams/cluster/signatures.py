"""What one shard sends to another bears a signature of the installation: whoever else may write to the topic has none.

The signature binds the message to its partition, key and delivery, so that a message cannot be brought to another
shard. One that is sent again changes nothing, because a fact is recorded once.
"""

import hmac
from typing import Final, Protocol

import msgspec

from streams.cluster.cloudevents_kafka import Headers
from streams.cluster.delivery import Delivery
from streams.intake.prepared import FieldError
from streams.intake.refusals import NOT_PERMITTED

SIGNATURE: Final = "signature"
DELIVERY_ID: Final = "delivery-id"
"""The delivery by which a fact came, as the ledger names it."""
NOT_SIGNED: Final = FieldError("", NOT_PERMITTED, "this installation has not signed the message")


class Signing(Protocol):
    """The vault, as far as signatures need it."""

    def signature(self, content: bytes) -> bytes:
        """Equal for equal content, and known to nobody without the keys."""
        ...


class Signatures:
    """Signs what is sent between shards, and knows what was signed."""

    def __init__(self, signing: Signing) -> None:
        self._signing = signing

    def header(
        self, topic: str, partition: int, key: bytes | None, headers: Headers, value: bytes | None
    ) -> tuple[str, bytes]:
        """The header to send with a record; ``headers`` are its others."""
        told = [topic, partition, key or b"", delivery_id(headers) or "", value or b""]
        return SIGNATURE, self._signing.signature(msgspec.msgpack.encode(told))

    def is_ours(self, record: Delivery) -> bool:
        """Whether this installation sent the record there."""
        borne = next((value for name, value in record.headers if name == SIGNATURE), b"")
        others = tuple(header for header in record.headers if header[0] != SIGNATURE)
        _, due = self.header(record.topic.name, record.partition, record.key, others, record.value)
        return hmac.compare_digest(borne or b"", due)


def delivery_id(headers: Headers) -> str | None:
    named = next((value for name, value in headers if name == DELIVERY_ID), None)
    return named.decode("utf-8", "replace") if named is not None else None
