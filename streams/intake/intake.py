"""Intake: checks message bytes, replaces persons by pseudonyms, and works out the keys of subjects.

A pure step: no database, no clock. It may run in another process than the shard
(:mod:`streams.intake.pool`).
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import ValidationError

from domain.artefacts import says_nothing
from domain.facts.fact import OWN_PREFIX, DoorPerson, Fact, FactData, Person
from domain.facts.messages import OUTSIDE, AnyMessage
from domain.identifiers import identity_text
from domain.personal_data import FEWEST_DIGITS, People, folded_text, holds_id_number, holds_number, without_id_numbers
from projections.index.fact_codes import code_of
from streams.intake.fast_decoding import (
    Pseudonym,
    ShapedHolder,
    ShapedOrg,
    ShapedPerson,
    is_resident_id,
    shapes_of,
)
from streams.intake.free_text import is_known_to_speak_of, may_speak_of, people_named, pseudonyms_in
from streams.intake.prepared import FieldError, PreparedBatch, Rows
from streams.intake.refusals import (
    NUL,
    TOO_LARGE,
    UNREADABLE,
    faults_in_parts,
    field_errors,
    may_lie_in_parts,
    reasons_to_refuse,
)
from streams.intake.sizes import MESSAGE_BYTES, PREPARED_BYTES
from streams.intake.tidying import tidy
from streams.intake.unknown_fields import UNKNOWN, take_unknown
from streams.intake.unread_parts import apart_from, notes_sent, take_out, without_lengths

_OUTSIDE: Final = AnyMessage(OUTSIDE)
_decode_shaped: Final = shapes_of(OUTSIDE).decode
decode: Final = msgspec.json.Decoder().decode
encode: Final = msgspec.json.Encoder(order="sorted").encode
"""The canonical form of a message: keys sorted, nothing between them."""
_OFFICIALS: Final = frozenset(field for data in OUTSIDE for field in data.OFFICIALS)
UNREADABLE_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_UNREADABLE_OR_WRONG: Final = (*UNREADABLE_ERRORS, ValueError)


class Pseudonymiser(Protocol):
    """The identity vault's side of the door."""

    def __call__(self, identity: str, name: str, extra: dict[str, Any]) -> tuple[str, str]:
        """``(person_id, name_key)`` of an identity text and a name."""
        ...

    def person_id(self, identity: str) -> str:
        """The ``person_id`` of an identity text alone."""
        ...

    def keep(self, content: bytes, people: Collection[str]) -> str:
        """Seal what was said about ``people``, to be erased with any of them; its keyed digest."""
        ...

    def drain(self) -> list[tuple[str, str, bytes]]:
        """The sealed identities met since the last call, as rows for the vault."""
        ...


