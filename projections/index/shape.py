"""Sizes of an index, and the arrays it is made of."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Keys: TypeAlias = npt.NDArray[np.uint64]
Values: TypeAlias = npt.NDArray[np.int64]
Prefixes: TypeAlias = npt.NDArray[np.uint32]

PREFIX_SPACE = 1 << 32
"""Slices of the key space end at whole 32-bit prefixes, the part of a key kept in memory."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes in entries, except ``fan_in``."""

    fan_in: int = 16
    """Runs of one level merged into one of the next."""
    run_cap: int = 2_000_000
    """No merge makes a run larger than this; runs over half of it are final."""
    slice: int = 8_192
    """Entries merged at once."""
    segment: int = 2_048
    """Entries of a row: what is read to find a key in a large run."""
    hot_run: int = 262_144
    """Runs up to this size are kept in memory whole, larger ones by prefix only."""
    cached: int = 250_000
    """Entries of large runs kept in memory after reading them."""

    def is_final(self, entries: int) -> bool:
        return entries * 2 > self.run_cap


def no_entries() -> tuple[Keys, Values]:
    return np.empty(0, np.uint64), np.empty(0, np.int64)


def joined(pieces: list[tuple[Keys, Values]]) -> tuple[Keys, Values]:
    if not pieces:
        return no_entries()
    if len(pieces) == 1:
        return pieces[0]
    return np.concatenate([keys for keys, _ in pieces]), np.concatenate([values for _, values in pieces])


def by_key(keys: Keys, values: Values) -> tuple[Keys, Values]:
    """Both, ordered by key; a stable sort is the fast one on arrays that are sorted in stretches."""
    order = np.argsort(keys, kind="stable")
    return keys[order], values[order]
