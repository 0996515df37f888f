"""What a source has said of one kind and still stands: what a new delivery is held against, and what it replaces.

Read from the source's stream in the ledger, and kept as arrays: a city's month has a million payments. A fact that was
taken back and is delivered again is said under its id and a number, since a retraction is final
(docs/decisions/0003-a-retraction-is-final.md).
"""

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from sqlalchemy import Connection

from domain.facts.corrections import FactCorrected
from domain.facts.fact import TYPE_PREFIX
from projections.index.subject_index import key_of
from streams.deliveries.contents import Data
from streams.deliveries.ledgers import Ledgers
from streams.shard.ledger_row import stream_of

AGAIN: Final = "~again-"
_SAID_AGAIN: Final = re.compile(rf"(?s)(.+){AGAIN}([1-9][0-9]{{0,3}})")
_CORRECTION: Final = FactCorrected.type_name()
_AT_ONCE: Final = 5_000

Keys = np.ndarray[Any, np.dtype[np.uint64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class StreamLedger(Protocol):
    """The part of the ledger's recorder that reading a source's stream needs."""

    def scan_stream(
        self, connection: Connection, originator: Any, *, after: int, limit: int, topics: tuple[str, ...]
    ) -> list[tuple[int, str, bytes]]:
        """``(version, topic, state)`` of up to ``limit`` events with these topics behind a version, ascending."""
        ...


class _Said(msgspec.Struct):
    id: str
    time: str
    data: msgspec.Raw
    recordedtime: str = ""
    deliveryid: str | None = None


class _Retracts(msgspec.Struct):
    id: str


class _Replacement(msgspec.Struct):
    type: str
    data: msgspec.Raw


class _Correction(msgspec.Struct):
    retracts: _Retracts
    replacement: _Replacement | None = None


class _Corrected(msgspec.Struct):
    id: str
    time: str
    data: _Correction
    recordedtime: str = ""
    deliveryid: str | None = None


_said: Final = msgspec.json.Decoder(_Said).decode
_data: Final = msgspec.json.Decoder(Data).decode
_corrected: Final = msgspec.json.Decoder(_Corrected).decode


def content_of(state: bytes) -> tuple[str, int]:
    """The id of a prepared fact, and a digest of what it says under whatever id."""
    said = _said(state)
    return said.id, _digest(said)


def _digest(said: _Said) -> int:
    digest = blake2b(bytes(said.data), digest_size=8)
    digest.update(f"\0{said.time}\0{said.recordedtime}".encode())
    return int.from_bytes(digest.digest(), "little")


def without_number(id: str) -> tuple[str, int]:
    """The id that a source gave, and how often it was said: 1, or the number of a fact that was said again."""
    again = _SAID_AGAIN.fullmatch(id)
    return (again[1], int(again[2])) if again else (id, 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facts of ``source`` and ``kind`` a delivery is held against.

    ``counts`` says it of the delivery that a fact came by (None where it came by none). With ``month`` only facts
    about that month.
    """

    source: str
    kind: str
    counts: Callable[[str | None], bool]
    month: str | None = None


STANDS: Final = 0
"""What becomes of a row: it stands already. 1: it is said for the first time. More: it is said again, so often."""


class Standing:
    """The facts of a scope in the order of the stream; those that a delivery says again are ``kept``."""

    def __init__(self, ledger: StreamLedger, ledgers: Ledgers, scope: Scope) -> None:
        self._ledger = ledger
        self._ledgers = ledgers
        self._scope = scope
        self._last: dict[int | None, int] = {}

    def load(self, connection: Connection) -> None:
        """Read the stream as it is now."""
        bases, numbers, digests, ids = array("Q"), array("H"), array("Q"), array("Q")
        people, employers, gone = array("Q"), array("Q"), array("Q")
        for shard, version, said, data in self._facts(connection, gone):
            base, number = without_number(said.id)
            bases.append(key_of(base))
            numbers.append(number)
            digests.append(_digest(said))
            ids.append(key_of(said.id))
            people.append(data.person_key)
            employers.append(data.employer_key)
            self._last[shard] = version
        self._numbers, self._digests = np.array(numbers), np.array(digests, np.uint64)
        keys = np.array(ids, np.uint64)
        self._stands: Mask = ~np.isin(keys, np.array(gone, np.uint64)) & self._first_of_each(keys)
        self._order = np.argsort(np.array(bases, np.uint64), kind="stable")
        self._bases: Keys = np.array(bases, np.uint64)[self._order]
        self._people, self._employers = np.array(people, np.uint64), np.array(employers, np.uint64)
        self.kept: Mask = np.zeros(len(bases), np.bool_)
        self.replaced: Mask = np.zeros(len(bases), np.bool_)

    def _first_of_each(self, keys: Keys) -> Mask:
        """Shards of a cluster share facts that concern several of them: each counts where it is met first."""
        if len(self._ledgers.shards) == 1:
            return np.ones(len(keys), np.bool_)
        first: Mask = np.zeros(len(keys), np.bool_)
        first[np.unique(keys, return_index=True)[1]] = True
        return first

    def protect(self, id: str) -> None:
        """Take back nothing under ``id``: its row cannot be read, and so does not say that the fact is gone."""
        self.kept[self._places(id)] = True

    def _places(self, id: str) -> "np.ndarray[Any, np.dtype[np.intp]]":
        """Where the facts are that were said under ``id`` and its numbers."""
        key = np.uint64(key_of(id))
        return self._order[self._bases.searchsorted(key, "left") : self._bases.searchsorted(key, "right")]

    def fate(self, id: str, digest: int) -> int:
        """What becomes of a row of the delivery; marks the fact that says the same, or that says it otherwise."""
        places = self._places(id)
        if not len(places):
            return 1
        standing = places[self._stands[places]]
        same = standing[self._digests[standing] == np.uint64(digest)]
        if len(same):
            self.kept[same] = True
            return STANDS
        self.replaced[standing] = True
        return int(self._numbers[places].max()) + 1

    @property
    def count(self) -> int:
        """How many facts stand."""
        return int(self._stands.sum())

    def gone(self, *, all_others: bool) -> Mask:
        """The facts that the delivery takes back: what it says otherwise, and with ``all_others`` what it lacks."""
        lacking: Mask = ~self.kept if all_others else self.replaced & ~self.kept
        return self._stands & lacking

    @property
    def people(self) -> set[int]:
        """The keys of the people in what stands."""
        return set(np.unique(self._people[self._stands]).tolist()) - {0}

    @property
    def employers(self) -> set[int]:
        return set(np.unique(self._employers[self._stands]).tolist()) - {0}

    def ids(self, connection: Connection, wanted: Mask) -> Iterator[str]:
        """The ids of the ``wanted`` facts, in the order of the stream; what was recorded since is not looked at."""
        known = (
            said
            for shard, version, said, _ in self._facts(connection, array("Q"))
            if version <= self._last.get(shard, 0)
        )
        for place, said in enumerate(known):
            if wanted[place]:
                yield said.id

    def _facts(self, connection: Connection, gone: "array[int]") -> Iterator[tuple[int | None, int, _Said, Data]]:
        """The facts of the scope, shard by shard; the keys of what corrections take back are added to ``gone``."""
        for shard in self._ledgers.shards:
            for version, said, data in self._facts_of_shard(connection, shard, gone):
                yield shard, version, said, data

    def _facts_of_shard(
        self, connection: Connection, shard: int | None, gone: "array[int]"
    ) -> Iterator[tuple[int, _Said, Data]]:
        scope, kind = self._scope, f"{TYPE_PREFIX}{self._scope.kind}.v1"
        for version, topic, state in self._rows(connection, shard, (kind, _CORRECTION)):
            if topic == _CORRECTION:
                correction = _corrected(state)
                gone.append(key_of(correction.data.retracts.id))
                instead = correction.data.replacement
                if instead is None or instead.type != kind:
                    continue
                # It counts under the identity of the correction, and is taken back under that.
                said = _Said(
                    correction.id, correction.time, instead.data, correction.recordedtime, correction.deliveryid
                )
            else:
                said = _said(state)
            data = _data(said.data)
            if scope.counts(said.deliveryid) and scope.month in (None, data.of_month):
                yield version, said, data

    def _rows(
        self, connection: Connection, shard: int | None, topics: tuple[str, ...]
    ) -> Iterator[tuple[int, str, bytes]]:
        after, stream = 0, stream_of(self._scope.source)
        while True:
            with self._ledgers.entered(connection, shard):
                rows = self._ledger.scan_stream(connection, stream, after=after, limit=_AT_ONCE, topics=topics)
            if not rows:
                return
            yield from rows
            after = rows[-1][0]
