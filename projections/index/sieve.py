"""Telling most absent keys from present ones with one look into memory each."""

import numpy as np
import numpy.typing as npt

from projections.index.shape import PREFIX_SPACE, Prefixes

SPARSENESS_BITS = 4
"""A sieve has 16 slots per entry, so that one absent key in 16 passes."""


class Sieve:
    """A bit per slot of the prefix space, set where a key may be.

    There may be too many marks, never too few: so a rolled-back transaction need not undo its own.
    """

    __slots__ = ("_marks", "_shift_bits")

    def __init__(self, entries: int) -> None:
        """Sized for ``entries`` of evenly spread keys."""
        bits = min(32, max(3, (entries - 1).bit_length() + SPARSENESS_BITS))
        self._shift_bits = PREFIX_SPACE.bit_length() - 1 - bits
        self._marks = np.zeros(1 << (bits - 3), np.uint8)

    def add(self, prefixes: Prefixes) -> None:
        """Mark the slots of sorted ``prefixes``."""
        if len(prefixes) == 0:
            return
        places, marks = self._bits(prefixes)
        firsts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
        self._marks[places[firsts]] |= np.bitwise_or.reduceat(marks, firsts)

    def passing(self, prefixes: Prefixes) -> npt.NDArray[np.intp]:
        """Indexes of the ``prefixes`` that may have been added."""
        places, marks = self._bits(prefixes)
        found: npt.NDArray[np.intp] = np.flatnonzero(self._marks[places] & marks)
        return found

    def passes(self, prefix: int) -> bool:
        """As :meth:`passing`, for one: much quicker than an array of one."""
        slot = prefix >> self._shift_bits
        return bool(self._marks[slot >> 3] >> (slot & 7) & 1)

    def _bits(self, prefixes: Prefixes) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
        slots = prefixes >> np.uint32(self._shift_bits)
        return slots >> np.uint32(3), np.left_shift(np.uint8(1), (slots & np.uint32(7)).astype(np.uint8))
