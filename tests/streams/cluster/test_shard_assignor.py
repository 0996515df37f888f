from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from streams.cluster.shard_assignor import assigned, shards_in

members = st.sets(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=6)


@st.composite
def groups(draw: st.DrawFn) -> tuple[dict[str, set[int]], int]:
    """Members, what each had, perhaps the same shard twice or one that is no more."""
    shards = draw(st.integers(1, 12))
    had = {member: draw(st.sets(st.integers(0, shards), max_size=shards)) for member in draw(members)}
    return {member: {shard for shard in each if shard < shards} for member, each in had.items()}, shards


@given(groups())
def test_every_shard_has_one_owner_and_nobody_has_two_more_than_another(
    group: tuple[dict[str, set[int]], int],
) -> None:
    had, shards = group
    owners = assigned(had, shards)
    assert sorted(owners) == list(range(shards))
    owned = Counter(owners.values())
    assert max(owned[member] for member in had) - min(owned[member] for member in had) <= 1


@given(groups())
def test_nothing_moves_while_the_members_stay(group: tuple[dict[str, set[int]], int]) -> None:
    had, shards = group
    owners = assigned(had, shards)
    now = {member: {shard for shard, owner in owners.items() if owner == member} for member in had}
    assert assigned(now, shards) == owners


def test_all_partitions_of_all_topics_of_a_shard_go_together() -> None:
    assert shards_in({"a": [0, 4, 8], "b": [4]}, 4) == {0}
