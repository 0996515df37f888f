"""What intake hands to the shard: facts as columns, and the refused messages.

It consists of bytes, strings and arrays, because it may come from another process.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import compress
from typing import Any, Final

import numpy as np

from domain.facts.sources import SourceHeartbeat
from domain.personal_data import People, holds_number
from domain.sources.bounds import Channel
from projections.index.fact_codes import KIND_CODES
from projections.index.subject_index import key_of

MOST_ERRORS: Final = 50
"""Of one message that are told."""
NOBODY: Final = People()
_HEARTBEAT: Final = KIND_CODES[SourceHeartbeat.KIND]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: ``code`` for programs, ``message`` for people; never the value."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused message: its place in the call, the reasons, and its bytes for the quarantine.

    With ``partial`` only the parts were refused in which the errors lie; the rest of the message is a fact of
    the same batch (:mod:`streams.intake.unread_parts`).
    """

    index: int
    id: str | None
    source: str | None
    errors: tuple[FieldError, ...]
    raw: bytes
    partial: bool = False


@dataclass(frozen=True, slots=True)
class HandedIn:
    """How a batch came: by which channel, who handed it in, and the ``messages`` as they were sent.

    ``by`` is an account or a token as ``role:name``, or a topic as ``topic:name``.
    """

    channel: Channel | None = None
    by: str | None = None
    messages: Sequence[bytes] = ()


def as_said(state: bytes) -> bytes:
    """The message in a prepared state, without the subject keys, which we added.

    Two states are the same message if they are equal without the keys: keys may be computed in
    another way one day.
    """
    return b"{" + state.partition(b'",')[2]


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """Facts as columns; row ``i`` of each belongs to the message at ``indices[i]`` of the call.

    ``kinds`` are codes (:mod:`projections.index.fact_codes`). ``states`` are what the ledger keeps, but
    for the moment of recording. ``subject_keys[j]`` is a 64-bit subject key of the fact in row
    ``subject_rows[j]``, and stands in its state too; ``identities`` are sealed rows for the identity
    vault. ``subjects[j]`` is that subject's name, where somebody has to know whose it is
    (:mod:`streams.cluster.routing`). ``telling`` are the rows whose message also tells of its source: it is
    numbered, or a heartbeat. ``delivery_id`` is the delivery by which they come, where it is one. ``ours`` are facts
    of the monitor itself, and those that another shard took in: no source is asked whether it may say them.
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
    subjects: list[str] | None = None
    telling: list[int] = field(default_factory=list)
    delivery_id: str | None = None
    handed_in: HandedIn = HandedIn()
    ours: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> "PreparedBatch":
        """The rows where ``mask`` holds, without identities and refusals."""
        rows = np.flatnonzero(mask).tolist()
        renumbered = np.cumsum(mask) - 1
        telling = np.array(self.telling, dtype=np.int64)
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
            subjects=None if self.subjects is None else list(compress(self.subjects, kept.tolist())),
            telling=renumbered[telling[mask[telling]]].tolist(),
            delivery_id=self.delivery_id,
            handed_in=self.handed_in,
            ours=self.ours,
        )

    def refusing(self, faults: Mapping[int, Sequence[FieldError]]) -> "PreparedBatch":
        """Without the rows of ``faults``, which are refused as they were sent."""
        mask = np.ones(len(self), np.bool_)
        mask[list(faults)] = False
        parts = {refusal.index: refusal.raw for refusal in self.refusals if refusal.partial}
        refused = [
            Refusal(self.indices[row], self.ids[row], self.sources[row], tuple(errors), self._sent(row, parts))
            for row, errors in faults.items()
        ]
        gone = {refusal.index for refusal in refused}
        # What could not be read of a message that is not recorded either is told when it is sent again.
        kept = [each for each in self.refusals if not (each.partial and each.index in gone)]
        return replace(self.select(mask), identities=self.identities, refusals=[*kept, *refused])

    def _sent(self, row: int, parts: Mapping[int, bytes]) -> bytes:
        """The message of a row as it was sent; as it would be recorded, where that is not known."""
        index = self.indices[row]
        if index < len(self.handed_in.messages):
            return self.handed_in.messages[index]
        return parts.get(index) or as_said(self.states[row])

    def without_facts(self) -> "PreparedBatch":
        """Its identities, which are handed in once, and its refusals as those of whole messages."""
        nothing = self.select(np.zeros(len(self), np.bool_))
        refusals = [replace(refusal, partial=False) for refusal in self.refusals]
        return replace(nothing, identities=self.identities, refusals=refusals)


def seen_key(source: str, id: str) -> int:
    """64-bit key of a message's identity."""
    return key_of(f"{source}\0{id}")


