"""CloudEvents over Kafka: a record in either content mode as a structured JSON message.

Kafka protocol binding 1.0.2. A record that cannot be read as an event is passed on as it
came, so that the intake refuses it, quarantine keeps it and a dead letter tells of it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from streams.cluster.topics import BULK_LINES
from streams.intake.envelope import (
    TooLargeEvent,
    TooManyEvents,
    UnreadableCall,
    from_batch,
    from_binary,
    structured,
)
from streams.intake.sizes import RECORD_BYTES

Headers = Sequence[tuple[str, bytes]]

CONTENT_TYPE: Final = "content-type"
STRUCTURED_TYPE: Final = b"application/cloudevents+json; charset=UTF-8"
BATCH_TYPE: Final = b"application/cloudevents-batch+json"
HEADER_PREFIX: Final = "ce_"
_STRUCTURED: Final = b"application/cloudevents"


def messages_of(headers: Headers, value: bytes | None) -> list[bytes]:
    """The events of one record: one, or those of a batch (``application/cloudevents-batch+json``)."""
    if value is not None and _content_type(headers).startswith(BATCH_TYPE):
        return _batch(value)
    return [message_of(headers, value)]


def message_of(headers: Headers, value: bytes | None) -> bytes:
    """The event of one record. A record without a value becomes an empty message, which intake refuses."""
    if value is None:
        return b""
    if _is_structured(headers):
        return structured(value)
    try:
        return from_binary(_as_http(headers), value)
    except UnreadableCall:
        return value


def messages_of_bulk(value: bytes | None) -> list[bytes]:
    """The events of one NDJSON record.

    What is empty or has too many lines is one message as it came, which intake refuses and quarantine keeps.
    """
    lines = [line for line in (value or b"").split(b"\n") if line.strip()]
    if not 1 <= len(lines) <= BULK_LINES:
        return [value or b""]
    return [structured(line.strip()) for line in lines]


def _batch(value: bytes) -> list[bytes]:
    """What is no array, is empty or has too many elements is one message, to be refused."""
    try:
        return from_batch(value, most=BULK_LINES, largest=RECORD_BYTES) or [value]
    except (UnreadableCall, TooManyEvents, TooLargeEvent):
        return [value]


def _content_type(headers: Headers) -> bytes:
    return next((value.strip().lower() for name, value in headers if name.lower() == CONTENT_TYPE), b"")


def _is_structured(headers: Headers) -> bool:
    """Told by the content type; a record with no header at all can only be structured."""
    content_type = _content_type(headers)
    if content_type:
        return content_type.startswith(_STRUCTURED)
    return not any(name.lower().startswith(HEADER_PREFIX) for name, _ in headers)


def _as_http(headers: Headers) -> Iterable[tuple[str, str]]:
    """As the HTTP binding writes them: Kafka's values are plain UTF-8, and not percent-encoded."""
    for name, value in headers:
        lowered = name.lower()
        if lowered == CONTENT_TYPE:
            yield lowered, value.decode("utf-8", "replace")
        elif lowered.startswith(HEADER_PREFIX):
            yield f"ce-{lowered.removeprefix(HEADER_PREFIX)}", _escaped(value.decode("utf-8", "replace"))


def _escaped(text: str) -> str:
    """Quote and percent-encode, so that decoding gives the same text."""
    escaped = text.replace("%", "%25")
    return escaped if not escaped.startswith('"') else f"%22{escaped[1:]}"
