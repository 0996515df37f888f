"""The log as read from its tables: checkpoints, tiles, roots and proofs of any size it had."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from domain.errors import MonitorError
from infra.transparency.merkle import Range, consistency_ranges, inclusion_ranges, root_above
from infra.transparency.suite import SHA256_ED25519, Suite
from infra.transparency.tables import CHECKPOINTS, COSIGNATURES
from infra.transparency.tiles import HEIGHT, WIDTH, NoSuchTile, Tile

_LEVEL_AND_TILE: Final = {"sqlite": "(level = ? AND tile = ?)", "postgresql": "(level = %s AND tile = %s)"}
_NEWEST: Final = select(func.max(CHECKPOINTS.c.size))


class OutsideTheLog(MonitorError):
    """A size or position the log has not reached."""


class TileMissing(MonitorError):
    """A tile that must be there is not, or is too short."""

    def __init__(self, tile: Tile) -> None:
        super().__init__(f"tile {tile.path} is not whole")
        self.tile = tile


@dataclass(frozen=True, slots=True)
class InclusionProof:
    leaf_index: int
    tree_size: int
    leaf_hash: bytes
    root: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    first: int
    second: int
    first_root: bytes
    second_root: bytes
    hashes: tuple[bytes, ...]


class LogReader:
    """One snapshot of the log; tiles are read once."""

    def __init__(self, connection: Connection, suite: Suite = SHA256_ED25519) -> None:
        self._connection = connection
        self._suite = suite
        self._tiles: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        """How many leaves the newest checkpoint covers; 0 before the first."""
        return self._connection.execute(_NEWEST).scalar() or 0

    def checkpoint(self, size: int | None = None) -> str | None:
        """The note of that size with its cosignatures, or the newest; None where there is none."""
        query = select(CHECKPOINTS).order_by(CHECKPOINTS.c.size.desc()).limit(1)
        if size is not None:
            query = query.where(CHECKPOINTS.c.size == size)
        return self._note(query)

    def witnessed(self, at_least: int = 0) -> str | None:
        """The newest checkpoint of that size or more that a witness countersigned."""
        seen = select(COSIGNATURES.c.size).where(COSIGNATURES.c.size == CHECKPOINTS.c.size).exists()
        query = select(CHECKPOINTS).where(CHECKPOINTS.c.size >= at_least, seen)
        return self._note(query.order_by(CHECKPOINTS.c.size.desc()).limit(1))

    def tile(self, tile: Tile) -> bytes:
        """The hashes of a tile, or the beginning of a longer one; raises NoSuchTile."""
        found = self._read([(tile.level, tile.index)]).get((tile.level, tile.index), b"")
        wanted = tile.width * self._suite.digest_size
        if len(found) < wanted:
            raise NoSuchTile(tile.path)
        return found[:wanted]

    def leaf_hash(self, index: int) -> bytes:
        return self._node(0, index)

    def root(self, size: int) -> bytes:
        """Raises :class:`OutsideTheLog`."""
        self._check(size)
        return self._roots([(0, size)])[0]

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """That leaf ``index`` (from 0) is in the tree of ``size``; raises :class:`OutsideTheLog`."""
        self._check(size)
        if not 0 <= index < size:
            raise OutsideTheLog(f"leaf {index} is not in a tree of {size}")
        leaf, *hashes = self._roots([(index, index + 1), *inclusion_ranges(index, size)])
        root = root_above(index, size, leaf, hashes, self._suite)
        return InclusionProof(index, size, leaf, root, tuple(hashes))

    def consistency(self, first: int, second: int) -> ConsistencyProof:
        """That the tree of ``first`` leaves begins that of ``second``; raises :class:`OutsideTheLog`."""
        self._check(second)
        if not 0 < first <= second:
            raise OutsideTheLog(f"a tree of {first} does not come before one of {second}")
        ranges = [(0, first), (0, second), *consistency_ranges(first, second)]
        first_root, second_root, *hashes = self._roots(ranges)
        return ConsistencyProof(first, second, first_root, second_root, tuple(hashes))

    def _check(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise OutsideTheLog(f"the log has no size {size}")

    def _note(self, query: Select[Any]) -> str | None:
        row: Row[Any] | None = self._connection.execute(query).first()
        if row is None:
            return None
        lines = select(COSIGNATURES.c.line).where(COSIGNATURES.c.size == row.size).order_by(COSIGNATURES.c.witness)
        return "".join((row.note, *self._connection.execute(lines).scalars()))

    def _roots(self, ranges: Sequence[Range]) -> list[bytes]:
        """The hash over each range of leaves."""
        perfect = [_perfect(*each) for each in ranges]
        self._read((height // HEIGHT, _tile_of(height, at)) for parts in perfect for height, at in parts)
        return [self._folded(parts) for parts in perfect]

    def _folded(self, perfect: Sequence[tuple[int, int]]) -> bytes:
        found: bytes | None = None
        for height, at in reversed(perfect):
            node = self._node(height, at)
            found = node if found is None else self._suite.node_hash(node, found)
        return self._suite.empty_root if found is None else found

    def _node(self, height: int, at: int) -> bytes:
        """The root of the perfect subtree ``at`` of that height, out of its tile."""
        level, inside = divmod(height, HEIGHT)
        first, count = (at << inside) % WIDTH, 1 << inside
        tile = Tile(level, _tile_of(height, at))
        hashes = self._read([(tile.level, tile.index)]).get((tile.level, tile.index), b"")
        size, new = self._suite.digest_size, self._suite.new
        if len(hashes) < (first + count) * size:
            raise TileMissing(tile)
        nodes = [hashes[start * size : (start + 1) * size] for start in range(first, first + count)]
        while len(nodes) > 1:
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [new(b"\x01" + left + right).digest() for left, right in pairs]
        return nodes[0]

    def _read(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        missing = sorted(set(wanted) - self._tiles.keys())
        if missing:
            level_and_tile = _LEVEL_AND_TILE[self._connection.dialect.name]
            # Said so, both databases look each tile up by its key; a list of pairs they may search for from end to end.
            query = f"SELECT level, tile, hashes FROM log_tiles WHERE {' OR '.join([level_and_tile] * len(missing))}"  # noqa: S608 - the marks are ours
            for level, index, hashes in self._connection.exec_driver_sql(query, tuple(chain.from_iterable(missing))):
                self._tiles[level, index] = bytes(hashes)
        return self._tiles


def _tile_of(height: int, at: int) -> int:
    return (at << height % HEIGHT) // WIDTH


def _perfect(start: int, end: int) -> list[tuple[int, int]]:
    """The perfect subtrees a range of leaves is made of, as (height, place), from the left."""
    parts = []
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        parts.append((height, start >> height))
        start += 1 << height
    return parts
