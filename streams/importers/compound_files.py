"""Compound files, the form of old workbooks (XLS): whether their chains of sectors end and lie within the file.

The library that reads old workbooks follows the chains without a look: one that runs in a circle would fill the
memory of the machine.
"""

from collections.abc import Sequence
from struct import unpack_from
from typing import Final

SIGNATURE: Final = b"\xd0\xcf\x11\xe0"
_LAST: Final = 0xFFFF_FFFA
"""Numbers from here on are no sectors but ends and gaps."""
_SIZES: Final = {9: 512, 12: 4_096}
_ENTRY: Final = 128
_STREAM, _ROOT = 2, 5
_SMALL: Final = 4_096
"""Streams below it lie in small sectors of their own."""


class BrokenCompoundFile(ValueError):
    """A chain of sectors runs in a circle, or out of the file."""


def check_chains(content: bytes) -> None:
    """Raises :class:`BrokenCompoundFile`."""
    if len(content) < 512 or unpack_from("<H", content, 30)[0] not in _SIZES:
        raise BrokenCompoundFile
    chains = _Chains(content, _SIZES[unpack_from("<H", content, 30)[0]])
    directory_start, small_start, more_start = (unpack_from("<I", content, place)[0] for place in (48, 60, 68))
    table = chains.table(more_start)
    _check_circles(table, chains.sectors)
    small = chains.numbers(chains.chain(small_start, table))
    _check_circles(small, len(small))
    for kind, start, size in chains.entries(chains.chain(directory_start, table)):
        within = len(small) if kind == _STREAM and size < _SMALL else chains.sectors
        if within <= start < _LAST and size:
            raise BrokenCompoundFile


class _Chains:
    def __init__(self, content: bytes, size: int) -> None:
        self._content = content
        self._size = size
        self.sectors = -(-len(content) // size) - 1

    def table(self, more: int) -> Sequence[int]:
        """For each sector the next of its chain; ``more`` is the first of those that list the sectors of the table."""
        listed = list(unpack_from("<109I", self._content, 76))
        seen: set[int] = set()
        while more < _LAST:
            if more in seen or more >= self.sectors:
                raise BrokenCompoundFile
            seen.add(more)
            *further, more = self.numbers([more])
            listed += further
        return self.numbers([sector for sector in listed if sector < _LAST])

    def chain(self, start: int, table: Sequence[int]) -> list[int]:
        found: list[int] = []
        while start < _LAST:
            if start >= len(table) or start >= self.sectors:
                raise BrokenCompoundFile
            found.append(start)
            start = table[start]
        return found

    def numbers(self, sectors: Sequence[int]) -> Sequence[int]:
        content = self._of(sectors)
        return unpack_from(f"<{len(content) // 4}I", content)

    def entries(self, sectors: Sequence[int]) -> list[tuple[int, int, int]]:
        """Kind, first sector and size of each stream."""
        content = self._of(sectors)
        found = [
            (content[place + 66], *unpack_from("<II", content, place + 116))
            for place in range(0, len(content) - _ENTRY + 1, _ENTRY)
        ]
        return [entry for entry in found if entry[0] in (_STREAM, _ROOT)]

    def _of(self, sectors: Sequence[int]) -> bytes:
        if any(sector >= self.sectors for sector in sectors):
            raise BrokenCompoundFile
        return b"".join(self._content[(one + 1) * self._size : (one + 2) * self._size] for one in sectors)


def _check_circles(table: Sequence[int], sectors: int) -> None:
    """No chain of the table may come back to where it was, or leave the file."""
    ends: set[int] = set()
    for first in range(len(table)):
        place, own = first, set[int]()
        while place not in ends:
            if place in own:
                raise BrokenCompoundFile
            own.add(place)
            following = table[place]
            if following >= _LAST:
                break
            if following >= min(sectors, len(table)):
                raise BrokenCompoundFile
            place = following
        ends |= own
