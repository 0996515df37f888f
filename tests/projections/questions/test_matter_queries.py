"""Matters as each party may see them: what is one, filters, pages."""

from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from domain.access import Actor, Role
from domain.clues.context import ClueStatus
from domain.errors import NotFound
from domain.rule import Severity
from infra.rebuilding import Rebuilding
from projections.boards import matter_board
from projections.boards.clue_board import CLUES
from projections.boards.matter_board import MATTERS
from projections.questions.matter_queries import (
    MatterFilters,
    MatterPage,
    MatterSort,
    ShownMatter,
    counts,
    has_cursor,
    matter,
    matters,
)
from tests.builders import BIDDER, RIVAL, SOMEONE_ELSE, THIRD, a_bid, a_bid_opening, a_firm, payments
from tests.clue_builders import SECRET_RULE, a_finding, judged
from tests.monitor import AUDITOR, SUPERVISOR, Monitor, correction, said, told_complete

BY_BIDDER = Actor(Role.BIDDER, "投标人", uscc=BIDDER.uscc)
BY_RIVAL = Actor(Role.BIDDER, "对手", uscc=RIVAL.uscc)
ELSEWHERE = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
EVERYTHING = MatterFilters()


@pytest.fixture
def told(monitor: Monitor) -> Monitor:
    """Two leads of two bidders in two jurisdictions, insured by others; nobody registered them."""
    told_complete(monitor)
    elsewhere = a_bid_opening(
        tender_id="T-2",
        jurisdiction="440300",
        tenderer=a_firm("深圳市水务投资有限公司", 20),
        bids=(a_bid(bidder=RIVAL, person=SOMEONE_ELSE),),
    )
    monitor.send(
        *(said(data, f"p-{data.month}") for data in payments(RIVAL)),
        *(said(data, f"q-{data.month}") for data in payments(THIRD, person=SOMEONE_ELSE)),
        said(a_bid_opening(), "opening"),
        said(elsewhere, "elsewhere"),
    )
    return monitor


def listed(monitor: Monitor, actor: Actor, filters: MatterFilters = EVERYTHING, **given: object) -> MatterPage:
    with monitor.read() as connection:
        return matters(connection, actor, filters, **given)  # type: ignore[arg-type]


def own(monitor: Monitor) -> ShownMatter:
    (found,) = listed(monitor, SUPERVISOR).items
    return found


def test_all_clues_about_a_lead_in_a_lot_are_one_matter(told: Monitor) -> None:
    found = own(told)
    assert {"E101", "C302"} <= set(found.rules)
    assert (found.status, found.severity, found.bidder and found.bidder.uscc) == (
        ClueStatus.RAISED,
        Severity.HIGH,
        BIDDER.uscc,
    )
    with told.read() as connection:
        assert counts(connection, SUPERVISOR) == {ClueStatus.RAISED: 1}


@pytest.mark.parametrize(
    ("actor", "tenders"),
    [
        (AUDITOR, {"T-2025-001", "T-2"}),
        (SUPERVISOR, {"T-2025-001"}),
        (ELSEWHERE, {"T-2"}),
        (BY_BIDDER, {"T-2025-001"}),
        (BY_RIVAL, {"T-2"}),
        (Actor(Role.BIDDER, "nobody"), set()),
        (Actor(Role.TENDERER, "no candidate yet", uscc=BIDDER.uscc), set()),
        (Actor(Role.SECURITY_OFFICER, "officer"), set()),
    ],
)
def test_each_party_sees_its_own_matters(told: Monitor, actor: Actor, tenders: set[str]) -> None:
    page = listed(told, actor)
    assert {shown.tender_id for shown in page.items} == tenders
    assert page.count == len(tenders)


