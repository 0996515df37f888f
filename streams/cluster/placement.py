"""Placement: which partition and which shard a subject belongs to.

A subject's partition is what Kafka's own producers compute of its name (murmur2, as in Java
and aiokafka; librdkafka: ``partitioner=murmur2_random``), its shard ``partition % shards``.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

Hashes = np.ndarray[Any, np.dtype[np.uint32]]
Places = np.ndarray[Any, np.dtype[np.int32]]

_SEED: Final = 0x9747B28C
_M: Final = np.uint32(0x5BD1E995)
_R: Final = np.uint32(24)


@dataclass(frozen=True, slots=True)
class Placement:
    """The numbers of partitions and shards; both are fixed when the topics are made."""

    partitions: int
    shards: int

    def partition(self, key: bytes) -> int:
        """Where a producer puts ``key``."""
        return int(murmur2([key])[0] & 0x7FFFFFFF) % self.partitions

    def shard_of(self, partition: int) -> int:
        return partition % self.shards

    def partition_in(self, shard: int, key: bytes) -> int:
        """A partition of ``shard``: that of ``key`` where it is one, so that its order is kept."""
        partition = self.partition(key)
        return partition if self.shard_of(partition) == shard else shard

    def home(self, subject: str) -> int:
        """The shard that judges ``subject``."""
        return _home(self, subject)

    def partitions_of(self, keys: Sequence[bytes]) -> Places:
        """:meth:`partition` of each."""
        return ((murmur2(keys) & np.uint32(0x7FFFFFFF)) % np.uint32(self.partitions)).astype(np.int32)

    def homes(self, subjects: Sequence[str]) -> Places:
        """:meth:`home` of each."""
        return self.partitions_of([subject.encode() for subject in subjects]) % self.shards


@lru_cache(maxsize=50_000)
def _home(placement: Placement, subject: str) -> int:
    return placement.shard_of(placement.partition(subject.encode()))


def murmur2(keys: Sequence[bytes]) -> Hashes:
    """Kafka's hash of each key; those of one length are hashed together."""
    hashes = np.empty(len(keys), dtype=np.uint32)
    for length, rows in _by_length(keys):
        joined = b"".join(keys[row] for row in rows)
        hashes[rows] = _murmur2_of_length(np.frombuffer(joined, dtype=np.uint8).reshape(len(rows), length))
    return hashes


def _by_length(keys: Sequence[bytes]) -> Iterator[tuple[int, list[int]]]:
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        rows[len(key)].append(row)
    yield from rows.items()


def _murmur2_of_length(keys: np.ndarray[Any, np.dtype[np.uint8]]) -> Hashes:
    count, length = keys.shape
    hashed: Hashes = np.full(count, _SEED ^ length, dtype=np.uint32)
    whole = length & ~3
    words = np.ascontiguousarray(keys[:, :whole]).view("<u4").astype(np.uint32)
    for column in range(whole // 4):
        mixed = words[:, column] * _M
        mixed = (mixed ^ (mixed >> _R)) * _M
        hashed = (hashed * _M) ^ mixed
    for place in range(length - 1, whole - 1, -1):
        hashed ^= keys[:, place].astype(np.uint32) << np.uint32(8 * (place - whole))
    if length > whole:
        hashed *= _M
    hashed = (hashed ^ (hashed >> np.uint32(13))) * _M
    hashed ^= hashed >> np.uint32(15)
    return hashed
