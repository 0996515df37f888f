from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.transparency.leaf import Leaf, NotALeaf, leaf_bytes, parse_leaf
from infra.transparency.rows import leaf_hashes
from tests.infra.transparency import reference

topics = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)
leaves = st.builds(Leaf, st.integers(1, 2**62), st.uuids(), st.integers(1, 2**62), topics, st.binary())


def written(leaf: Leaf) -> bytes:
    return leaf_bytes(leaf.position, leaf.originator_id, leaf.originator_version, leaf.topic, leaf.state)


@given(leaves, leaves)
def test_two_rows_have_the_same_leaf_only_if_they_are_the_same_row(one: Leaf, other: Leaf) -> None:
    assert parse_leaf(written(one)) == one
    assert (written(one) == written(other)) == (one == other)


@given(leaves)
def test_the_hash_that_the_writer_computes_is_that_of_the_leafs_bytes(leaf: Leaf) -> None:
    row = (leaf.originator_id, leaf.originator_version, leaf.topic, leaf.state)
    assert leaf_hashes(leaf.position, [row]) == [reference.leaf(written(leaf))]


@pytest.mark.parametrize("said", [b"", b"\n" * 5, b"tender-integrity leaf v2\n1\n%b\n1\na\n"])
def test_what_is_no_leaf_is_refused(said: bytes) -> None:
    with pytest.raises(NotALeaf):
        parse_leaf(said.replace(b"%b", uuid4().hex.encode()))


def test_a_number_written_in_another_way_is_no_leaf() -> None:
    proper = leaf_bytes(12, UUID(int=5), 3, "topic", b"{}")
    with pytest.raises(NotALeaf):
        parse_leaf(proper.replace(b"\n12\n", b"\n012\n"))
