"""A ring over several jurisdictions: every supervisor of one of its lots is told, sees it and may decide."""

from collections.abc import Sequence

import pytest

from alerts.inbox import inbox
from alerts.recipients import Occasion
from domain.access import Actor, Role
from domain.errors import NotFound
from infra.rebuilding import Rebuilding
from projections.boards.clue_board import CLUES
from projections.questions.clue_queries import Filters, clues
from tests.builders import BIDDER, RIVAL, THIRD, a_bid, a_bid_opening
from tests.cross_bid_builders import person
from tests.monitor import AUDITOR, Message, Monitor, correction
from tests.projections.judging.test_payers import BROKER, insured, named

GUANGZHOU = Actor(Role.SUPERVISOR, "广州市监管处", jurisdiction="440100")
SHENZHEN = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
GUANGDONG = Actor(Role.SUPERVISOR, "广东省监管处", jurisdiction="440000")
CHENGDU = Actor(Role.SUPERVISOR, "成都市监管处", jurisdiction="5101")
MIANYANG = Actor(Role.SUPERVISOR, "绵阳市监管处", jurisdiction="510700")
BEIJING = Actor(Role.SUPERVISOR, "北京市监管处", jurisdiction="110000")
CONCERNED = (GUANGZHOU, SHENZHEN, GUANGDONG, CHENGDU)
EVERY_SUPERVISOR = (*CONCERNED, MIANYANG, BEIJING)
ALL = Filters(rule="T403")


def lots_in(*places: str) -> list[Message]:
    """A bidder in each place, all of whose leads one broker insures."""
    bidders = zip(places, (BIDDER, RIVAL, THIRD, BIDDER), strict=False)
    return [
        message
        for number, (place, bidder) in enumerate(bidders)
        for message in (named(number, bidder, jurisdiction=place), insured(number, BROKER))
    ]


def seen_by(monitor: Monitor, actors: Sequence[Actor] = EVERY_SUPERVISOR, filters: Filters = ALL) -> list[Actor]:
    with monitor.read() as connection:
        return [actor for actor in actors if clues(connection, actor, filters).items]


def told(monitor: Monitor, reader: Actor) -> list[Occasion]:
    """What its inbox says of the ring, in order."""
    with monitor.read() as connection:
        return [each.occasion for each in inbox(connection, reader, limit=1_000) if each.content.rule == "T403"]


@pytest.fixture
def ring(monitor_anywhere: Monitor) -> Monitor:
    """In two cities of one province and one of another: no division holds them all."""
    monitor_anywhere.send(*lots_in("440100", "440300", "510100"))
    return monitor_anywhere


def test_every_supervisor_of_one_of_the_lots_sees_the_ring_and_nobody_else(ring: Monitor) -> None:
    (row,) = (row for row in ring.rows(CLUES) if row.rule == "T403")
    assert row.jurisdiction == ""
    with ring.read() as connection:
        (shown,) = clues(connection, CHENGDU, ALL).items
    assert shown.jurisdictions == ("440100", "440300", "510100")
    assert seen_by(ring) == list(CONCERNED)
    bound = Actor(Role.INVESTIGATOR, "核查员", jurisdiction="5101"), Actor(Role.AUDITOR, "审计员", jurisdiction="1101")
    assert seen_by(ring, [AUDITOR, *bound]) == [AUDITOR, bound[0]]


@pytest.mark.parametrize(("place", "found"), [("44", True), ("510100", True), ("5107", False), ("1", False)])
def test_it_is_found_under_each_of_its_places(ring: Monitor, place: str, found: bool) -> None:
    assert bool(seen_by(ring, [AUDITOR], Filters(rule="T403", jurisdiction=place))) is found


def test_every_supervisor_of_one_of_the_lots_is_told_once(ring: Monitor) -> None:
    """Also that of the province, which holds two of its places."""
    for reader in EVERY_SUPERVISOR:
        assert told(ring, reader) == ([Occasion.RAISED] if reader in CONCERNED else [])


def test_its_withdrawal_reaches_those_who_were_told(ring: Monitor) -> None:
    ring.send(correction("never", "opening-2"))
    assert seen_by(ring, [BEIJING, MIANYANG]) == []
    for reader in EVERY_SUPERVISOR:
        assert told(ring, reader) == ([Occasion.RAISED, Occasion.WITHDRAWN] if reader in CONCERNED else [])


def test_a_place_that_is_left_is_told_so_and_one_that_is_entered_is_told_of_the_ring(ring: Monitor) -> None:
    """To the province, which keeps one of its two places, it is no news; until that is left too."""
    bids = (a_bid(bidder=RIVAL, person=person(1)),)
    ring.send(correction("moved", "opening-1", a_bid_opening(lot_id="1", bids=bids, jurisdiction="510700")))
    assert seen_by(ring) == [GUANGZHOU, GUANGDONG, CHENGDU, MIANYANG]
    assert told(ring, SHENZHEN) == [Occasion.RAISED, Occasion.HANDED_OVER]
    assert told(ring, MIANYANG) == [Occasion.RAISED]
    assert told(ring, GUANGDONG) == [Occasion.RAISED]
    bids = (a_bid(person=person(0)),)
    ring.send(correction("moved too", "opening-0", a_bid_opening(lot_id="0", bids=bids, jurisdiction="510700")))
    assert told(ring, GUANGDONG) == told(ring, GUANGZHOU) == [Occasion.RAISED, Occasion.HANDED_OVER]
    assert seen_by(ring) == [CHENGDU, MIANYANG]


def test_any_of_them_may_decide_and_nobody_else(ring: Monitor) -> None:
    (row,) = (row for row in ring.rows(CLUES) if row.rule == "T403")
    with pytest.raises(NotFound):
        ring.decide(row.clue_id, "acknowledge", actor=BEIJING)
    ring.decide(row.clue_id, "acknowledge", actor=CHENGDU)
    ring.decide(row.clue_id, "investigate", actor=GUANGDONG)
    assert [row.status for row in ring.rows(CLUES) if row.rule == "T403"] == ["under-investigation"]


def test_one_place_is_told_as_any_other_clue_is(monitor: Monitor) -> None:
    monitor.send(*lots_in("440100", "440100", "440100"))
    (row,) = (row for row in monitor.rows(CLUES) if row.rule == "T403")
    assert (row.jurisdiction, row.jurisdictions) == ("440100", "")
    assert seen_by(monitor) == [GUANGZHOU, GUANGDONG]
    assert told(monitor, GUANGDONG) == [Occasion.RAISED]


def test_places_are_the_same_after_a_rebuild(ring: Monitor) -> None:
    Rebuilding(ring.installation).rebuild()
    assert seen_by(ring) == list(CONCERNED)
