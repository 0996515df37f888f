"""CloudEvents 1.0 over HTTP: every form of a call becomes single structured JSON messages.

Structured, binary (`ce-*` headers), batch and NDJSON. What cannot be read as *one* event
is passed on as it came, so that the intake refuses it and the quarantine keeps it; only a
call whose boundaries between events are lost is refused here as a whole.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from domain.errors import MonitorError
from streams.intake.json_array import NotAnArray, TooLargeElement, elements

HEADER_PREFIX = "ce-"
_NAME = re.compile(r"[a-z0-9]{1,40}")
_UNSAID = ("", "application/x-www-form-urlencoded")
"""What clients send that were told no type of the data: nothing, or what Java and curl put there themselves."""
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_QUOTED_PAIR = re.compile(r"\\(.)")
_ENCODED_DATA = b'"data_base64"'
_BLANKS = b" \t\r\n"
_LINE = re.compile(rb"[^ \t\r\n][^\n]*")
"""What is not blank, to the end of its line: millions of blank lines are passed over at once."""


class Form(StrEnum):
    STRUCTURED = "application/cloudevents+json"
    BATCH = "application/cloudevents-batch+json"
    NDJSON = "application/x-ndjson"
    BINARY = "application/json"


class UnreadableCall(MonitorError):
    """The call as a whole cannot be read; ``code`` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnsupportedForm(MonitorError):
    """No CloudEvents form is known for this content type or charset."""


class TooManyEvents(MonitorError):
    """A batch holds more events than one call may carry."""


class TooLargeEvent(MonitorError):
    """One event of the call is larger than an event may be."""


def form_of(headers: Mapping[str, str]) -> Form:
    """The form a call is in, told by its headers; raises :class:`UnsupportedForm`.

    Header names are compared without regard to case by the mapping that is passed in.
    """
    media, charset = _media_type(headers.get("Content-Type", ""))
    if charset not in _UTF8:
        raise UnsupportedForm("the body must be UTF-8")
    if media in (Form.STRUCTURED, Form.BATCH, Form.NDJSON):
        return Form(media)
    if media.startswith("application/cloudevents"):
        raise UnsupportedForm("of the structured formats only JSON is understood")
    if not any(name.lower().startswith(HEADER_PREFIX) for name in headers):
        raise UnsupportedForm("not one of the CloudEvents forms: structured, batch, NDJSON, or binary with ce- headers")
    if media not in (Form.BINARY, *_UNSAID) and not media.endswith("+json"):
        raise UnsupportedForm("the data of an event must be JSON")
    return Form.BINARY


def structured(body: bytes) -> bytes:
    """One event in structured mode, its data made plain where it came as base64."""
    return _with_plain_data(body) if _ENCODED_DATA in body else body


