"""Clues as each party may see them: scope, filters, pages."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.access import Actor, Role
from domain.errors import NotFound
from domain.facts.bidding import Candidate, CandidatesAnnounced
from projections.questions.clue_queries import Filters, Page, ShownClue, clue, clues, suspended
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    TENDERER,
    THIRD,
    a_bid,
    a_bid_opening,
    a_firm,
    a_payment,
    a_registration,
    payments,
)
from tests.monitor import AUDITOR, OPERATOR, START, SUPERVISOR, Monitor, correction, said

BY_BIDDER = Actor(Role.BIDDER, "投标人", uscc=BIDDER.uscc)
BY_TENDERER = Actor(Role.TENDERER, "招标人", uscc=TENDERER.uscc)

EVERYTHING = Filters()


@pytest.fixture
def told(monitor: Monitor) -> Monitor:
    """Two leads insured by third parties, in two jurisdictions; the first one's bidder is a candidate."""
    elsewhere = a_bid_opening(
        tender_id="T-2",
        jurisdiction="440300",
        tenderer=a_firm("深圳市水务投资有限公司", 20),
        bids=(a_bid(bidder=RIVAL, person=SOMEONE_ELSE),),
    )
    monitor.send(
        said(a_bid_opening(), "opening"),
        said(elsewhere, "elsewhere"),
        *(said(a_registration(person=person), f"r-{person.person_id[:2]}") for person in (LEAD, SOMEONE_ELSE)),
        *(said(data, f"p-{data.month}") for data in payments(RIVAL)),
        *(said(data, f"q-{data.month}") for data in payments(THIRD, person=SOMEONE_ELSE)),
        said(_candidates(), "announced"),
    )
    return monitor


def _candidates() -> CandidatesAnnounced:
    candidates = (Candidate(rank=1, bidder=BIDDER),)
    given = {"tender_id": "T-2025-001", "lot_id": "1", "announced_at": "2025-06-25T10:00:00+08:00"}
    return CandidatesAnnounced.model_validate({**given, "candidates": candidates})


def listed(monitor: Monitor, actor: Actor, filters: Filters = EVERYTHING, **given: int | str | None) -> Page:
    with monitor.read() as connection:
        return clues(connection, actor, filters, **given)  # type: ignore[arg-type]


def about(page: Page) -> set[tuple[str, str | None]]:
    return {(shown.rule, shown.tender_id) for shown in page.items}


MINE = {("E101", "T-2025-001"), ("E102", "T-2025-001")}
THEIRS = {("E101", "T-2"), ("E102", "T-2"), ("E108", "T-2")}


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (AUDITOR, MINE | THEIRS),
        (OPERATOR, MINE | THEIRS),
        (Actor(Role.INVESTIGATOR, "核查员"), MINE | THEIRS),
        (Actor(Role.SUPERVISOR, "广东省监管处", jurisdiction="440000"), MINE | THEIRS),
        (Actor(Role.SUPERVISOR, "广东省监管处", jurisdiction="44"), MINE | THEIRS),
        (SUPERVISOR, MINE),
        (Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300"), THEIRS),
        (Actor(Role.SUPERVISOR, "四川省监管处", jurisdiction="510000"), set()),
        (Actor(Role.SUPERVISOR, "无辖区"), set()),
        (BY_BIDDER, MINE),
        (Actor(Role.BIDDER, "对手", uscc=RIVAL.uscc), THEIRS),
        (Actor(Role.BIDDER, "缴纳单位", uscc=THIRD.uscc), set()),
        (Actor(Role.BIDDER, "无代码"), set()),
        (BY_TENDERER, MINE),
        (Actor(Role.TENDERER, "别的招标人", uscc=a_firm("深圳市水务投资有限公司", 20).uscc), set()),
        (Actor(Role.SOURCE, "交易系统", source="urn:test:source"), set()),
    ],
    ids=lambda value: value.name if isinstance(value, Actor) else "",
)
def test_each_party_sees_what_concerns_it(told: Monitor, actor: Actor, sees: set[tuple[str, str]]) -> None:
    assert about(listed(told, actor)) == sees
    with told.read() as connection:
        for shown in listed(told, AUDITOR).items:
            if (shown.rule, shown.tender_id) in sees:
                assert clue(connection, actor, UUID(shown.clue_id)).clue_id == shown.clue_id
            else:
                with pytest.raises(NotFound):
                    clue(connection, actor, UUID(shown.clue_id))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(rule="E108"), {("E108", "T-2")}),
        (Filters(severity="medium"), {("E102", "T-2025-001"), ("E102", "T-2")}),
        (Filters(tender_id="T-2"), THEIRS),
        (Filters(tender_id="T-2025-001", lot_id="1"), MINE),
        (Filters(tender_id="T-2025-001", lot_id="2"), set()),
        (Filters(person_id=LEAD.person_id), MINE),
        (Filters(jurisdiction="4403"), THEIRS),
        (Filters(jurisdiction="440000"), MINE | THEIRS),
        (Filters(statuses=("acknowledged",)), set()),
        (Filters(rule="E101", jurisdiction="4401"), {("E101", "T-2025-001")}),
    ],
    ids=lambda value: repr(value) if isinstance(value, Filters) else "",
)
def test_a_list_is_narrowed_by_each_filter(told: Monitor, filters: Filters, found: set[tuple[str, str]]) -> None:
    assert about(listed(told, AUDITOR, filters)) == found


