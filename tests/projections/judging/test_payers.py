"""Payers judged inside the shard: broker rings found, and lost again, as the evidence changes."""

from typing import Any

import pytest

from domain.facts.fact import Org
from infra.rebuilding import Rebuilding
from projections.boards.clue_board import CLUES
from projections.boards.cross_bid_board import PAYER_SUBJECTS
from tests.builders import BIDDER, RIVAL, THIRD, a_bid, a_bid_opening, a_firm, a_payment, a_renaming
from tests.cross_bid_builders import person
from tests.monitor import SOURCE, Message, Monitor, correction, said, told_complete

BROKER = a_firm("广州中间人科技有限公司", 77)
AGENT = a_firm("广州众才人力资源服务有限公司", 78)
BIDDERS = (BIDDER, RIVAL, THIRD)


@pytest.fixture
def monitor(monitor: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor)


@pytest.fixture
def monitor_anywhere(monitor_anywhere: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor_anywhere)


def named(number: int, bidder: Org, **given: Any) -> Message:
    """The lead of that number, named by ``bidder`` for a lot of its own."""
    bids = (a_bid(bidder=bidder, person=person(number)),)
    return said(a_bid_opening(lot_id=str(number), bids=bids, **given), f"opening-{number}")


def insured(number: int, payer: Org, **given: Any) -> Message:
    return said(a_payment(person=person(number), payer=payer, **given), f"paid-{number}")


def ring(payer: Org) -> list[Message]:
    return [
        message for number, bidder in enumerate(BIDDERS) for message in (named(number, bidder), insured(number, payer))
    ]


def rings(monitor: Monitor) -> list[tuple[str, str, str]]:
    """Payer, outcome and severity of the open T403 clues."""
    rows = [row for row in monitor.rows(CLUES) if row.rule == "T403" and row.status != "withdrawn"]
    return [(row.bidder_key, row.outcome, row.severity) for row in rows]


def history(monitor: Monitor) -> list[tuple[str, str]]:
    (row,) = (row for row in monitor.rows(CLUES) if row.rule == "T403")
    return [(step["what"], step["caused_by"]) for step in row.history]


def test_the_third_bidder_makes_a_ring(monitor_anywhere: Monitor) -> None:
    *known, last = ring(BROKER)
    monitor_anywhere.send_each(*known)
    assert rings(monitor_anywhere) == []
    monitor_anywhere.send(last)
    assert rings(monitor_anywhere) == [(BROKER.key, "mismatch", "high")]
    assert history(monitor_anywhere) == [("raised", f"{SOURCE}#paid-2")]


def test_it_is_about_the_payer_and_the_division_that_holds_all_openings(monitor: Monitor) -> None:
    for number, (bidder, jurisdiction) in enumerate(zip(BIDDERS, ("440103", "440105", "440106"), strict=True)):
        monitor.send(named(number, bidder, jurisdiction=jurisdiction), insured(number, BROKER))
    (row,) = (row for row in monitor.rows(CLUES) if row.rule == "T403")
    assert (row.case_group, row.jurisdiction, row.title) == (f"payers:org:{BROKER.uscc}", "440100", BROKER.name)
    assert (row.tender_id, row.person_id, row.bidder_uscc) == (None, None, BROKER.uscc)


def test_a_lead_of_another_payer_costs_one_message_to_the_payer_and_one_to_the_lot_and_an_honest_one_none(
    monitor: Monitor,
) -> None:
    monitor.send(*ring(BROKER), named(7, BIDDER), insured(7, BIDDER))
    said = [fact["data"] for fact in monitor.facts() if fact["type"] == "tender-integrity.lead-insured.v1"]
    assert sorted(data.get("month") or "" for data in said) == ["", "", "", "2025-05", "2025-05", "2025-05"]


def test_a_later_payment_of_the_bidder_withdraws_it_and_its_correction_returns_it(monitor: Monitor) -> None:
    first = [named(0, BIDDER), insured(0, BROKER, month="2025-04")]
    monitor.send_each(*first, *ring(BROKER)[2:])
    assert len(rings(monitor)) == 1
    monitor.send(said(a_payment(person=person(0), payer=BIDDER), "late"))
    assert rings(monitor) == []
    monitor.send(correction("undone", "late"))
    assert len(rings(monitor)) == 1
    assert [caused for _, caused in history(monitor)] == [
        f"{SOURCE}#paid-2",
        f"{SOURCE}#late",
        f"{SOURCE}#undone",
    ]


def test_an_opening_taken_back_withdraws_it(monitor: Monitor) -> None:
    monitor.send_each(*ring(BROKER), correction("undone", "opening-1"))
    assert rings(monitor) == []
    assert monitor.open_rules() == {"E101", "C302"}


def test_a_rename_makes_two_bidders_one_and_its_correction_two_again(monitor_anywhere: Monitor) -> None:
    former = a_firm("广州旧名建设有限公司")
    monitor_anywhere.send(
        *ring(BROKER)[:4], named(5, former), insured(5, BROKER), said(a_payment(person=person(9)), "other")
    )
    assert len(rings(monitor_anywhere)) == 1
    monitor_anywhere.send(said(a_renaming(), "renamed"))
    assert rings(monitor_anywhere) == []
    monitor_anywhere.send(correction("not renamed", "renamed"))
    assert len(rings(monitor_anywhere)) == 1


@pytest.mark.parametrize("backwards", [False, True])
def test_a_payer_by_name_and_by_code_is_one_in_any_order(monitor: Monitor, backwards: bool) -> None:
    messages = [*ring(BROKER)[:4], named(5, THIRD), insured(5, a_firm(BROKER.name))]
    monitor.send_each(*(reversed(messages) if backwards else messages))
    assert rings(monitor) == [(BROKER.key, "mismatch", "high")]
    assert {row.payer for row in monitor.rows(PAYER_SUBJECTS)} == {f"org:{BROKER.uscc}"}


def test_a_payers_new_name_brings_its_leads_together_and_apart_again(monitor: Monitor) -> None:
    former = a_firm("广州旧中间人有限公司")
    monitor.send(*ring(BROKER)[:4], named(5, THIRD), insured(5, former))
    assert rings(monitor) == []
    renaming = a_renaming(uscc=BROKER.uscc, old_name=former.name, new_name=BROKER.name)
    monitor.send(said(renaming, "renamed"))
    assert rings(monitor) == [(BROKER.key, "mismatch", "high")]
    monitor.send(correction("not renamed", "renamed"))
    assert rings(monitor) == []


def test_an_agent_is_told_apart(monitor: Monitor) -> None:
    monitor.send_each(*ring(a_firm(AGENT.name)))
    assert rings(monitor) == [(AGENT.model_copy(update={"uscc": None}).key, "suspect", "low")]


def test_a_restart_and_a_rebuild_come_to_the_same(monitor_anywhere: Monitor) -> None:
    former = a_firm("广州旧名建设有限公司")
    for message in (*ring(BROKER), named(5, former), insured(5, BROKER), said(a_renaming(), "renamed")):
        monitor_anywhere.send(message)
        monitor_anywhere.reopen()
    monitor_anywhere.send(correction("undone", "paid-0"))
    assert Rebuilding(monitor_anywhere.installation).rebuild() == len(monitor_anywhere.ledger())