def from_binary(headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """One event in binary mode as a structured message.

    A body that is no JSON becomes a string, which no fact accepts: nothing is lost.
    Raises :class:`UnreadableCall` for a header that is given twice or cannot be a name.
    """
    attributes = _attributes(headers)
    try:
        # Checked before it is spliced in: text that closes the object early could forge attributes.
        msgspec.json.decode(body, type=msgspec.Raw)
        data = body.decode("utf-8")
    except (ValueError, RecursionError):
        data = json.dumps(body.decode("utf-8", "replace"))
    opening = json.dumps(attributes, ensure_ascii=False)[:-1]
    return f'{opening}{", " if attributes else ""}"data": {data}}}'.encode()


def from_batch(body: bytes | bytearray, *, most: int, largest: int) -> list[bytes]:
    """The events of a batch, each in the bytes it was sent in.

    Raises :class:`UnreadableCall`, :class:`TooManyEvents` (more than ``most``) or
    :class:`TooLargeEvent` (one above ``largest`` bytes).
    """
    messages: list[bytes] = []
    try:
        for part in elements(body, largest=largest):
            if len(messages) == most:
                raise TooManyEvents
            messages.append(structured(part))
    except NotAnArray as error:
        raise UnreadableCall("unreadable", "the body is not a JSON array of events") from error
    except TooLargeElement as error:
        raise TooLargeEvent from error
    if any(len(message) > largest for message in messages):
        raise TooLargeEvent
    return messages


class Lines:
    """Cuts a stream of bytes into the events of an NDJSON call; blank lines are no events."""

    def __init__(self, *, largest: int) -> None:
        self._largest = largest
        self._rest: list[bytes] = []
        self._size = 0
        self._blank = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The events that ``chunk`` completes.

        Raises :class:`TooLargeEvent` for an event above ``largest`` bytes, and for as many blank ones in a row.
        """
        complete, line_break, rest = chunk.rpartition(b"\n")
        if line_break:
            yield from self._complete(b"".join((*self._rest, complete)))
            self._rest, self._size = [], 0
        if not self._rest:
            begun = rest.lstrip(_BLANKS)
            self._pass_blanks(len(rest) - len(begun))
            rest = begun
        self._keep(rest)

    def close(self) -> Iterator[bytes]:
        """The last event, where the stream does not end with a line break."""
        rest, self._rest = b"".join(self._rest), []
        yield from self._event(rest)

    def _complete(self, lines: bytes) -> Iterator[bytes]:
        end = 0
        for found in _LINE.finditer(lines):
            self._pass_blanks(found.start() - end)
            yield from self._event(found.group())
            end, self._blank = found.end(), 0
        self._pass_blanks(len(lines) - end + 1)

    def _keep(self, rest: bytes) -> None:
        self._size += len(rest)
        if self._size > self._largest:
            raise TooLargeEvent
        if rest:
            self._rest.append(rest)

    def _pass_blanks(self, number: int) -> None:
        """A stream of nothing but blank lines would be read for ever, and compressed it costs the sender nothing."""
        self._blank += number
        if self._blank > self._largest:
            raise TooLargeEvent

    def _event(self, line: bytes) -> Iterator[bytes]:
        line = line.strip(_BLANKS)
        if len(line) > self._largest:
            raise TooLargeEvent
        if line:
            yield structured(line)


def _media_type(content_type: str) -> tuple[str, str]:
    """``(media type, charset)`` in lower case; the charset of JSON is UTF-8 unless said otherwise."""
    parsed = Message()
    parsed["Content-Type"] = content_type
    charset = parsed.get_param("charset")
    named = charset if isinstance(charset, str) else "utf-8"
    media = content_type.split(";", 1)[0].strip().lower()
    return ("application/x-ndjson" if media == "application/ndjson" else media), named.strip().lower()


def _attributes(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for header, value in headers:
        name = _attribute_name(header.lower())
        if name is None:
            continue
        if name in attributes:
            raise UnreadableCall("attribute_twice", "a ce- header is given twice")
        if name == "datacontenttype":
            if _media_type(value)[0] not in _UNSAID:
                attributes[name] = value
        else:
            attributes[name] = _header_text(value)
    return attributes


def _attribute_name(header: str) -> str | None:
    """The attribute a header carries; the content type is told by its own header only."""
    if header == "content-type":
        return "datacontenttype"
    if not header.startswith(HEADER_PREFIX) or header == "ce-datacontenttype":
        return None
    name = header.removeprefix(HEADER_PREFIX)
    if name == "data" or not _NAME.fullmatch(name):
        raise UnreadableCall("attribute_name", "a ce- header does not carry an attribute name")
    return name


def _header_text(value: str) -> str:
    """A header value decoded as the HTTP binding says (§3.1.3.2): unquoted, then percent-decoded."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = _QUOTED_PAIR.sub(r"\1", value[1:-1])
    return unquote_to_bytes(value.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")


def _with_plain_data(message: bytes) -> bytes:
    """``data_base64`` holding JSON becomes ``data``; anything else stays as it is, to be refused."""
    try:
        event = msgspec.json.decode(message, type=dict[str, msgspec.Raw])
        if "data" in event:
            return message
        encoded = msgspec.json.decode(event.pop("data_base64"), type=bytes)
        msgspec.json.decode(encoded, type=msgspec.Raw)
        plain: dict[str, Any] = {**event, "data": msgspec.Raw(encoded)}
        return msgspec.json.encode(plain)
    except (KeyError, ValueError, RecursionError):
        return message
