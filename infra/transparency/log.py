"""The writer's side of the log: one leaf for each ledger row, one checkpoint for each transaction."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from domain.errors import MonitorError
from infra.transparency.beside import begin, bind
from infra.transparency.checkpoint import Checkpoint, open_checkpoint
from infra.transparency.notes import NotANote, NotSigned, Signer
from infra.transparency.rows import LoggedRecorder, leaf_hashes, scan
from infra.transparency.sink import Sink
from infra.transparency.suite import Suite
from infra.transparency.tables import CHECKPOINTS, TILES
from infra.transparency.tiles import Tile, right_edge
from infra.transparency.tree import Tree
from projections.batches import BATCHES

_PUT: Final = {
    dialect: f"INSERT INTO log_tiles (level, tile, hashes) VALUES ({mark}, {mark}, {mark})"  # noqa: S608 - the marks are ours
    " ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes"
    for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
}
_INSERT_CHECKPOINT: Final = insert(CHECKPOINTS)
_GROUP: Final = 20_000
"""Rows hashed at a time where a log is begun over an older ledger."""


class LogBroken(MonitorError):
    """Ledger and log do not fit together; ``tender-monitor audit`` says where."""


class ForeignLog(MonitorError):
    """The log in this database was signed in another name, or with another key."""


class TransparencyLog:
    """Grows with the ledger, inside its transactions. What it holds in memory follows them.

    ``begun``: the log of this installation was begun before, so that an empty one beside a
    full ledger has lost its content and is not begun again.
    """

    def __init__(
        self,
        recorder: LoggedRecorder,
        signer: Signer,
        *,
        begun: bool,
        sink: Sink | None = None,
    ) -> None:
        self._recorder = recorder
        self._signer = signer
        self._begun = begun
        self._suite = signer.verifier.suite
        self._tree = self._growing = Tree(self._suite)
        self._sink = sink
        self._signed = ""

    def load(self, connection: Connection) -> None:
        """Read how far the log has come; begin it over the ledger there is, if it is new.

        Raises :class:`LogBroken` where log and ledger do not end together, or ForeignLog.
        """
        self._recorder.take_appended()
        begin(connection)
        row = connection.execute(select(CHECKPOINTS).order_by(CHECKPOINTS.c.size.desc()).limit(1)).first()
        if self._sink is not None:
            self._sink.check(self._signer.verifier.name, row.size if row else 0)
        if row is None:
            self._begin(connection)
            return
        checkpoint = self._opened(row.note)
        self._tree = self._growing = _tree_of(connection, checkpoint.size, self._suite)
        last = self._recorder.last_position(connection)
        if last != checkpoint.size or row.size != checkpoint.size:
            raise LogBroken(f"the ledger ends at {last}, the log at {checkpoint.size}; `audit` says more")
        if self._tree.root() != checkpoint.root:
            raise LogBroken("the tiles do not lead to the newest checkpoint; `audit` says more")
        self._begun = True

    def append(self, connection: Connection, last_position: int) -> None:
        """Take what was appended in this transaction, up to ``last_position``, and sign the new size.

        Raises :class:`LogBroken` where somebody else wrote to the ledger.
        """
        hashes: list[bytes] = []
        expected = self._tree.size + 1
        for first, rows in self._recorder.take_appended():
            if first != expected:
                raise LogBroken(f"position {expected} was not written by the shard")
            hashes += leaf_hashes(first, rows, self._suite)
            expected += len(rows)
        if expected != last_position + 1:
            raise LogBroken(f"position {expected} was not written by the shard")
        # The tree of the last commit stays untouched beside the growing one, so that a rollback costs nothing.
        self._growing = self._tree
        if hashes:
            self._growing = self._tree.copy()
            _put(connection, self._growing.append(hashes))
            self._sign(connection, self._growing)

    def committed(self) -> None:
        # A sink outside the database is told after the commit alone: it must never hold a size that was rolled back.
        if self._sink is not None and self._growing is not self._tree:
            self._sink.take(self._signed)
        self._tree = self._growing

    def rolled_back(self) -> None:
        """Go back to what was committed."""
        self._recorder.take_appended()
        self._growing = self._tree

    def _begin(self, connection: Connection) -> None:
        """The empty log, and a checkpoint for each transaction of the ledger there is."""
        self._tree = self._growing = tree = Tree(self._suite)
        last = self._recorder.last_position(connection)
        if (last and self._begun) or connection.execute(select(func.count()).select_from(TILES)).scalar():
            raise LogBroken("the log has lost its checkpoints; `audit` says more")
        self._sign(connection, tree)
        # All rounds of one transaction have the same moment, and one checkpoint.
        ends = select(func.max(BATCHES.c.last_position)).group_by(BATCHES.c.recorded_at)
        for end in sorted({end for (end,) in connection.execute(ends) if 0 < end <= last} | ({last} - {0})):
            for start in range(tree.size, end, _GROUP):
                rows = scan(connection, after=start, upto=min(end, start + _GROUP))
                hashes = leaf_hashes(start + 1, [row[1:] for row in rows], self._suite)
                _put(connection, tree.append(hashes))
            if tree.size != end:
                raise LogBroken(f"the ledger has no whole row of positions up to {end}")
            self._sign(connection, tree)

    def _sign(self, connection: Connection, tree: Tree) -> None:
        checkpoint = Checkpoint(self._signer.verifier.name, tree.size, tree.root())
        note = self._signer.signed(checkpoint.text + bind(connection, tree.size))
        self._signed = str(note)
        connection.execute(_INSERT_CHECKPOINT, {"size": tree.size, "note": str(note)})

    def _opened(self, note: str) -> Checkpoint:
        try:
            return open_checkpoint(note, self._signer.verifier)[0]
        except (NotANote, NotSigned) as error:
            raise ForeignLog("the newest checkpoint is not signed in this installation's name and key") from error


def _tree_of(connection: Connection, size: int, suite: Suite) -> Tree:
    edge: dict[int, bytes] = {}
    for tile in right_edge(size):
        query = select(TILES.c.hashes).where(TILES.c.level == tile.level, TILES.c.tile == tile.index)
        hashes: Any = connection.execute(query).scalar()
        if hashes is None or len(hashes) != tile.width * suite.digest_size:
            raise LogBroken(f"tile {tile.path} is not whole; `audit` says more")
        edge[tile.level] = bytes(hashes)
    return Tree.of(size, edge, suite)


def _put(connection: Connection, tiles: Iterable[tuple[Tile, bytes]]) -> None:
    rows = [(tile.level, tile.index, hashes) for tile, hashes in tiles]
    connection.exec_driver_sql(_PUT[connection.dialect.name], rows)
