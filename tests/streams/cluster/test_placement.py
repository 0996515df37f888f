from aiokafka.partitioner import murmur2 as reference
from hypothesis import given
from hypothesis import strategies as st

from streams.cluster.placement import Placement, murmur2


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_keys_hash_as_every_other_client_hashes_them(keys: list[bytes]) -> None:
    assert murmur2(keys).tolist() == [reference(key) for key in keys]


@given(st.text(max_size=40), st.integers(1, 40), st.data())
def test_a_subject_has_one_home_however_it_is_asked_for(subject: str, partitions: int, data: st.DataObject) -> None:
    placement = Placement(partitions, data.draw(st.integers(1, partitions)))
    home = placement.home(subject)
    assert home == placement.shard_of(placement.partition(subject.encode()))
    assert placement.homes([subject]).tolist() == [home]


@given(st.binary(max_size=20), st.integers(1, 40), st.data())
def test_a_partition_in_a_shard_belongs_to_it(key: bytes, partitions: int, data: st.DataObject) -> None:
    placement = Placement(partitions, data.draw(st.integers(1, partitions)))
    shard = data.draw(st.integers(0, placement.shards - 1))
    assert placement.shard_of(placement.partition_in(shard, key)) == shard
