"""Why a message is refused: field, code and reason, and never the value."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain.facts.fact import OWN_PREFIX, Fact, FactData
from domain.facts.messages import MESSAGES
from domain.personal_data import People
from streams.intake.free_text import PERSONAL, faults_in_texts, shown_key
from streams.intake.prepared import FieldError
from streams.intake.sizes import MESSAGE_BYTES, PREPARED_BYTES
from streams.intake.unknown_fields import UNKNOWN
from streams.intake.unread_parts import at, parts_with, text_of

NUL: Final = b"\\u0000"
"""As JSON writes it."""
UNREADABLE: Final = FieldError("", "unreadable", "the message is not readable as JSON")
TOO_LARGE: Final = FieldError("", "too_large", f"a message may have {MESSAGE_BYTES:,} bytes")

_SAID_NOTHING: Final = "the field is needed, and the source wrote a sign for nothing, such as / or 无"
NOT_PERMITTED: Final = "not_permitted"
"""The message is sound, and nobody has granted its source to say it."""
_CHARACTERS: Final = "characters"
_NUL_TEXT: Final = "a text holds no NUL character"
_UNION_FIELDS: Final = frozenset({"holder", "subject"})
"""Fields that hold an organisation or a person."""
_OURS: Final = frozenset({"recordedat", "submittedby", "deliveryid", "subjectkeys", UNKNOWN})
"""Attributes that the monitor adds to what a source said."""


def reasons_to_refuse(
    fact: Fact[FactData],
    message: dict[str, Any],
    state: bytes,
    allowed_source: str | None,
    people: People,
) -> list[FieldError]:
    """The reasons to refuse a message that its model accepts.

    ``state`` is what the ledger would keep, unknown fields included; ``people`` are those whom it names.
    """
    return (
        _refused(fact, message, allowed_source)
        or faults_in_texts(message, people)
        or _nul_characters(message, state)
        or _outgrown(message, state)
    )


def field_errors(error: ValidationError, emptied: frozenset[str] = frozenset()) -> list[FieldError]:
    """What pydantic found wrong, without the values, which may be personal.

    ``emptied`` are the fields that held a sign for nothing.
    """
    details = error.errors(include_url=False, include_context=False, include_input=False)
    found = [_field_error(detail) for detail in details]
    return [replace(each, message=_SAID_NOTHING) if each.field in emptied else each for each in found]


def faults_in_parts(message: dict[str, Any], people: People) -> Iterator[FieldError]:
    """What must not be recorded and stands in a part that may be taken out."""
    for path in parts_with(message, lambda part: bool(faults_in_texts(part, people))):
        yield replace(faults_in_texts(at(message, path), people)[0], field=text_of(path))
    for path in parts_with(message, lambda part: NUL in msgspec.json.encode(part)):
        yield FieldError(text_of(path), _CHARACTERS, _NUL_TEXT)


def may_lie_in_parts(errors: Iterable[FieldError]) -> bool:
    """Whether all errors are of the kind that :func:`faults_in_parts` finds."""
    return all(error.code in (PERSONAL, _CHARACTERS) for error in errors)


def _refused(fact: Fact[FactData], message: dict[str, Any], allowed_source: str | None) -> list[FieldError]:
    if allowed_source is not None and fact.source != allowed_source:
        return [FieldError("source", "foreign_source", "the token speaks for another source")]
    if fact.source.startswith(OWN_PREFIX):
        return [FieldError("source", "reserved_source", "this source is the monitor's own")]
    if not _OURS.isdisjoint(message):
        return [FieldError(min(_OURS & message.keys()), "reserved_attribute", "this attribute is the monitor's own")]
    return []


def _nul_characters(message: dict[str, Any], state: bytes) -> list[FieldError]:
    """PostgreSQL keeps no NUL in a text: one would hold up every message of its batch."""
    if NUL not in state:
        return []
    return [FieldError(field, _CHARACTERS, _NUL_TEXT) for field in _fields_with_nul(message)]


def _outgrown(message: dict[str, Any], state: bytes) -> list[FieldError]:
    """Refuse what is too large to be sent to another shard, before it is recorded here."""
    if len(state) <= PREPARED_BYTES:
        return []
    said = f"with pseudonyms for persons the message has {len(state):,} bytes; it may have {PREPARED_BYTES:,}"
    return [FieldError(_largest_field(message), "prepared_too_large", said)]


def _largest_field(message: dict[str, Any]) -> str:
    """The path to what takes most room, through objects but not into a list."""
    path: list[str] = []
    value: Any = message
    while isinstance(value, dict) and value:
        name = max(value, key=lambda name: len(msgspec.json.encode(value[name])))
        path.append(shown_key(name))
        value = value[name]
    return ".".join(path)


def _fields_with_nul(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, str) and "\0" in value:
        yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields_with_nul(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                yield path
            part = shown_key(key)
            yield from _fields_with_nul(item, f"{path}.{part}" if path else part)


def _field_error(detail: ErrorDetails) -> FieldError:
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return FieldError(_field(detail["loc"], "type"), "unknown_type", "this message type is not known")
    return FieldError(_field(detail["loc"]), detail["type"], detail["msg"])


def _field(location: tuple[int | str, ...], *last: str) -> str:
    """``data.bids[0].lead.person.id_number``; which model a union chose is left out."""
    path = ""
    before: int | str = ""
    for part in (*location, *last):
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in MESSAGES and before not in _UNION_FIELDS:
            path += f".{part}" if path else part
        before = part
    return path