@lru_cache(maxsize=1 << 16)
def _keyed(subject: str) -> tuple[int, bytes]:
    """The key of a subject, as a number and as the row of the ledger has it."""
    key = key_of(subject)
    return key, b"%016x" % key


class Rows:
    """Collects the columns of a batch row by row."""

    def __init__(self, *, names_subjects: bool = False) -> None:
        self.names: list[str] | None = [] if names_subjects else None
        self.indices: list[int] = []
        self.sources: list[str] = []
        self.ids: list[str] = []
        self.kinds: list[int] = []
        self.states: list[bytes] = []
        self.seen: list[int] = []
        self.subjects: list[int] = []
        self.subject_counts: list[int] = []
        self.refusals: list[Refusal] = []
        self.telling: list[int] = []
        self._named: dict[str, str] = {}

    def add(
        self, index: int, source: str, id: str, code: int, subjects: Iterable[str], state: bytes, *, numbered: bool
    ) -> None:
        """``code`` as :mod:`projections.index.fact_codes` has it."""
        if numbered or code == _HEARTBEAT:
            self.telling.append(len(self.ids))
        self.indices.append(index)
        # One string for all rows of a source: it goes to another process once, and is hashed once.
        self.sources.append(self._named.setdefault(source, source))
        self.ids.append(id)
        self.kinds.append(code)
        self.seen.append(seen_key(source, id))
        subjects = tuple(subjects)
        if self.names is not None:
            self.names += subjects
        texts = []
        for subject in subjects:
            key, text = _keyed(subject)
            self.subjects.append(key)
            texts.append(text)
        self.subject_counts.append(len(texts))
        self.states.append(b'{"subjectkeys":"%s",%s' % (b",".join(texts), state[1:]))

    def refuse(
        self,
        index: int,
        message: Any,
        raw: bytes,
        errors: Sequence[FieldError],
        *,
        people: People = NOBODY,
        partial: bool = False,
    ) -> None:
        """At most :data:`MOST_ERRORS` of the errors are told; ``people`` are those whom the message names."""
        attributes = message if isinstance(message, dict) else {}
        id, source = _text(attributes.get("id"), people), _text(attributes.get("source"), people)
        self.refusals.append(Refusal(index, id, source, tuple(errors[:MOST_ERRORS]), raw, partial))

    def batch(self, identities: list[tuple[str, str, bytes]], *, ours: bool = False) -> PreparedBatch:
        return PreparedBatch(
            indices=self.indices,
            sources=self.sources,
            ids=self.ids,
            kinds=np.array(self.kinds, dtype=np.uint8),
            states=self.states,
            seen_keys=np.array(self.seen, dtype=np.uint64),
            subject_keys=np.array(self.subjects, dtype=np.uint64),
            subject_rows=np.repeat(np.arange(len(self.ids), dtype=np.int64), self.subject_counts),
            identities=identities,
            refusals=self.refusals,
            subjects=self.names,
            telling=self.telling,
            ours=ours,
        )


def _text(value: object, people: People) -> str | None:
    """An attribute of a refused message, where it may be shown: a feed may have built its ids from people."""
    if not isinstance(value, str) or holds_number(value) or people.named_in(value):
        return None
    return value.replace("\0", "")[:200]
