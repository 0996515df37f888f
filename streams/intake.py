"""From message bytes to what the shard can commit: checked, pseudonymised, keyed.

A pure step: no database, no clock. It may run in another process than the shard
(:mod:`streams.intake_pool`), so everything it returns is plain bytes, strings and arrays.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from domain.facts import INSIDE_PREFIX, KINDS, MESSAGES, OUTSIDE, any_message
from domain.facts.corrections import FactCorrected
from domain.facts.fact import DoorPerson, Fact, FactData, Person
from domain.identifiers import identity_text
from projections.subject_index import key_of
from streams.id_numbers import ID_NUMBER, holds_id_number

FOLLOW_UP_SOURCE: Final = f"{INSIDE_PREFIX}follow-ups"
"""The source of what the monitor derives; no outside source may use it."""
MAX_MESSAGE_BYTES: Final = 1_000_000

_MESSAGE: Final[Any] = any_message(OUTSIDE)
_OUTSIDE: Final[TypeAdapter[Any]] = TypeAdapter(_MESSAGE)
_OUTSIDE_LIST: Final[TypeAdapter[Any]] = TypeAdapter(list[_MESSAGE])
_KIND_CODES: Final = {kind: code for code, kind in enumerate(KINDS)}
_UNION_FIELDS: Final = frozenset({"holder", "subject"})
"""Fields that hold an organisation or a person."""
_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_OURS: Final = frozenset({"recordedat", "subjectkeys"})
"""Attributes that the monitor adds to what a source said."""
_NUL: Final = b"\\u0000"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: ``code`` for programs, ``message`` for people; never the value."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that did not get in, with its place in the call and its bytes for quarantine."""

    index: int
    id: str | None
    source: str | None
    errors: tuple[FieldError, ...]
    raw: bytes


