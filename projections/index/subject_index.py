"""Which ledger rows concern a subject, and which messages have been seen before."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Transaction

from projections.index import IndexTables, Keys, LogIndex, LogReader, Shape, Values
from projections.tables import METADATA

SUBJECT_TABLES = IndexTables.named("subject_index", METADATA)
SEEN_TABLES = IndexTables.named("seen_index", METADATA)

KIND_SHIFT = 56
POSITION_MASK = (1 << KIND_SHIFT) - 1


def key_of(text: str) -> int:
    """64-bit key of a subject, or of ``source NUL id``."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def keys_of(texts: Iterable[str]) -> Keys:
    """The keys of many texts at once."""
    digests = b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts])
    return np.frombuffer(digests, "<u8").astype(np.uint64, copy=False)


def seen_text(source: str, external_id: str) -> str:
    """What the seen index is keyed by."""
    return f"{source}\0{external_id}"


class SubjectReader:
    """Positions of a subject's facts, for readers: any process, any connection; one thread at a time.

    What is asked again in one read transaction is answered from memory.
    """

    def __init__(self) -> None:
        self._log = LogReader(SUBJECT_TABLES)
        self._asked_in: Transaction | None = None
        self._found: dict[int, Values] = {}

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        """Ledger positions of ``subject``, ascending; only of fact ``kinds``."""
        return positions_in(self._lookup(connection, key_of(subject)), kinds)

    def _lookup(self, connection: Connection, key: int) -> Values:
        transaction = connection.get_transaction()
        if transaction is None or transaction is not self._asked_in:
            self._asked_in, self._found = transaction, {}
        if key not in self._found:
            self._found[key] = self._log.lookup(connection, key)
        return self._found[key]

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None:
        """There is nothing to be gained by many look-ups at once."""


class SubjectIndex(LogIndex):
    """The shard's own index of subjects: append, and look up within its transaction and thread.

    A value is a position in its low 56 bits and the fact's code (:mod:`projections.index.fact_codes`) above.
    """

    def __init__(self, *, shape: Shape | None = None) -> None:
        super().__init__(SUBJECT_TABLES, shape=shape)

    def add(
        self, connection: Connection, keys: Keys, positions: npt.NDArray[np.int64], kinds: npt.NDArray[np.uint8]
    ) -> None:
        """One entry per subject a fact touches; ``kinds`` are codes."""
        packed = (kinds.astype(np.uint64) << np.uint64(KIND_SHIFT)) | positions.astype(np.uint64)
        self.append(connection, keys, packed.view(np.int64))

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        """Ledger positions of ``subject``, ascending; only of fact ``kinds``."""
        return positions_in(self.lookup(connection, [key_of(subject)])[0], kinds)


class SeenIndex(LogIndex):
    """Position of the first fact per (source, id).

    A hit is a hint: the ledger row behind it tells whether the message is the same.
    """

    def __init__(self, *, shape: Shape | None = None) -> None:
        super().__init__(SEEN_TABLES, shape=shape)


def positions_in(values: Values, kinds: Collection[int] | None) -> Values:
    """The ledger positions among a subject's ``values``, ascending; only of fact ``kinds``."""
    packed = values.view(np.uint64)
    positions: Values = (packed & np.uint64(POSITION_MASK)).astype(np.int64)
    if kinds is not None:
        positions = positions[_wanted(frozenset(kinds))[packed >> np.uint64(KIND_SHIFT)]]
    return np.sort(positions)


@lru_cache
def _wanted(kinds: frozenset[int]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(256, np.bool_)
    mask[list(kinds)] = True
    return mask
