import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.transparency.tiles import Tile, right_edge
from infra.transparency.tree import Tree
from tests.infra.transparency import reference
from tests.infra.transparency.vectors import VECTORS

ROOTS = VECTORS / "rfc6962-roots.json"
MANY = [reference.leaf(number.to_bytes(4, "big")) for number in range(70_000)]


@pytest.mark.skipif(not ROOTS.exists(), reason="the shared vectors are not here")
def test_the_published_roots_come_out() -> None:
    known = json.loads(ROOTS.read_text(encoding="utf-8"))
    leaves = [reference.leaf(bytes.fromhex(leaf)) for leaf in known["leaves"]]
    assert [leaf.hex() for leaf in leaves] == known["leaf_hashes"]
    tree, roots = Tree(), []
    for size in range(9):
        roots.append(tree.root().hex())
        tree.append(leaves[size : size + 1])
    assert roots == known["roots"]


@given(st.lists(st.integers(0, 700), max_size=6))
def test_leaves_added_in_any_portions_give_the_tree_that_the_standard_defines(portions: list[int]) -> None:
    tree, size = Tree(), 0
    for portion in portions:
        tree.append(MANY[size : size + portion])
        size += portion
        assert tree.size == size
        assert tree.root() == reference.root(MANY[:size])


@given(st.integers(0, 2_000), st.integers(1, 700))
def test_a_tree_read_back_from_its_right_edge_grows_on_as_if_never_put_away(size: int, more: int) -> None:
    tree = Tree()
    tree.append(MANY[:size])
    again = Tree.of(size, tree.edge)
    assert again.root() == tree.root()
    assert again.append(MANY[size : size + more]) == tree.append(MANY[size : size + more])
    assert again.root() == tree.root()


def test_a_tree_of_70_000_leaves_has_the_tiles_of_the_specification() -> None:
    """The example of C2SP tlog-tiles."""
    tree = Tree()
    kept: dict[tuple[int, int], tuple[Tile, bytes]] = {}
    for start in range(0, 70_000, 999):
        kept |= {(tile.level, tile.index): (tile, hashes) for tile, hashes in tree.append(MANY[start : start + 999])}
    full = [tile for tile, _ in kept.values() if tile.width == 256]
    partial = [tile for tile, _ in kept.values() if tile.width < 256]
    assert [sum(tile.level == level for tile in full) for level in range(3)] == [273, 1, 0]
    assert sorted(partial, key=lambda tile: tile.level) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert set(right_edge(70_000)) == set(partial)
    assert tree.root() == reference.root(MANY)
    for tile, hashes in kept.values():
        assert len(hashes) == 32 * tile.width
