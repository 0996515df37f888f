"""Two indexes: the ledger positions of each subject, and the messages that have been seen before."""

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

# A value of the subject index has a position in its lower 56 bits and a fact's code in the upper 8.
KIND_SHIFT = 56
POSITION_MASK = (1 << KIND_SHIFT) - 1


def key_of(text: str) -> int:
    """The 64-bit key of a subject, or of a message (see :func:`seen_text`)."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def keys_of(texts: Iterable[str]) -> Keys:
    """The keys of many texts, as an array; the same keys as :func:`key_of`."""
    digests = b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts])
    return np.frombuffer(digests, "<u8").astype(np.uint64, copy=False)


def seen_text(source: str, external_id: str) -> str:
    """The text whose key a message has in the seen index."""
    # Intake refuses every NUL character, so no two pairs of source and id give the same text.
    return f"{source}\0{external_id}"


class SubjectReader:
    """The positions of a subject's facts, for readers in any process; for one thread at a time.

    Within one read transaction, a second look-up of the same subject is answered from memory.
    """

    def __init__(self) -> None:
        self._log = LogReader(SUBJECT_TABLES)
        self._transaction: Transaction | None = None
        self._values: dict[int, Values] = {}

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        """The ledger positions of ``subject``, ascending; only of facts with a code among ``kinds``, if given."""
        return positions_in(self._lookup(connection, key_of(subject)), kinds)

    def _lookup(self, connection: Connection, key: int) -> Values:
        transaction = connection.get_transaction()
        # A new transaction sees newer rows, so what was remembered in another one may be too little.
        if transaction is None or transaction is not self._transaction:
            self._transaction, self._values = transaction, {}
        if key not in self._values:
            self._values[key] = self._log.lookup(connection, key)
        return self._values[key]

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None:
        """Do nothing: a reader gains nothing by looking up many subjects at once."""


class SubjectIndex(LogIndex):
    """The index of subjects that a shard writes, and reads within its own transaction and thread.

    A value is a position in the lower 56 bits, and above it the fact's code
    (:mod:`projections.index.fact_codes`).
    """

    def __init__(self, *, shape: Shape | None = None) -> None:
        super().__init__(SUBJECT_TABLES, shape=shape)

    def add(
        self, connection: Connection, keys: Keys, positions: npt.NDArray[np.int64], kinds: npt.NDArray[np.uint8]
    ) -> None:
        """Add entries: subject ``keys``, ledger ``positions`` and codes of facts, three arrays of one length.

        A fact has one entry for each of its subjects.
        """
        packed = (kinds.astype(np.uint64) << np.uint64(KIND_SHIFT)) | positions.astype(np.uint64)
        self.append(connection, keys, packed.view(np.int64))

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        """The ledger positions of ``subject``, ascending; only of facts with a code among ``kinds``, if given."""
        return positions_in(self.lookup(connection, [key_of(subject)])[0], kinds)


class SeenIndex(LogIndex):
    """The ledger position of the first fact with each (source, id).

    Keys of different messages may collide, so a caller must compare a hit with the ledger row.
    """

    def __init__(self, *, shape: Shape | None = None) -> None:
        super().__init__(SEEN_TABLES, shape=shape)


def positions_in(values: Values, kinds: Collection[int] | None) -> Values:
    """The ledger positions in ``values`` of a subject, ascending; only of facts with a code among ``kinds``."""
    packed = values.view(np.uint64)
    positions: Values = (packed & np.uint64(POSITION_MASK)).astype(np.int64)
    if kinds is not None:
        positions = positions[_wanted(frozenset(kinds))[packed >> np.uint64(KIND_SHIFT)]]
    # Values are sorted with their codes in front, so without the codes positions are not in order.
    return np.sort(positions)


@lru_cache
def _wanted(kinds: frozenset[int]) -> npt.NDArray[np.bool_]:
    """For each of the 256 codes, whether it is among ``kinds``."""
    mask = np.zeros(256, np.bool_)
    mask[list(kinds)] = True
    return mask
