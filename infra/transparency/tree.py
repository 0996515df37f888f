"""A tree that only grows at its right edge: what has to be in memory to add leaves to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from infra.transparency.suite import SHA256_ED25519, Suite
from infra.transparency.tiles import HEIGHT, WIDTH, Tile


@dataclass(slots=True)
class Tree:
    """The roots of the perfect subtrees that make up the tree, and its partial tiles.

    ``peaks`` by height, one for each bit of ``size``; ``edge`` by level.
    """

    suite: Suite = SHA256_ED25519
    size: int = 0
    peaks: dict[int, bytes] = field(default_factory=dict)
    edge: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, size: int, edge: Mapping[int, bytes], suite: Suite = SHA256_ED25519) -> "Tree":
        """A tree of ``size`` by the partial tiles of its right edge."""
        tree = cls(suite, size, {}, dict(edge))
        for level, hashes in edge.items():
            nodes = [hashes[at : at + suite.digest_size] for at in range(0, len(hashes), suite.digest_size)]
            tree._climb(nodes, level * HEIGHT, (level + 1) * HEIGHT)
        return tree

    def copy(self) -> "Tree":
        return Tree(self.suite, self.size, dict(self.peaks), dict(self.edge))

    def append(self, leaf_hashes: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
        """Grow; the tiles that are new or longer than before, as they are now."""
        nodes, height = list(leaf_hashes), 0
        changed: list[tuple[Tile, bytes]] = []
        self.size += len(nodes)
        while nodes:
            changed += self._tiles(height // HEIGHT, nodes)
            nodes = self._climb(nodes, height, height + HEIGHT)
            height += HEIGHT
        return changed

    def root(self) -> bytes:
        found: bytes | None = None
        for height in sorted(self.peaks):
            peak = self.peaks[height]
            found = peak if found is None else self.suite.node_hash(peak, found)
        return self.suite.empty_root if found is None else found

    def _climb(self, nodes: list[bytes], height: int, top: int) -> list[bytes]:
        """Combine nodes of ``height`` with the peaks; those that reach ``top``."""
        new = self.suite.new
        while nodes and height < top:
            if height in self.peaks:
                nodes = [self.peaks.pop(height), *nodes]
            if len(nodes) % 2:
                self.peaks[height] = nodes[-1]
            pairs = zip(nodes[::2], nodes[1::2], strict=False)
            nodes = [new(b"\x01" + left + right).digest() for left, right in pairs]
            height += 1
        return nodes

    def _tiles(self, level: int, nodes: Iterable[bytes]) -> list[tuple[Tile, bytes]]:
        """Put ``nodes`` at the end of a level."""
        hashes, width = self.suite.digest_size, WIDTH * self.suite.digest_size
        row = self.edge.pop(level, b"") + b"".join(nodes)
        last = self.size >> (HEIGHT * level)
        first = (last - len(row) // hashes) // WIDTH
        parts = [row[start : start + width] for start in range(0, len(row), width)]
        if len(parts[-1]) < width:
            self.edge[level] = parts[-1]
        return [(Tile(level, first + at, len(part) // hashes), part) for at, part in enumerate(parts)]
