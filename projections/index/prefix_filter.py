"""A filter that excludes most absent keys with one look into memory, like a Bloom filter with one hash."""

import numpy as np
import numpy.typing as npt

from projections.index.shape import PREFIX_SPACE, Prefixes

SPARSENESS_BITS = 4
"""A filter has 2 ** 4 = 16 slots for each entry, so that one absent key in 16 passes."""


class PrefixFilter:
    """One bit for each slot of the prefix space, set where a key may be.

    A filter may have marks too many and never too few, so a transaction that is rolled back need not
    take its marks back.
    """

    __slots__ = ("_marks", "_shift_bits")

    def __init__(self, entries: int) -> None:
        """An empty filter for ``entries`` keys, which are spread evenly because they are hashes."""
        bits = min(32, max(3, (entries - 1).bit_length() + SPARSENESS_BITS))
        self._shift_bits = PREFIX_SPACE.bit_length() - 1 - bits
        self._marks = np.zeros(1 << (bits - 3), np.uint8)

    def add(self, prefixes: Prefixes) -> None:
        """Mark the slots of sorted ``prefixes``."""
        if len(prefixes) == 0:
            return
        places, marks = self._bits(prefixes)
        # Several prefixes may fall into one byte, and NumPy's ``|=`` with repeated indexes keeps only
        # the last. Sorted prefixes make equal places neighbours, whose marks are joined first.
        firsts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
        self._marks[places[firsts]] |= np.bitwise_or.reduceat(marks, firsts)

    def passing(self, prefixes: Prefixes) -> npt.NDArray[np.intp]:
        """The indexes of those ``prefixes`` that may have been added, ascending."""
        places, marks = self._bits(prefixes)
        passed: npt.NDArray[np.intp] = np.flatnonzero(self._marks[places] & marks)
        return passed

    def passes(self, prefix: int) -> bool:
        """Whether one prefix may have been added; much faster than :meth:`passing` with an array of one."""
        slot = prefix >> self._shift_bits
        return bool(self._marks[slot >> 3] >> (slot & 7) & 1)

    def _bits(self, prefixes: Prefixes) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
        slots = prefixes >> np.uint32(self._shift_bits)
        return slots >> np.uint32(3), np.left_shift(np.uint8(1), (slots & np.uint32(7)).astype(np.uint8))
