"""The sizes of an index, and the arrays that it consists of."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Keys: TypeAlias = npt.NDArray[np.uint64]
Values: TypeAlias = npt.NDArray[np.int64]
Prefixes: TypeAlias = npt.NDArray[np.uint32]

PREFIX_SPACE = 1 << 32
"""The number of 32-bit prefixes. Slices of the key space consist of whole prefixes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of an index, in entries except for ``fan_in``."""

    fan_in: int = 16
    """How many runs of one level are merged into one run of the next."""
    run_cap: int = 2_000_000
    """No merge makes a run larger than this."""
    slice: int = 8_192
    """How many entries, on average, are merged at once."""
    segment: int = 2_048
    """How many entries a segment has at most; one segment is read to find a key in a large run."""
    hot_run: int = 262_144
    """Runs up to this size are in memory as a whole; of larger ones only the prefixes are."""
    cached: int = 250_000
    """How many entries of large runs stay in memory after they were read."""

    def is_final(self, entries: int) -> bool:
        """Whether a run is so large that it is never merged again: two such runs exceed the cap."""
        return entries * 2 > self.run_cap


def no_entries() -> tuple[Keys, Values]:
    return np.empty(0, np.uint64), np.empty(0, np.int64)


def joined(pieces: list[tuple[Keys, Values]]) -> tuple[Keys, Values]:
    """All pieces, one after the other."""
    if not pieces:
        return no_entries()
    if len(pieces) == 1:
        return pieces[0]
    return np.concatenate([keys for keys, _ in pieces]), np.concatenate([values for _, values in pieces])


def by_key(keys: Keys, values: Values) -> tuple[Keys, Values]:
    """Keys and values, sorted by key."""
    # The stable sort is the faster one here, because the arrays consist of pieces that are sorted already.
    order = np.argsort(keys, kind="stable")
    return keys[order], values[order]
