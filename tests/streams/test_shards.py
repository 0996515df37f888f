"""Cut into shards, the monitor finds what one shard finds, whoever gets a message and however late."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.policy import PolicyBook
from infra.cluster.completeness import STEPS
from infra.installation import KEYS_FOLDER
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from streams.cluster.placement import Placement
from tests.builders import LEAD, SOMEONE_ELSE
from tests.examples import examples
from tests.lead_strategies import histories as histories_of_leads
from tests.lead_strategies import policies, put_keys
from tests.monitor import START, Clock, Message, Monitor, OpenClue, said
from tests.projections.judging.test_approvals import histories as histories_of_cases
from tests.projections.judging.test_sites import DUE
from tests.projections.judging.test_sites import histories as histories_of_sites
from tests.projections.judging.test_won_lots import (
    AWARD,
    CONSENT,
    OPENING,
    OTHER_LEAD,
    REGISTERED,
    STARTED,
    SUCCESSOR,
)
from tests.projections.judging.test_won_lots import histories as histories_of_won_lots
from tests.shards import Shards
from tests.site_builders import an_inspection, checked
from tests.streams.test_cross_bid_laws import histories as histories_of_lots
from tests.streams.test_laws import LAW

APART = next(
    placement
    for placement in (Placement(partitions, 2) for partitions in range(2, 50))
    if placement.home(LEAD.subject) != placement.home(SOMEONE_ELSE.subject)
)
"""Two shards with one of two people each."""
LATER = max(DUE, START) + timedelta(days=10)

histories = st.one_of(
    histories_of_sites(), histories_of_lots(), histories_of_leads(), histories_of_cases(), histories_of_won_lots()
)
Arrival = tuple[int, Sequence[Message]] | int
"""A batch and its shard, or the shard whose messages for others are carried."""


def found_by_one(messages: Sequence[Message], policy: PolicyBook | None = None) -> frozenset[OpenClue]:
    with TemporaryDirectory() as folder:
        put_keys(Path(folder))
        monitor = Monitor(Settings(data=Path(folder), policy=policy or PolicyBook()), Clock(LATER))
        monitor.send(*messages)
        monitor.clock.pass_by(days=1)
        while monitor.shard.let_time_pass():
            pass
        found = monitor.open_clues()
        monitor.close()
    return found


def found_by_several(
    placement: Placement, arrivals: Sequence[Arrival], policy: PolicyBook | None = None
) -> frozenset[OpenClue]:
    with TemporaryDirectory() as folder:
        put_keys(Path(folder))
        clock = Clock(LATER)
        shards = Shards(Path(folder), Path(folder) / KEYS_FOLDER, placement, clock, policy)
        for arrival in arrivals:
            if isinstance(arrival, int):
                shards.carry(arrival)
            else:
                shards.send(arrival[0], *arrival[1])
            clock.pass_by(seconds=1)
        assert shards.carry_all() <= STEPS
        clock.moment = LATER + timedelta(days=1)
        shards.let_time_pass()
        found = shards.open_clues()
        for installation in shards.installations:
            Rebuilding(installation).rebuild()
        shards.close()
    return found


def rules(clues: frozenset[OpenClue]) -> set[str]:
    return {clue.rule for clue in clues}


ACTS = [
    said(checked(f"08-{day} 08:00", person=SOMEONE_ELSE, trade="项目负责人"), f"acts-{day}") for day in ("04", "05")
]
MET = said(an_inspection(person=SOMEONE_ELSE, role="项目负责人"), "met")


@pytest.mark.parametrize("seen", [ACTS, [MET], [OTHER_LEAD]])
def test_somebody_of_another_shard_who_acts_as_the_lead_is_seen(seen: list[Message]) -> None:
    for shard in range(2):
        found = found_by_several(APART, [(shard, [OPENING, AWARD, STARTED]), 0, 1, (shard, seen)])
        assert found == found_by_one([OPENING, AWARD, STARTED, *seen])
        assert "L202" in rules(found)


@pytest.mark.parametrize("order", [*permutations([OPENING, OTHER_LEAD, CONSENT, SUCCESSOR])])
def test_the_registration_of_a_new_lead_is_told_to_the_home_of_the_old_one(order: tuple[Message, ...]) -> None:
    expected = found_by_one([REGISTERED, *order])
    for shard in range(2):
        arrived: list[Arrival] = [(shard, [REGISTERED])]
        for message in order:
            arrived += [(shard, [message]), 0, 1]
        assert found_by_several(APART, arrived) == expected
    assert "L203" in rules(expected)


@st.composite
def arrivals(draw: st.DrawFn, messages: Sequence[Message], shards: int) -> list[Arrival]:
    """The same messages in some order, some twice, each to any shard, between carrying."""
    again = draw(st.lists(st.sampled_from(messages), max_size=3))
    order = draw(st.permutations([*messages, *again]))
    number = st.integers(0, shards - 1)
    arrived: list[Arrival] = []
    while order:
        first = draw(st.integers(1, len(order)))
        arrived += [(draw(number), order[:first]), *draw(st.lists(number, max_size=2))]
        order = order[first:]
    return arrived


@settings(LAW, max_examples=examples(60))
@given(st.data())
def test_any_shards_and_any_way_of_arriving_end_the_same(data: st.DataObject) -> None:
    messages, policy = data.draw(histories), data.draw(policies)
    placement = data.draw(st.builds(Placement, st.integers(4, 12), st.integers(2, 4)))
    expected = found_by_one(messages, policy)
    event(f"{len(expected)} open clues")
    assert found_by_several(placement, data.draw(arrivals(messages, placement.shards)), policy) == expected