def as_said(state: bytes) -> bytes:
    """A prepared state without the keys, which are ours and may be computed otherwise one day."""
    return b"{" + state.partition(b'",')[2]


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """Facts as columns; row ``i`` of each belongs to the message at ``indices[i]`` of the call.

    ``states`` are what the ledger keeps, but for the moment of recording. ``subject_keys[j]`` is
    a 64-bit subject key of the fact in row ``subject_rows[j]``, and stands in its state too;
    ``identities`` are sealed rows for the identity vault.
    """

    indices: list[int]
    sources: list[str]
    ids: list[str]
    kinds: np.ndarray[Any, np.dtype[np.uint8]]
    states: list[bytes]
    seen_keys: np.ndarray[Any, np.dtype[np.uint64]]
    subject_keys: np.ndarray[Any, np.dtype[np.uint64]]
    subject_rows: np.ndarray[Any, np.dtype[np.int64]]
    identities: list[tuple[str, str, bytes]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> "PreparedBatch":
        """The rows where ``mask`` holds, without identities and refusals."""
        rows = np.flatnonzero(mask).tolist()
        renumbered = np.cumsum(mask) - 1
        kept = mask[self.subject_rows]
        return PreparedBatch(
            indices=[self.indices[row] for row in rows],
            sources=[self.sources[row] for row in rows],
            ids=[self.ids[row] for row in rows],
            kinds=self.kinds[mask],
            states=[self.states[row] for row in rows],
            seen_keys=self.seen_keys[mask],
            subject_keys=self.subject_keys[kept],
            subject_rows=renumbered[self.subject_rows[kept]].astype(np.int64),
        )


class Pseudonymiser(Protocol):
    """The identity vault's side of the door."""

    def __call__(self, identity: str, name: str, extra: dict[str, Any]) -> tuple[str, str]:
        """``(person_id, name_key)`` of an identity text and a name."""
        ...

    def person_id(self, identity: str) -> str:
        """The ``person_id`` of an identity text alone."""
        ...

    def drain(self) -> list[tuple[str, str, bytes]]:
        """The sealed identities met since the last call, as rows for the vault."""
        ...


class Intake:
    """Prepares messages; one instance per process (it remembers who has been seen)."""

    def __init__(self, pseudonymiser: Pseudonymiser, *, remembered: int = 50_000) -> None:
        self._pseudonymiser = pseudonymiser
        self._known: dict[tuple[Any, ...], Person] = {}
        self._remembered = remembered

    def identify(self, person: dict[str, Any]) -> Person:
        """The pseudonym of a door person: see :class:`domain.facts.fact.Door`."""
        key = (*person.items(),) if len(person) <= 3 else None
        try:
            known = self._known.get(key) if key else None
        except TypeError:
            known = key = None
        if known is None:
            parsed = DoorPerson.model_validate(person)
            person_id, name_key = self._pseudonymiser(parsed.identity, parsed.name, dict(parsed.model_extra or {}))
            known = Person(person_id=person_id, name_key=name_key)
            if key:
                if len(self._known) >= self._remembered:
                    self._known.clear()
                self._known[key] = known
        return known

    def prepare(self, messages: Sequence[bytes], *, allowed_source: str | None = None) -> PreparedBatch:
        """Check, pseudonymise and key ``messages``, each one structured CloudEvent as JSON.

        ``allowed_source`` is the only source the caller may speak for; None allows any.
        """
        rows = _Rows()
        try:
            decoded = [_decode(raw) for raw in messages]
            facts = _OUTSIDE_LIST.validate_python(decoded, context=self)
        except (*_UNREADABLE, ValidationError):
            for index, raw in enumerate(messages):
                self._prepare_one(rows, index, raw, allowed_source)
        else:
            for index, (fact, message) in enumerate(zip(facts, decoded, strict=True)):
                self._admit(rows, index, fact, message, messages[index], allowed_source)
        return rows.batch(self._pseudonymiser.drain())

    def _prepare_one(self, rows: "_Rows", index: int, raw: bytes, allowed_source: str | None) -> None:
        message: Any = None
        try:
            message = _decode(raw)
            fact = _OUTSIDE.validate_python(message, context=self)
        except _UNREADABLE:
            rows.refuse(index, None, raw, [FieldError("", "unreadable", "the message is not readable as JSON")])
        except ValidationError as error:
            rows.refuse(index, message, raw, field_errors(error))
        else:
            self._admit(rows, index, fact, message, raw, allowed_source)

    def _admit(
        self,
        rows: "_Rows",
        index: int,
        fact: Fact[FactData],
        message: dict[str, Any],
        raw: bytes,
        allowed_source: str | None,
    ) -> None:
        if len(raw) > MAX_MESSAGE_BYTES:
            rows.refuse(index, message, raw, [FieldError("", "too_large", "a message may have 1,000,000 bytes")])
            return
        self._hide_id_numbers(message["data"])
        state = _encode(message)
        errors = _refused(fact, message, allowed_source) or _personal_data(state) or _nul_characters(message, state)
        if errors:
            rows.refuse(index, message, raw, errors)
        else:
            rows.add(index, fact.source, fact.id, fact.data, state)

    def _hide_id_numbers(self, data: dict[str, Any]) -> None:
        """Numbers of special-operations certificates are T and the holder's ID number: keep a pseudonym of it."""
        for certificate in _certificates_among(data):
            number = certificate.get("certificate_no")
            if isinstance(number, str) and holds_id_number(number.encode("utf-8", "replace")):
                certificate["certificate_no"] = ID_NUMBER.sub(self._pseudonym_of, number.encode()).decode()

    def _pseudonym_of(self, number: re.Match[bytes]) -> bytes:
        identity = identity_text(1, number.group().decode().upper())
        return self._pseudonymiser.person_id(identity)[:32].encode()


def _certificates_among(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Data that may name a certificate: a fact's own, and a correction's replacement."""
    replacement = data.get("replacement")
    return [data, replacement["data"]] if isinstance(replacement, dict) else [data]


def prepare_inside(facts: Iterable[tuple[str, str, FactData, dict[str, Any]]]) -> PreparedBatch:
    """The monitor's own facts: ``(source, id, data, attributes)``, attributes with at least ``time``."""
    rows = _Rows()
    for index, (source, id, data, attributes) in enumerate(facts):
        message = {
            "specversion": "1.0",
            "source": source,
            "id": id,
            "type": data.type_name(),
            **attributes,
            "data": data.model_dump(mode="json", exclude_none=True),
        }
        rows.add(index, source, id, data, _encode(message))
    return rows.batch([])


def seen_key(source: str, id: str) -> int:
    """64-bit key of a message's identity."""
    return key_of(f"{source}\0{id}")


def field_errors(error: ValidationError) -> list[FieldError]:
    """What pydantic found, without what it found it in."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return [_field_error(detail) for detail in details[:50]]


def _refused(fact: Fact[FactData], message: dict[str, Any], allowed_source: str | None) -> list[FieldError]:
    if allowed_source is not None and fact.source != allowed_source:
        return [FieldError("source", "foreign_source", "the token speaks for another source")]
    if fact.source.startswith(INSIDE_PREFIX):
        return [FieldError("source", "reserved_source", "this source is the monitor's own")]
    if not _OURS.isdisjoint(message):
        return [FieldError(min(_OURS & message.keys()), "reserved_attribute", "this attribute is the monitor's own")]
    if isinstance(fact.data, FactCorrected) and fact.data.retracts.source != fact.source:
        return [FieldError("data.retracts.source", "foreign_source", "a source corrects only what it said itself")]
    return []


def _personal_data(state: bytes) -> list[FieldError]:
    """An ID number in a field that is not a person's would enter the ledger: refuse it."""
    if holds_id_number(state):
        return [FieldError("data", "personal_data", "an ID number stands outside a person's id_number field")]
    return []


def _nul_characters(message: dict[str, Any], state: bytes) -> list[FieldError]:
    """PostgreSQL keeps no NUL in a text: one would hold up every message of its batch."""
    if _NUL not in state:
        return []
    return [FieldError(field, "characters", "a text holds no NUL character") for field in _fields_with_nul(message)]


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
            # A key that is no field name may be anything, also somebody's name.
            part = key if key.isascii() and key.isidentifier() else "?"
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


_HEX: Final = "{:016x}".format


@lru_cache(maxsize=50_000)
def subject_key(subject: str) -> int:
    return key_of(subject)


class _Rows:
    """Columns while they grow."""

    def __init__(self) -> None:
        self.indices: list[int] = []
        self.sources: list[str] = []
        self.ids: list[str] = []
        self.kinds: list[int] = []
        self.states: list[bytes] = []
        self.seen: list[int] = []
        self.subjects: list[int] = []
        self.subject_rows: list[int] = []
        self.refusals: list[Refusal] = []

    def add(self, index: int, source: str, id: str, data: FactData, state: bytes) -> None:
        row = len(self.ids)
        self.indices.append(index)
        self.sources.append(source)
        self.ids.append(id)
        self.kinds.append(_KIND_CODES[data.KIND])
        self.seen.append(seen_key(source, id))
        keys = [subject_key(subject) for subject in data.subjects]
        self.subjects += keys
        self.subject_rows += [row] * len(keys)
        self.states.append(b'{"subjectkeys":"%s",%s' % (",".join(map(_HEX, keys)).encode(), state[1:]))

    def refuse(self, index: int, message: Any, raw: bytes, errors: Sequence[FieldError]) -> None:
        attributes = message if isinstance(message, dict) else {}
        self.refusals.append(
            Refusal(index, _text(attributes.get("id")), _text(attributes.get("source")), tuple(errors), raw)
        )

    def batch(self, identities: list[tuple[str, str, bytes]]) -> PreparedBatch:
        return PreparedBatch(
            indices=self.indices,
            sources=self.sources,
            ids=self.ids,
            kinds=np.array(self.kinds, dtype=np.uint8),
            states=self.states,
            seen_keys=np.array(self.seen, dtype=np.uint64),
            subject_keys=np.array(self.subjects, dtype=np.uint64),
            subject_rows=np.array(self.subject_rows, dtype=np.int64),
            identities=identities,
            refusals=self.refusals,
        )


def _text(value: object) -> str | None:
    """An attribute of a refused message, where it may be shown: a feed may have built its ids from ID numbers."""
    if not isinstance(value, str) or holds_id_number(value.encode("utf-8", "replace")):
        return None
    return value.replace("\0", "")[:200]
