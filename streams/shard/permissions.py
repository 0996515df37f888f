"""What registered sources may say: checked once for each message, in the transaction that records it.

Here, and not in intake: the registry of this moment is known for certain only inside the transaction, and intake
runs in other processes. All channels meet here: calls, files and topics. What is recorded was permitted when it was
recorded, so a rebuild asks nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import Connection

from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import is_division
from domain.facts.messages import KINDS, OUTSIDE, TYPES
from domain.facts.sources import SourceHeartbeat
from domain.sources.bounds import SENDABLE, Bounds
from projections.boards.registered_sources import Registration, registrations
from projections.index.fact_codes import KIND_CODES, TYPES_BY_CODE, codes_of
from streams.intake.prepared import FieldError, PreparedBatch
from streams.intake.refusals import NOT_PERMITTED

_FREE: Final = frozenset({SourceHeartbeat.KIND})
"""Kinds that every registered source may send. It may also correct: what it retracts and puts there is looked at."""
_CORRECTION: Final = KIND_CODES[FactCorrected.KIND]
_AREA_FIELDS: Final = ("jurisdiction", "area")
_NAMING_AREAS: Final = frozenset(data.KIND for data in OUTSIDE if not data.model_fields.keys().isdisjoint(_AREA_FIELDS))
_KIND_OF: Final[Mapping[str, str]] = dict(zip(TYPES, KINDS, strict=True))
_UNREGISTERED: Final = FieldError("source", NOT_PERMITTED, "nobody has registered this source")
_ENDED: Final = FieldError("source", NOT_PERMITTED, "the grant of this source has ended")
_NOT_NOW: Final = FieldError("source", NOT_PERMITTED, "the grant of this source is not in force on this day")
_CHANNEL: Final = FieldError("source", NOT_PERMITTED, "this source may not send by this channel")
_ABOUT_A_POOL: Final = "this source may say nothing about this area"
_FOREIGN: Final = FieldError("data.retracts.source", NOT_PERMITTED, "a source corrects only what it said itself")


class _Places(msgspec.Struct):
    jurisdiction: str | None = None
    area: str | None = None


class _Message(msgspec.Struct):
    data: _Places


class _Retracts(msgspec.Struct):
    source: str


class _Replacement(msgspec.Struct):
    type: str
    data: _Places


class _Corrected(msgspec.Struct):
    retracts: _Retracts
    replacement: _Replacement | None = None


class _Correction(msgspec.Struct):
    data: _Corrected


_message: Final = msgspec.json.Decoder(_Message).decode
_correction: Final = msgspec.json.Decoder(_Correction).decode

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class _Grant:
    """One registration; ``waved_through`` are the codes of what needs no look at the message itself."""

    def __init__(self, registered: Registration) -> None:
        self.source = registered.source
        self.bounds: Bounds = registered.bounds
        self.ended = registered.ended_at is not None
        kinds = {kind for kind in SENDABLE if self.bounds.allows_type(kind)} - {FactCorrected.KIND}
        if not self.bounds.whole_country:
            kinds -= _NAMING_AREAS
        self.waved_through: Mask = np.zeros(256, np.bool_)
        self.waved_through[list(codes_of(frozenset(kinds | _FREE)))] = True

    def faults(self, code: int, state: bytes) -> Iterator[FieldError]:
        """What lies outside the bounds in a message with that ``code``."""
        if code == _CORRECTION:
            yield from self._faults_of_correction(_correction(state).data)
            return
        kind = _KIND_OF[TYPES_BY_CODE[code]]
        if kind not in _FREE:
            places = _message(state).data if kind in _NAMING_AREAS else _Places()
            yield from self._faults_of_content(kind, places, "type", "data")

    def _faults_of_correction(self, said: _Corrected) -> Iterator[FieldError]:
        if said.retracts.source not in (self.source, *self.bounds.corrects):
            yield _FOREIGN
        if said.replacement is not None:
            kind, places = _KIND_OF[said.replacement.type], said.replacement.data
            yield from self._faults_of_content(kind, places, "data.replacement.type", "data.replacement.data")

    def _faults_of_content(self, kind: str, places: _Places, type_field: str, base: str) -> Iterator[FieldError]:
        if not self.bounds.allows_type(kind):
            yield FieldError(type_field, NOT_PERMITTED, f"this source may not send {kind}")
        for name in _AREA_FIELDS:
            area = getattr(places, name)
            if area is not None and kind in _NAMING_AREAS and not self.bounds.allows_area(area):
                yield FieldError(f"{base}.{name}", NOT_PERMITTED, _about(area))


class Permissions:
    """The registry in the writer's memory; :meth:`load` after every change of it, and after a rollback."""

    def __init__(self) -> None:
        self._grants: dict[str, _Grant] = {}

    def load(self, connection: Connection) -> None:
        self._grants = {each.source: _Grant(each) for each in registrations(connection)}

    def checked(self, prepared: PreparedBatch, at: datetime) -> PreparedBatch:
        """``prepared``, with what is not permitted among its refusals; what is ours is not checked."""
        if prepared.ours or not len(prepared):
            return prepared
        waved: dict[str, Mask] = {}
        barred: dict[str, FieldError] = {}
        for source in set(prepared.sources):
            error = self._barred(source, prepared, at)
            if error is not None:
                barred[source] = error
            waved[source] = _NOTHING if error is not None else self._grants[source].waved_through
        faults = {row: list(self._faults(prepared, row, barred)) for row in _rows_to_look_at(prepared, waved)}
        faults = {row: errors for row, errors in faults.items() if errors}
        return prepared.refusing(faults) if faults else prepared

    def _barred(self, source: str, prepared: PreparedBatch, at: datetime) -> FieldError | None:
        """Why the source may say nothing at all now."""
        grant = self._grants.get(source)
        if grant is None:
            return _UNREGISTERED
        if grant.ended:
            return _ENDED
        if not grant.bounds.covers(at):
            return _NOT_NOW
        return None if grant.bounds.allows_channel(prepared.handed_in.channel) else _CHANNEL

    def _faults(self, prepared: PreparedBatch, row: int, barred: Mapping[str, FieldError]) -> Iterator[FieldError]:
        source = prepared.sources[row]
        if source in barred:
            yield barred[source]
        else:
            yield from self._grants[source].faults(int(prepared.kinds[row]), prepared.states[row])


_NOTHING: Final[Mask] = np.zeros(256, np.bool_)


def _rows_to_look_at(prepared: PreparedBatch, waved: Mapping[str, Mask]) -> list[int]:
    """Most batches are of one source: then one look-up for each row, in an array."""
    if len(waved) == 1:
        (mask,) = waved.values()
        rows: list[int] = np.flatnonzero(~mask[prepared.kinds]).tolist()
        return rows
    places = {source: place for place, source in enumerate(waved)}
    of_source = np.array([places[source] for source in prepared.sources])
    found: list[int] = np.flatnonzero(~np.stack(list(waved.values()))[of_source, prepared.kinds]).tolist()
    return found


def _about(area: str) -> str:
    # The name of a pool is free text, which no error repeats.
    return f"this source may say nothing about {area}" if is_division(area) else _ABOUT_A_POOL
