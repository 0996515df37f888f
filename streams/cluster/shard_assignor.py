"""Assigns shards to workers: all partitions of a shard, of every topic, go to one worker.

Two workers must not write to one shard: each holds in memory what it has written. A worker keeps
its shards as long as the shares stay equal.
"""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from aiokafka.cluster import ClusterMetadata
from faust.assignor.client_assignment import ClientAssignment
from faust.assignor.partition_assignor import (
    MemberAssignmentMapping,
    MemberMetadataMapping,
    PartitionAssignor,
)
from faust.types.app import AppT

NAME: Final = "tender-monitor-shards"


class ShardAssignor(PartitionAssignor):
    """Runs in whichever worker leads the group; ``shards`` is set by :func:`assignor_of`."""

    shards: int

    def _perform_assignment(
        self, cluster: ClusterMetadata, member_metadata: MemberMetadataMapping
    ) -> MemberAssignmentMapping:
        clients = {member: self._get_client_metadata(each) for member, each in member_metadata.items()}
        self._update_member_urls(clients)
        had = {member: shards_in(client.assignment.actives, self.shards) for member, client in clients.items()}
        owners = assigned(had, self.shards)
        topics = sorted({topic for each in member_metadata.values() for topic in cast("list[str]", each.subscription)})
        partitions = {topic: sorted(cluster.partitions_for_topic(topic) or ()) for topic in topics}
        assignments = {
            member: ClientAssignment(
                actives={
                    topic: [number for number in partitions[topic] if owners[number % self.shards] == member]
                    for topic in topics
                },
                standbys={},
            )
            for member in clients
        }
        return self._protocol_assignments(assignments, {}, {}, dict.fromkeys(topics, 0))

    @property
    def name(self) -> str:
        return NAME


def assignor_of(shards: int) -> type[ShardAssignor]:
    """The assignor as Faust wants it, a class to be called with the app."""
    return type("ShardAssignorOfApp", (ShardAssignor,), {"shards": shards})


def shards_in(partitions: Mapping[str, Sequence[int]], shards: int) -> set[int]:
    return {number % shards for numbers in partitions.values() for number in numbers}


def assigned(had: Mapping[str, set[int]], shards: int) -> dict[int, str]:
    """The owner of each shard: as before where that is fair, else whoever has the fewest."""
    fair, more = divmod(shards, len(had))
    owners: dict[int, str] = {}
    owned: dict[str, int] = dict.fromkeys(sorted(had, key=lambda member: (-len(had[member]), member)), 0)
    for member in owned:
        kept = sorted(had[member] - owners.keys())[: fair + (more > 0)]
        more -= len(kept) > fair
        owners |= dict.fromkeys(kept, member)
        owned[member] = len(kept)
    for shard in range(shards):
        if shard not in owners:
            owners[shard] = min(owned, key=lambda member: owned[member])
            owned[owners[shard]] += 1
    return owners


def owned_shards(app: AppT, shards: int) -> set[int]:
    """The shards this worker owns now."""
    return {tp.partition % shards for tp in app.assignor.assigned_actives()}