class Intake:
    """Prepares messages. Not thread-safe.

    It remembers which persons it has sealed, and hands the sealed identity of each person out once.
    """

    def __init__(self, pseudonymiser: Pseudonymiser, *, remembered: int = 50_000, names_subjects: bool = False) -> None:
        self._pseudonymiser = pseudonymiser
        self._names_subjects = names_subjects
        self._known = lru_cache(remembered)(self._person)
        self._shaped = lru_cache(remembered)(self._pseudonym)
        self._named: list[str] = []
        """Of the people in the message at hand; folded, where it is read by its shape."""

    def identify(self, person: dict[str, Any]) -> Person:
        """The pseudonym of an incoming person: see :class:`domain.facts.fact.Pseudonyms`."""
        self._named.append(str(person.get("name")))
        if len(person) > 3:
            return self._person(*person.items())
        try:
            return self._known(*person.items())
        except TypeError:  # what cannot be hashed is remembered by no cache, and the model says what is wrong
            return self._person(*person.items())

    def seal(self, content: bytes, people: Collection[str]) -> tuple[str, list[tuple[str, str, bytes]]]:
        """The keyed digest of what was said about ``people``, and the rows that keep it in the vault."""
        return self._pseudonymiser.keep(content, people), self._pseudonymiser.drain()

    def _person(self, *said: tuple[str, Any]) -> Person:
        parsed = DoorPerson.model_validate(dict(said))
        person_id, name_key = self._pseudonymiser(parsed.identity, parsed.name, dict(parsed.model_extra or {}))
        return Person(person_id=person_id, name_key=name_key)

    def prepare(self, messages: Sequence[bytes], *, allowed_source: str | None = None) -> PreparedBatch:
        """Check, pseudonymise and key ``messages``, each one structured CloudEvent as JSON.

        ``allowed_source`` is the only source the caller may speak for; None allows any.
        """
        rows = Rows(names_subjects=self._names_subjects)
        for index, raw in enumerate(messages):
            if self._named:
                self._named.clear()
            if not self._take_shaped(rows, index, raw, allowed_source):
                self._prepare_one(rows, index, raw, allowed_source)
        return rows.batch(self._pseudonymiser.drain())

    def _take_shaped(self, rows: Rows, index: int, raw: bytes, allowed_source: str | None) -> bool:
        """Accept a message by its shape; False where only the model can decide."""
        try:
            message = _decode_shaped(raw)
            data = message.data
            for name in data.people:
                setattr(data, name, self._party(getattr(data, name)))
            for name in data.officials:
                if isinstance(official := getattr(data, name), str):
                    self._named.append(folded_text(official))
                    setattr(data, name, self._official(official))
            if self._may_speak_of_people(message):
                return False
        except _UNREADABLE_OR_WRONG:
            return False
        source = message.source
        if source.startswith(OWN_PREFIX) or allowed_source not in (None, source) or len(raw) > MESSAGE_BYTES:
            return False
        state = encode(message)
        if len(state) > PREPARED_BYTES or NUL in state:
            return False
        numbered = message.sequence is not UNSET
        rows.add(index, source, message.id, code_of(message.kind, data), data.subjects, state, numbered=numbered)
        return True

    def _party(self, said: ShapedPerson | ShapedHolder) -> Pseudonym | ShapedOrg:
        """Raises ValueError where the ID number is wrong, or where only the model can decide."""
        if isinstance(said, ShapedHolder) and isinstance(said.id_number, UnsetType):
            return ShapedOrg(name=said.name, uscc=said.uscc, aliases=said.aliases)
        if isinstance(said, ShapedHolder) and (said.uscc is not UNSET or said.aliases is not UNSET):
            raise ValueError("either a person or an organisation")
        pseudonym, folded = self._shaped(said.name, str(said.id_number))
        self._named.append(folded)
        return pseudonym

    def _may_speak_of_people(self, message: Any) -> bool:
        """Whether only the model's way can decide if a text says who somebody is."""
        data, names, id, sequence = message.data, self._named, message.id, message.sequence
        # In the bulk feeds the id alone is new, and nothing else is said in words.
        if not id.isascii():
            if is_known_to_speak_of(id, names):
                return True
        elif len(id) >= FEWEST_DIGITS and holds_number(id):
            return True
        if sequence is not UNSET and (not sequence.isascii() or holds_id_number(sequence)):
            return True
        if is_known_to_speak_of(message.source, names) or _a_firm_speaks(data, names):
            return True
        for field in data.free_texts:
            text = getattr(data, field)
            # Codes of projects and devices come again and again.
            if text is not UNSET and is_known_to_speak_of(text, names):
                return True
        return False

    def _pseudonym(self, name: str, number: str) -> tuple[Pseudonym, str]:
        # A name in Latin letters may stand in any text: those of few people, which the model's way reads.
        if not is_resident_id(number) or says_nothing(name) or name.isascii():
            raise ValueError("the model takes it as another number, or not at all")
        person_id, name_key = self._pseudonymiser(identity_text(1, number), name, {})
        return Pseudonym(name_key=name_key, person_id=person_id), folded_text(name)

    def _prepare_one(self, rows: Rows, index: int, raw: bytes, allowed_source: str | None) -> None:
        message: Any = None
        emptied: frozenset[str] = frozenset()
        try:
            message = decode(raw)
            self._named.clear()
            reserved = notes_sent(message)
            emptied = tidy(message)
            fact = None if reserved else _OUTSIDE.read(message, pseudonyms=self)
        except UNREADABLE_ERRORS:
            rows.refuse(index, None, raw, [UNREADABLE])
        except ValidationError as error:
            self._admit_in_part(rows, index, message, raw, allowed_source, field_errors(error, emptied))
        else:
            if fact is None:
                rows.refuse(index, message, raw, reserved, people=People(people_named(message)))
            else:
                self._admit(rows, index, fact, message, raw, allowed_source)

    def _admit(
        self,
        rows: Rows,
        index: int,
        fact: Fact[FactData],
        message: dict[str, Any],
        raw: bytes,
        allowed_source: str | None,
    ) -> None:
        if len(raw) > MESSAGE_BYTES:
            rows.refuse(index, message, raw, [TOO_LARGE], people=People(self._named))
            return
        state = self._state(message)
        people = People(self._named)
        errors = reasons_to_refuse(fact, message, state, allowed_source, people)
        if not errors:
            self._add(rows, index, fact, message)
        elif may_lie_in_parts(errors):
            self._admit_in_part(rows, index, message, raw, allowed_source, errors, unread=())
        else:
            rows.refuse(index, message, raw, errors, people=people)

    def _admit_in_part(
        self,
        rows: Rows,
        index: int,
        message: Any,
        raw: bytes,
        allowed_source: str | None,
        errors: list[FieldError],
        *,
        unread: Sequence[FieldError] | None = None,
    ) -> None:
        """Record the message without the parts in which ``unread`` lie, or else refuse it because of ``errors``.

        ``unread`` are the same errors, or none where only the parts must be found. Besides, what must not be
        recorded is taken out.
        """
        sent = decode(raw)
        people = People(people_named(sent))
        wrong = without_lengths(errors if unread is None else unread)
        faults = [*faults_in_parts(message, people)]
        # A person that could not be read still has its number in clear.
        elsewhere = apart_from((fault.field for fault in faults), (error.field for error in wrong))
        wrong += [fault for fault in faults if fault.field in elsewhere]
        tidy(sent)
        if not wrong or len(raw) > MESSAGE_BYTES or not take_out(message, sent, wrong, self._digest):
            rows.refuse(index, message, raw, errors, people=people)
            return
        try:
            fact = _OUTSIDE.read(message, pseudonyms=self)
        except ValidationError as error:
            rows.refuse(index, message, raw, [*errors, *field_errors(error)], people=people)
            return
        refused = reasons_to_refuse(fact, message, self._state(message), allowed_source, people)
        if refused:
            rows.refuse(index, message, raw, refused, people=people)
            return
        self._add(rows, index, fact, message)
        rows.refuse(index, message, raw, wrong, people=people, partial=True)

    def _add(self, rows: Rows, index: int, fact: Fact[FactData], message: dict[str, Any]) -> None:
        unknown = take_unknown(message)
        if unknown:
            message[UNKNOWN] = self._pseudonymiser.keep(encode(unknown), pseudonyms_in(message))
        numbered = fact.sequence is not None
        code = code_of(fact.data.KIND, fact.data)
        rows.add(index, fact.source, fact.id, code, fact.data.subjects, encode(message), numbered=numbered)

    def _state(self, message: dict[str, Any]) -> bytes:
        """The message as it would be kept, but with the fields that no model knows."""
        for said in _said_in(message["data"]):
            self._hide_id_number(said)
            self._hide_officials(said)
        return encode(message)

    def _digest(self, part: Any) -> str:
        return self._pseudonymiser.person_id(f"unread:v1:{encode(part).decode()}")[:16]

    def _hide_id_number(self, said: dict[str, Any]) -> None:
        """Numbers of special-operations certificates are T and the holder's ID number: keep a pseudonym of it."""
        number = said.get("certificate_no")
        if isinstance(number, str) and holds_id_number(number):
            said["certificate_no"] = without_id_numbers(number, self._pseudonym_of)

    def _hide_officials(self, said: dict[str, Any]) -> None:
        for field in _OFFICIALS & said.keys():
            if isinstance(said[field], str):
                self._named.append(said[field])
                said[field] = self._official(said[field])

    def _official(self, name: str) -> str:
        return self._pseudonymiser.person_id(f"official:v1:{name}")

    def _pseudonym_of(self, number: str) -> str:
        return self._pseudonymiser.person_id(identity_text(1, number))[:32]


def _a_firm_speaks(data: Any, names: Sequence[str]) -> bool:
    """Whether the name of a firm holds that of a person; decoding let none through in which one could hide."""
    for field in data.firms:
        firm = getattr(data, field)
        if isinstance(firm, ShapedOrg):
            for name in names:
                if name in firm.name:
                    return True
            if firm.aliases and any(may_speak_of(text, names) for text in firm.aliases):
                return True
    return False


def _said_in(data: dict[str, Any]) -> list[dict[str, Any]]:
    """A fact's own data, and those a correction puts in another's place."""
    replacement = data.get("replacement")
    return [data, replacement["data"]] if isinstance(replacement, dict) else [data]
