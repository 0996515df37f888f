"""The whole log walked from its first row: ledger, tiles, checkpoints and batches fit, or where they do not.

What the walk cannot see is a log that was written anew as a whole, with its key: only a
checkpoint that somebody else kept, or a witness countersigned, tells that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from infra.identity.identities import unindexed
from infra.storage.fact_block import BlockDamaged
from infra.transparency.batch_walk import BatchWalk
from infra.transparency.beside import check_beside
from infra.transparency.block_walk import check_blocks
from infra.transparency.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from infra.transparency.notes import NotANote, Note, NotSigned, Signature, VerifierKey, parse_note, verify
from infra.transparency.rows import SMALLEST, NumberedRow, leaf_hashes, scan
from infra.transparency.schema import check_schema
from infra.transparency.tables import CHECKPOINTS, COSIGNATURES, TILES
from infra.transparency.tampered import Tampered
from infra.transparency.tiles import WIDTH, Tile
from infra.transparency.tree import Tree
from projections.table_sums import KEY

_REPORTED_EVERY: Final = 10_000


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found whole. ``cosigned`` is the largest size that a trusted witness vouches for.

    ``unbound`` is the number of changes beside the ledger since the newest checkpoint; None where it binds nothing
    there, or where they were not looked at.
    """

    entries: int
    checkpoints: int
    cosigned: int
    unbound: int | None = 0


