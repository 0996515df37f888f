"""Was a message recorded before? Decided by (source, id), whatever the age of the earlier one.

A hit in the index of 64-bit keys is only a hint. The ledger row behind the hit decides, so a
collision of keys changes nothing. The same content again is a duplicate. Another content under
the same (source, id) is a conflict: a source corrects itself with a ``fact-corrected`` message. Whether
it comes as history does not matter: who loads an old year meets what arrived live, and the first one counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import Connection

from projections.evidence.recorded_facts import Ledger
from projections.index.subject_index import SeenIndex
from streams.intake.prepared import PreparedBatch, as_said
from streams.intake.unknown_fields import UNKNOWN, take_unknown
from streams.shard.ledger_row import prepared_in

_decode: Final = msgspec.json.Decoder().decode
_HISTORY: Final = b'"history"'
_UNKNOWN: Final = f'"{UNKNOWN}"'.encode()


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of a batch: ``new`` is a mask over all rows, the others are row numbers."""

    new: np.ndarray[Any, np.dtype[np.bool_]]
    duplicates: list[int]
    conflicts: list[int]


def split(connection: Connection, batch: PreparedBatch, seen: SeenIndex, ledger: Ledger) -> Split:
    """Tell new rows from duplicates and conflicts, against the ledger and within the batch.

    Of several equal messages within the batch the first is new.
    """
    result = Split(np.ones(len(batch), dtype=np.bool_), [], [])
    hits, positions = seen.first_hits(connection, batch.seen_keys)
    rows = [int(row) for row in np.flatnonzero(hits)]
    recorded = {
        position: state for position, _, state in ledger.read(connection, sorted(set(positions[hits].tolist())))
    }
    for row in rows:
        earlier = recorded[int(positions[row])]
        if not _same_identity(batch, row, earlier):
            earlier = next(_colliding(connection, batch, row, seen, ledger), b"")
        if earlier:
            _put(result, row, same=_says_the_same(prepared_in(earlier), batch.states[row]))
    _split_within(batch, result)
    return result


def _split_within(batch: PreparedBatch, result: Split) -> None:
    # Sorting and comparing neighbours takes a tenth of the time of ``np.unique``, and every batch passes here.
    ordered = np.sort(batch.seen_keys[result.new])
    if not (ordered[1:] == ordered[:-1]).any():
        return
    first: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(result.new).tolist():
        earlier = first.setdefault((batch.sources[row], batch.ids[row]), row)
        if earlier != row:
            _put(result, row, same=_says_the_same(batch.states[earlier], batch.states[row]))


def _put(result: Split, row: int, *, same: bool) -> None:
    result.new[row] = False
    (result.duplicates if same else result.conflicts).append(row)


def _says_the_same(one: bytes, other: bytes) -> bool:
    """Whether two prepared states are the same message, but for the mark of history."""
    said, said_again = as_said(one), as_said(other)
    if said == said_again:
        return True
    sealed_later = (_UNKNOWN in said) != (_UNKNOWN in said_again)
    if not sealed_later and _HISTORY not in said and _HISTORY not in said_again:
        return False
    messages = [_decode(said), _decode(said_again)]
    for message in messages:
        message.pop("history", None)
        if sealed_later:
            # Rows of earlier versions have in clear what is sealed beside the fact now.
            take_unknown(message)
            message.pop(UNKNOWN, None)
    return bool(messages[0] == messages[1])


def _colliding(
    connection: Connection, batch: PreparedBatch, row: int, seen: SeenIndex, ledger: Ledger
) -> Iterator[bytes]:
    (positions,) = seen.lookup(connection, [int(batch.seen_keys[row])])
    for _, _, state in ledger.read(connection, positions.tolist()):
        if _same_identity(batch, row, state):
            yield state


def _same_identity(batch: PreparedBatch, row: int, state: bytes) -> bool:
    message = _decode(state)
    return (message["source"], message["id"]) == (batch.sources[row], batch.ids[row])
