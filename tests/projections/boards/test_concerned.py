"""Whom facts concern, by the keys of their subjects."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from projections.boards.concerned import Concerned

_changes = st.tuples(st.booleans(), st.sampled_from("abc"), st.sets(st.integers(2**63 - 2, 2**63 + 2), max_size=3))


@given(st.lists(_changes, max_size=20))
def test_a_key_concerns_whoever_was_added_under_it_and_not_removed_since(
    changes: list[tuple[bool, str, set[int]]],
) -> None:
    concerned, expected = Concerned(), set[tuple[int, str]]()
    asked = np.array([2**63 + number for number in (3, 1, -2, 0, 1, -3)], np.uint64)
    for added, name, keys in changes:
        (concerned.add if added else concerned.remove)(name, sorted(keys))
        pairs = {(key, name) for key in keys}
        expected = expected | pairs if added else expected - pairs
        under = {key: {name for one, name in expected if one == key} for key in asked.tolist()}
        assert {key: set(concerned.of(key)) for key in asked.tolist()} == under
        assert concerned.hits(asked).tolist() == [bool(under[key]) for key in asked.tolist()]
        assert set(concerned.among(asked)) == set().union(*under.values())