class Audit:
    """One walk on one snapshot. ``published`` are checkpoints kept outside, by where they come from."""

    def __init__(
        self,
        connection: Connection,
        key: VerifierKey,
        *,
        witnesses: Sequence[VerifierKey] = (),
        published: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = connection
        self._key = key
        self._witnesses = witnesses
        self._suite = key.suite
        self._tree = Tree(key.suite)
        self._partial: dict[tuple[int, int], bytes] = {}
        self._batches = BatchWalk(connection)
        self._newest = ""
        self._wanted: dict[int, list[tuple[str, bytes]]] = {}
        for where, note in (published or {}).items():
            checkpoint, _, _ = open_checkpoint(note, key)
            self._wanted.setdefault(checkpoint.size, []).append((where, checkpoint.root))

    def run(self, progress: Callable[[int], None] = lambda _: None) -> Audited:
        """Raises :class:`Tampered` at the first place that does not fit."""
        rows = scan(self._connection, after=SMALLEST)
        checkpoints, cosigned, size = 0, 0, -1
        for checkpoint, witnessed in self._checkpoints():
            self._batches.must_end(checkpoint.size, after=size)
            self._grow(rows, checkpoint.size, progress)
            self._compare_root(checkpoint.size, checkpoint.root, after=size)
            checkpoints, size = checkpoints + 1, checkpoint.size
            cosigned = size if witnessed else cosigned
        self._end(rows, checkpoints)
        progress(self._tree.size)
        return Audited(self._tree.size, checkpoints, cosigned, self._beside())

    def _beside(self) -> int | None:
        check_schema(self._connection)
        check_blocks(self._connection)
        lost = unindexed(self._connection)
        if lost is not None:
            raise Tampered(None, f"identity {lost} is sealed, and the index does not lead to it")
        return check_beside(self._connection, self._newest) if KEY in self._connection.info else None

    def _end(self, rows: Iterator[NumberedRow], checkpoints: int) -> None:
        """Nothing may be left over."""
        size = self._tree.size
        beyond = self._next(rows)
        if beyond is not None:
            raise Tampered(beyond[0], "stands in the ledger and not in the log")
        if not checkpoints:
            raise Tampered(1, "the log has no checkpoint")
        self._batches.must_end_with(size)
        for (level, index), hashes in sorted(self._partial.items()):
            self._compare_tile(level, index, hashes)
        self._no_more_tiles(size)
        stray = select(func.min(COSIGNATURES.c.size)).where(COSIGNATURES.c.size.not_in(select(CHECKPOINTS.c.size)))
        found = self._connection.execute(stray).scalar()
        if found is not None:
            raise Tampered(found, "the checkpoint that a witness countersigned is gone")
        for unmatched in sorted(self._wanted):
            raise Tampered(size + 1, f"the log once had {unmatched} entries: {self._wanted[unmatched][0][0]}")

    def _checkpoints(self) -> Iterator[tuple[Checkpoint, bool]]:
        """Each with whether a trusted witness countersigned it, by size."""
        query = select(CHECKPOINTS).order_by(CHECKPOINTS.c.size)
        lines: dict[int, list[str]] = {}
        for size, line in self._connection.execute(select(COSIGNATURES.c.size, COSIGNATURES.c.line)):
            lines.setdefault(size, []).append(str(line))
        for size, note in self._connection.execute(query):
            yield self._opened(size, note, lines.get(size, []))

    def _opened(self, size: int, note: str, cosignatures: Iterable[str]) -> tuple[Checkpoint, bool]:
        position = max(size, 1)
        try:
            parsed = parse_note(str(note))
            verify(parsed, [self._key])
            checkpoint = parse_checkpoint(parsed.text, self._suite)
            witnessed = self._witnessed(parsed.text, cosignatures)
        except NotANote as error:
            raise Tampered(position, f"the checkpoint of size {size} cannot be read: {error}") from error
        except NotSigned as error:
            raise Tampered(position, f"the checkpoint of size {size} is not what was signed: {error}") from error
        if (checkpoint.origin, checkpoint.size, str(parsed)) != (self._key.name, size, note):
            raise Tampered(position, f"the checkpoint of size {size} is another one")
        self._newest = parsed.text
        return checkpoint, witnessed

    def _witnessed(self, text: str, lines: Iterable[str]) -> bool:
        signatures: list[Signature] = [each for line in lines for each in parse_note(f"{text}\n{line}").signatures]
        trusted = {(key.name, key.id) for key in self._witnesses}
        known = [each for each in signatures if (each.name, each.key_id) in trusted]
        if known:
            verify(Note(text, tuple(known)), self._witnesses)
        return bool(known)

    def _grow(self, rows: Iterator[NumberedRow], size: int, progress: Callable[[int], None]) -> None:
        """Take the rows up to ``size`` into the tree, each compared with its leaf."""
        while self._tree.size < size:
            before = self._tree.size
            count = min(size - before, WIDTH - before % WIDTH)
            hashes = [self._leaf(row, position) for position, row in self._numbered(rows, before, count)]
            self._compare_leaves(before, hashes)
            for tile, computed in self._tree.append(hashes):
                self._keep(tile, computed)
            if before // _REPORTED_EVERY != self._tree.size // _REPORTED_EVERY:
                progress(self._tree.size)

    def _numbered(self, rows: Iterator[NumberedRow], before: int, count: int) -> Iterator[tuple[int, NumberedRow]]:
        for position in range(before + 1, before + count + 1):
            row = self._next(rows)
            if row is None or row[0] > position:
                raise Tampered(position, "is missing from the ledger")
            if row[0] < position:
                raise Tampered(row[0], "stands in the ledger before its beginning")
            yield position, row

    def _next(self, rows: Iterator[NumberedRow]) -> NumberedRow | None:
        try:
            return next(rows, None)
        except BlockDamaged as error:
            raise Tampered(error.first_position, "the block of facts that begins here is damaged") from error

    def _leaf(self, row: NumberedRow, position: int) -> bytes:
        if not self._batches.fits(row):
            raise Tampered(position, "its time of recording is not that of its batch")
        return leaf_hashes(position, [row[1:]], self._suite)[0]

    def _compare_leaves(self, before: int, hashes: Sequence[bytes]) -> None:
        size = self._suite.digest_size
        stored = self._stored(0, before // WIDTH)
        at = before % WIDTH * size
        for number, computed in enumerate(hashes):
            found = stored[at + number * size : at + (number + 1) * size]
            if found != computed:
                what = "is not what was recorded" if found else "has no leaf in the log"
                raise Tampered(before + number + 1, what)

    def _keep(self, tile: Tile, computed: bytes) -> None:
        if tile.width == WIDTH:
            self._partial.pop((tile.level, tile.index), None)
            self._compare_tile(tile.level, tile.index, computed)
        else:
            self._partial[tile.level, tile.index] = computed

    def _compare_tile(self, level: int, index: int, computed: bytes) -> None:
        if self._stored(level, index) != computed:
            first = index * WIDTH ** (level + 1) + 1
            raise Tampered(first, f"tile {Tile(level, index).path} is not what its leaves lead to")

    def _stored(self, level: int, index: int) -> bytes:
        query = select(TILES.c.hashes).where(TILES.c.level == level, TILES.c.tile == index)
        found = self._connection.execute(query).scalar()
        return bytes(found) if isinstance(found, bytes | memoryview) else b""

    def _no_more_tiles(self, size: int) -> None:
        for level, index in self._connection.execute(select(TILES.c.level, TILES.c.tile).order_by(*TILES.primary_key)):
            if level < 0 or index < 0 or index * WIDTH ** (level + 1) >= size or size >> (8 * level) <= index * WIDTH:
                raise Tampered(max(size, 1), f"tile {level}/{index} belongs to no leaf")

    def _compare_root(self, size: int, root: bytes, *, after: int) -> None:
        found = self._tree.root()
        if found != root:
            raise Tampered(max(after, 0) + 1, f"up to position {size} something is not what was signed")
        for where, published in self._wanted.pop(size, []):
            if found != published:
                raise Tampered(1, f"up to position {size} something is not what was published: {where}")