def test_a_filter_by_status_finds_who_is_there(told: Monitor) -> None:
    clue_id = listed(told, SUPERVISOR, Filters(rule="E101")).items[0].clue_id
    told.decide(clue_id, "acknowledge")
    assert [shown.clue_id for shown in listed(told, AUDITOR, Filters(statuses=("acknowledged",))).items] == [clue_id]


def test_a_filter_by_time_finds_what_changed_since(told: Monitor) -> None:
    told.clock.pass_by(hours=1)
    told.send(said(a_payment(payer=BIDDER, scheme="medical", month="2025-05"), "more"))
    told.send(said(a_payment(payer=THIRD), "another pension"))
    since = Filters(since=START + timedelta(minutes=30))
    assert ("E101", "T-2025-001") in about(listed(told, AUDITOR, since))
    assert ("E101", "T-2") not in about(listed(told, AUDITOR, since))


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_together_are_the_whole_list_newest_first(told: Monitor, limit: int) -> None:
    whole = [shown.clue_id for shown in listed(told, AUDITOR).items]
    page = listed(told, AUDITOR, limit=limit)
    shown: list[ShownClue] = [*page.items]
    while page.next is not None:
        assert len(page.items) == limit
        page = listed(told, AUDITOR, cursor=page.next, limit=limit)
        shown += page.items
    assert [each.clue_id for each in shown] == whole


def test_a_clue_shows_its_evidence_and_history(told: Monitor) -> None:
    shown = listed(told, SUPERVISOR, Filters(rule="E101")).items[0]
    assert {fact.id for fact in shown.facts} >= {"p-2025-05"}
    assert all(fact.position >= 1 for fact in shown.facts)
    assert shown.employer_match is not None
    assert shown.explanation.zh
    assert shown.explanation.en
    assert shown.history[0].what == "raised"
    assert shown.person_masked is None


def test_a_clue_nobody_raised_is_not_found(told: Monitor) -> None:
    with told.read() as connection, pytest.raises(NotFound):
        clue(connection, AUDITOR, uuid4())


def test_a_person_under_investigation_is_suspended_and_no_other(told: Monitor) -> None:
    told.decide(listed(told, SUPERVISOR, Filters(rule="E101")).items[0].clue_id, "investigate")
    with told.read() as connection:
        assert suspended(connection, LEAD.person_id)
        assert not suspended(connection, SOMEONE_ELSE.person_id)


def test_a_withdrawn_clue_of_a_rule_that_says_nothing_any_more_does_not_repeat_what_was_true_once(
    monitor: Monitor,
) -> None:
    same_price = a_bid_opening(bids=(a_bid(price="7"), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, price="7")))
    other_price = a_bid_opening(bids=(a_bid(price="7"), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, price="8")))
    monitor.send(said(same_price, "opening"))
    (raised,) = listed(monitor, SUPERVISOR, Filters(rule="T404")).items
    monitor.send(correction("corrected", "opening", other_price))
    (withdrawn,) = listed(monitor, SUPERVISOR, Filters(rule="T404")).items
    assert withdrawn.status == "withdrawn"
    assert withdrawn.explanation.zh == f"根据最新数据，以下情形已不成立：{raised.explanation.zh}"
    assert withdrawn.explanation.en == f"On the latest data this is no longer so: {raised.explanation.en}"


def test_a_withdrawn_clue_whose_rule_says_what_is_true_now_shows_that(monitor: Monitor) -> None:
    monitor.send(said(a_bid_opening(), "opening"), *(said(data, data.month) for data in payments(RIVAL)))
    monitor.send(*(correction(f"c-{data.month}", data.month, data) for data in payments()))
    (withdrawn,) = listed(monitor, SUPERVISOR, Filters(rule="E101")).items
    assert withdrawn.status == "withdrawn"
    assert "为同一单位" in withdrawn.explanation.zh
