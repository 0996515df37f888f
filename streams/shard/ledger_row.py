"""A fact as a row of the ledger: the pseudonymised CloudEvent, when we recorded it, and who handed it in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec

from domain.instants import instant_text
from projections.index.fact_codes import TYPES_BY_CODE
from streams.intake.prepared import PreparedBatch

_STREAMS: Final = UUID("b0f2c8de-4a77-5d0c-8f39-4f4a1f0c9a55")
_RECORDED_PREFIX: Final = b'{"recordedat":"%s",'
_SUBMITTED_BY: Final = b'"submittedby":%s,'
_DELIVERY: Final = b'"deliveryid":%s,'
_PREPARED: Final = b'"subjectkeys":'
RECORDED_PREFIX_LENGTH: Final = len(_RECORDED_PREFIX) - 2 + 32

Row = tuple[UUID, int, str, bytes]


def prepared_in(state: bytes) -> bytes:
    """What intake prepared, without its opening brace, in the ``state`` of a row."""
    # A quotation mark within the name of who handed it in is escaped, so this cannot stand there.
    return state[state.index(_PREPARED, RECORDED_PREFIX_LENGTH) :]


def stream_of(source: str) -> UUID:
    """The append-only stream of one source's facts."""
    return uuid5(_STREAMS, source)


class Streams:
    """Numbers the facts of each source 1, 2, 3 …: the versions of a stream have no gaps."""

    def __init__(self) -> None:
        self._streams: dict[str, UUID] = {}
        self._versions: dict[str, int] = {}

    def unknown(self, sources: Sequence[str]) -> set[str]:
        """Sources whose last version must be read from the database (:meth:`know`)."""
        return set(sources) - self._versions.keys()

    def know(self, source: str, last_version: int) -> None:
        self._streams[source] = stream_of(source)
        self._versions[source] = last_version

    def rows(self, batch: PreparedBatch, recorded_at: datetime) -> list[Row]:
        """The batch as rows to append, in the order of the batch."""
        prefix = _RECORDED_PREFIX % instant_text(recorded_at).encode()
        if batch.handed_in.by is not None:
            prefix += _SUBMITTED_BY % msgspec.json.encode(batch.handed_in.by)
        if batch.delivery_id is not None:
            prefix += _DELIVERY % msgspec.json.encode(batch.delivery_id)
        streams, versions = self._streams, self._versions
        rows = []
        for source, kind, state in zip(batch.sources, batch.kinds.tolist(), batch.states, strict=True):
            version = versions[source] = versions[source] + 1
            rows.append((streams[source], version, TYPES_BY_CODE[kind], prefix + state[1:]))
        return rows
