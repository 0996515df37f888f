"""Everything is recorded wherever it belongs once what shards have for each other has come, in all its steps."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from infra.cluster.cluster_view import Offsets
from infra.cluster.completeness import STEPS, complete
from infra.installation import KEYS_FOLDER
from streams.cluster.placement import Placement
from streams.cluster.topics import FOLLOW_UPS
from tests.builders import LEAD, RIVAL, a_bid_opening, payments
from tests.lead_strategies import put_keys
from tests.monitor import START, Clock, said
from tests.shards import Shards

OPENING, PAYER = a_bid_opening(), f"org:{RIVAL.uscc}"
APART = next(
    placement
    for placement in (Placement(partitions, 2) for partitions in range(2, 50))
    if placement.home(OPENING.lot) == placement.home(PAYER) != placement.home(LEAD.subject)
)
"""Two shards: lot and payer have one home, and the lead has the other."""


class Publishers:
    """What was in the outboxes at one look is sent before the next one; that is the end of a step."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._looks = 0
        self.steps = 0

    async def ends(self, *topics: str) -> Offsets:
        return {TopicPartition(topic, 0): 1 for topic in topics}

    async def left(self, ends: Offsets) -> Offsets:  # noqa: ARG002 - all that was sent is recorded
        return {}

    async def record(self, place: TopicPartition, offset: int, end: int) -> bool:
        raise AssertionError(place, offset, end)

    async def outboxes(self, topic: str) -> dict[int, tuple[int, int]]:
        assert topic == FOLLOW_UPS.name
        self._looks += 1
        if self._looks % 2 == 0:
            self.steps += self._shards.carry_one_step()
        return self._shards.outboxes()


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[Shards]:
    put_keys(tmp_path)
    shards = Shards(tmp_path, tmp_path / KEYS_FOLDER, APART, Clock(START))
    yield shards
    shards.close()


def test_a_notice_waits_also_for_what_follows_in_another_shard_from_what_came_to_one(shards: Shards) -> None:
    """The opening goes to its lot, from there the appointment to the lead, from there the insurance to the payer."""
    shards.send(APART.home(LEAD.subject), *(said(each, f"paid {each.month}") for each in payments(RIVAL)))
    shards.send(APART.home(LEAD.subject), said(OPENING, "opening"))
    publishers = Publishers(shards)
    asyncio.run(complete(publishers))
    assert publishers.steps == STEPS
    assert shards.outboxes() == {}
