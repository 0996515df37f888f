"""A block: up to 128 facts in the order of the ledger, packed together and compressed."""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final
from uuid import UUID

import msgspec
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from domain.errors import MonitorError

MOST_FACTS: Final = 128
"""Reading one fact opens its whole block; so many are a good bargain between disk and reading (decision 64)."""
_LEVEL: Final = 1
_FORM: Final = 1

FullRow = tuple[int, UUID, int, str, bytes]
"""Position, originator, version, topic, state."""


class BlockDamaged(MonitorError):
    """The bytes of a block are not those that were written."""

    def __init__(self, first_position: int) -> None:
        super().__init__(f"the block of facts that begins at position {first_position} is damaged")
        self.first_position = first_position


class _Content(msgspec.Struct, array_like=True, frozen=True):
    """Rows by columns; ``originator_of`` and ``topic_of`` are places in the lists before them."""

    form: int
    offsets: list[int]
    originators: list[bytes]
    originator_of: list[int]
    versions: list[int]
    topics: list[str]
    topic_of: list[int]
    lengths: list[int]
    states: bytes


class Block:
    """An opened block. Nothing is made of a fact until it is asked for."""

    __slots__ = ("_content", "_ends", "_originators", "first_position")

    def __init__(self, first_position: int, content: _Content) -> None:
        self.first_position = first_position
        self._content = content
        self._ends = [0, *accumulate(content.lengths)]
        self._originators = [UUID(bytes=originator) for originator in content.originators]
        count = len(content.offsets)
        columns = (content.originator_of, content.versions, content.topic_of, content.lengths)
        whole = all(len(column) == count for column in columns) and self._ends[-1] == len(content.states)
        if not (content.form == _FORM and count and whole):
            raise ValueError

    def __iter__(self) -> Iterator[FullRow]:
        return map(self._row, range(len(self._content.offsets)))

    def at(self, position: int) -> FullRow | None:
        """The fact at ``position``; None where none is in this block."""
        offset = position - self.first_position
        place = bisect_left(self._content.offsets, offset)
        there = place < len(self._content.offsets) and self._content.offsets[place] == offset
        return self._row(place) if there else None

    def of_stream(self, originator: UUID) -> Iterator[FullRow]:
        """The facts of one stream, in their order."""
        return (row for row in self if row[1] == originator)

    def _row(self, place: int) -> FullRow:
        content = self._content
        return (
            self.first_position + content.offsets[place],
            self._originators[content.originator_of[place]],
            content.versions[place],
            content.topics[content.topic_of[place]],
            content.states[self._ends[place] : self._ends[place + 1]],
        )


class _Codec(threading.local):
    """Compressing and decompressing are not safe for several threads on one object."""

    def __init__(self) -> None:
        self.compressor = ZstdCompressor(level=_LEVEL, write_checksum=True)
        self.decompressor = ZstdDecompressor()


_CODEC: Final = _Codec()
_DECODER: Final = msgspec.msgpack.Decoder(_Content)


def pack(rows: Sequence[FullRow]) -> bytes:
    """The body of a block of ``rows``, which are in the order of their positions.

    A zstd frame (RFC 8878) with its checksum, of MessagePack.
    """
    originators: dict[UUID, int] = {}
    topics: dict[str, int] = {}
    first = rows[0][0]
    content = _Content(
        form=_FORM,
        offsets=[position - first for position, *_ in rows],
        originator_of=[originators.setdefault(originator, len(originators)) for _, originator, *_ in rows],
        originators=[originator.bytes for originator in originators],
        versions=[version for _, _, version, *_ in rows],
        topic_of=[topics.setdefault(topic, len(topics)) for *_, topic, _ in rows],
        topics=list(topics),
        lengths=[len(state) for *_, state in rows],
        states=b"".join(state for *_, state in rows),
    )
    return _CODEC.compressor.compress(msgspec.msgpack.encode(content))


def unpack(first_position: int, body: bytes | memoryview) -> Block:
    """A block opened. Raises :class:`BlockDamaged`."""
    try:
        return Block(first_position, _DECODER.decode(_CODEC.decompressor.decompress(body)))
    # A hand in the database may have put in anything, a text too.
    except (ZstdError, msgspec.DecodeError, ValueError, TypeError) as error:
        raise BlockDamaged(first_position) from error
