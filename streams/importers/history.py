"""Marks what an importer yields as history: it will be recorded and judged, and pushed to nobody."""

from dataclasses import replace
from typing import Final

import msgspec

from streams.importers.record import Record, Source

_MARK: Final = b'{"history":"true",'
_NAME: Final = b'"history"'
_Attributes = dict[str, msgspec.Raw]


def marked(source: Source) -> Source:
    """The same records, with the mark in each message."""
    return replace(source, records=map(_marked, source.records))


def _marked(record: Record) -> Record:
    return record._replace(messages=tuple(map(as_history, record.messages)))


def as_history(message: bytes) -> bytes:
    """A message with the mark; what is no JSON object stays as it is, to be refused."""
    begun = message.lstrip()
    # A name that stands twice in an object would leave open which value counts.
    if _NAME not in message and begun.startswith(b"{") and not begun[1:].lstrip().startswith(b"}"):
        return _MARK + begun[1:]
    try:
        attributes = msgspec.json.decode(message, type=_Attributes)
    except (ValueError, RecursionError):
        return message
    return msgspec.json.encode({**attributes, "history": "true"})
