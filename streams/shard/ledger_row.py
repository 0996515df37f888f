"""A fact as a row of the ledger: the pseudonymised CloudEvent, with the moment at which we recorded it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from domain.instants import instant_text
from projections.index.fact_codes import TYPES_BY_CODE
from streams.intake.prepared import PreparedBatch

_STREAMS: Final = UUID("b0f2c8de-4a77-5d0c-8f39-4f4a1f0c9a55")
_RECORDED_PREFIX: Final = b'{"recordedat":"%s",'
RECORDED_PREFIX_LENGTH: Final = len(_RECORDED_PREFIX) - 2 + 32

Row = tuple[UUID, int, str, bytes]


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
        streams, versions = self._streams, self._versions
        rows = []
        for source, kind, state in zip(batch.sources, batch.kinds.tolist(), batch.states, strict=True):
            version = versions[source] = versions[source] + 1
            rows.append((streams[source], version, TYPES_BY_CODE[kind], prefix + state[1:]))
        return rows
