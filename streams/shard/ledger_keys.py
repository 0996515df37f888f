"""The keys of facts, read back from the ledger rows into which intake wrote them. A rebuild parses nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from domain.facts.insurance import InsurancePaid
from domain.facts.messages import KINDS, TYPES
from domain.facts.sources import SourceHeartbeat
from projections.index.fact_codes import code_of
from projections.index.subject_index import keys_of, seen_text

_KEY_AND_COMMA: Final = 17
_HEARTBEAT: Final = SourceHeartbeat.type_name()
_PAID: Final = InsurancePaid.type_name()
_KINDS: Final = dict(zip(TYPES, KINDS, strict=True))


class _Envelope(msgspec.Struct):
    source: str
    id: str
    subjectkeys: str
    data: msgspec.Raw
    sequence: str | None = None


class _Payment(msgspec.Struct):
    month: str


_decode: Final = msgspec.json.Decoder(_Envelope).decode
_decode_payment: Final = msgspec.json.Decoder(_Payment).decode


@dataclass(frozen=True, slots=True)
class KeyedFacts:
    """Facts as the parallel arrays of :class:`streams.shard.derivation.Keyed`; ``positions`` ascend.

    ``telling`` are the messages with a number and the heartbeats; ``telling_rows`` are their rows.
    """

    positions: np.ndarray[Any, np.dtype[np.int64]]
    kinds: np.ndarray[Any, np.dtype[np.uint8]]
    seen_keys: np.ndarray[Any, np.dtype[np.uint64]]
    subject_keys: np.ndarray[Any, np.dtype[np.uint64]]
    subject_rows: np.ndarray[Any, np.dtype[np.int64]]
    sources: list[str]
    telling: list[bytes]
    telling_rows: np.ndarray[Any, np.dtype[np.int64]]

    def between(self, first: int, last: int) -> "KeyedFacts":
        """The facts at positions ``first`` to ``last``, both inclusive."""
        start, end = np.searchsorted(self.positions, [first, last + 1])
        begin, stop = np.searchsorted(self.subject_rows, [start, end])
        since, until = np.searchsorted(self.telling_rows, [start, end])
        return KeyedFacts(
            self.positions[start:end],
            self.kinds[start:end],
            self.seen_keys[start:end],
            self.subject_keys[begin:stop],
            self.subject_rows[begin:stop] - start,
            self.sources[start:end],
            self.telling[since:until],
            self.telling_rows[since:until] - start,
        )


def keyed(rows: Sequence[tuple[int, str, bytes]]) -> KeyedFacts:
    """The keys of ledger rows ``(position, topic, state)``, which must be facts."""
    envelopes = [_decode(state) for _, _, state in rows]
    keys = bytes.fromhex("".join([envelope.subjectkeys for envelope in envelopes]).replace(",", ""))
    telling = [
        row for row, envelope in enumerate(envelopes) if envelope.sequence is not None or rows[row][1] == _HEARTBEAT
    ]
    return KeyedFacts(
        positions=np.array([position for position, _, _ in rows], dtype=np.int64),
        kinds=np.array([_code(row[1], envelope.data) for row, envelope in zip(rows, envelopes, strict=True)], np.uint8),
        seen_keys=keys_of(seen_text(envelope.source, envelope.id) for envelope in envelopes),
        subject_keys=np.frombuffer(keys, dtype=">u8").astype(np.uint64),
        subject_rows=np.repeat(
            np.arange(len(rows), dtype=np.int64),
            [(len(envelope.subjectkeys) + 1) // _KEY_AND_COMMA for envelope in envelopes],
        ),
        sources=[envelope.source for envelope in envelopes],
        telling=[rows[row][2] for row in telling],
        telling_rows=np.array(telling, dtype=np.int64),
    )


def _code(topic: str, data: msgspec.Raw) -> int:
    return code_of(_KINDS[topic], _decode_payment(data) if topic == _PAID else None)