def test_a_party_sees_of_a_matter_what_its_own_clues_make(told: Monitor) -> None:
    """A clue that parties may not know of shows neither by its rule nor in status, gravity, filters or counts."""
    for clue in own(told).clues:
        told.decide(clue.clue_id, "acknowledge")
    decisions, first = told.installation.decisions, UUID(own(told).clues[0].clue_id)
    secret = judged(None, a_finding(rule=SECRET_RULE), context=decisions.clue(first).context, candidate=True)
    assert secret is not None
    told.shard.decide(lambda connection, _: decisions.record(connection, [secret]))
    assert (own(told).status, own(told).candidate) == (ClueStatus.RAISED, True)
    (shown,) = listed(told, BY_BIDDER).items
    assert (shown.status, shown.candidate) == (ClueStatus.ACKNOWLEDGED, False)
    assert SECRET_RULE not in {*shown.rules, *(clue.rule for clue in shown.clues)}
    assert listed(told, BY_BIDDER, MatterFilters(rule=SECRET_RULE)).count == 0
    assert listed(told, BY_BIDDER, MatterFilters(statuses=(ClueStatus.RAISED,))).count == 0
    with told.read() as connection:
        assert counts(connection, BY_BIDDER) == {ClueStatus.ACKNOWLEDGED: 1}


def test_a_matter_that_is_not_ones_own_is_not_found(told: Monitor) -> None:
    matter_id = UUID(own(told).matter_id)
    with told.read() as connection:
        assert matter(connection, BY_BIDDER, matter_id).matter_id == str(matter_id)
        for actor, asked in ((ELSEWHERE, matter_id), (BY_RIVAL, matter_id), (AUDITOR, uuid4())):
            with pytest.raises(NotFound):
                matter(connection, actor, asked)


@pytest.mark.parametrize(
    ("filters", "tenders"),
    [
        (MatterFilters(rule="C302"), {"T-2025-001", "T-2"}),
        (MatterFilters(rule="S501"), set()),
        (MatterFilters(bidder=RIVAL.uscc), {"T-2"}),
        (MatterFilters(person_id=SOMEONE_ELSE.person_id), {"T-2"}),
        (MatterFilters(jurisdiction="440300"), {"T-2"}),
        (MatterFilters(severity=Severity.LOW), set()),
        (MatterFilters(statuses=(ClueStatus.WITHDRAWN,)), set()),
        (MatterFilters(q="t-2025"), {"T-2025-001"}),
        (MatterFilters(q="%"), set()),
    ],
)
def test_filters_narrow_the_list(told: Monitor, filters: MatterFilters, tenders: set[str]) -> None:
    page = listed(told, AUDITOR, filters)
    assert {shown.tender_id for shown in page.items} == tenders
    assert page.count == len(tenders)


@pytest.mark.parametrize("sort", MatterSort)
@pytest.mark.parametrize("actor", [AUDITOR, BY_BIDDER])
def test_pages_follow_one_another_without_a_gap(monitor: Monitor, sort: MatterSort, actor: Actor) -> None:
    told_complete(monitor)
    monitor.send(*(said(data, f"p-{data.month}") for data in payments(RIVAL)))
    monitor.send_each(*(said(a_bid_opening(tender_id=f"T-{number}"), f"o-{number}") for number in range(5)))
    whole, found, cursor = listed(monitor, actor, sort=sort), list[str](), None
    while True:
        page = listed(monitor, actor, sort=sort, cursor=cursor, limit=2)
        found += [shown.matter_id for shown in page.items]
        if page.next is None:
            break
        assert has_cursor(sort, page.next)
        cursor = page.next
    assert found == [shown.matter_id for shown in whole.items]
    assert len(found) == whole.count >= 5
    if sort is MatterSort.RAISED:
        assert all(one.raised_at >= next.raised_at for one, next in pairwise(whole.items))


def test_the_board_is_what_its_clues_make_it_after_every_change(told: Monitor) -> None:
    """Late facts, decisions and corrections, one by one: the rows equal those made of all clues at once."""
    (clue_id,) = [clue.clue_id for clue in own(told).clues if clue.rule == "E101"]
    told.decide(clue_id, "investigate")
    told.send(correction("undone", "opening"))
    kept = told.rows(MATTERS)
    with told.installation.database.transaction() as connection:
        matter_board.put(connection, {row.matter_id for row in told.rows(CLUES)})
    assert sorted(told.rows(MATTERS)) == sorted(kept)
    assert Rebuilding(told.installation).rebuild() == len(told.ledger())


def test_a_matter_ends_when_its_last_clue_does(told: Monitor) -> None:
    told.send(correction("undone", "opening"))
    assert own(told).status is ClueStatus.WITHDRAWN
    assert own(told).severity is Severity.HIGH
