"""Lots judged inside the shard: what comes late, and what is taken back, changes their clues."""

from typing import Any

from sqlalchemy import Row

from alerts.tables import NOTICES
from domain.facts.bidding import Bid
from domain.facts.fact import Person
from projections.boards.clue_board import CLUES
from projections.boards.cross_bid_board import LOT_SUBJECTS
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    TENDERER,
    a_bid,
    a_bid_opening,
    a_firm,
    a_payment,
    a_registration,
    a_renaming,
    an_exemption,
)
from tests.cross_bid_builders import bids
from tests.monitor import SOURCE, Message, Monitor, correction, said

FORMER = a_firm("深圳旧名市政工程有限公司")


def opening(*bids: Bid, id: str = "opening", **given: Any) -> Message:
    return said(a_bid_opening(bids=bids, **given), id)


TWO = opening(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))


def paid(payer: object, id: str, person: Person = LEAD, **given: Any) -> Message:
    return said(a_payment(payer=payer, person=person, **given), id)


def clue(monitor: Monitor, rule: str) -> Row[Any]:
    """The only clue of a rule, withdrawn or not."""
    (row,) = (row for row in monitor.rows(CLUES) if row.rule == rule)
    return row


def cross_bid(monitor: Monitor) -> set[str]:
    return {rule for rule in monitor.open_rules() if rule.startswith("T")}


def test_an_opening_with_equal_prices_raises_a_clue_about_the_lot(monitor_anywhere: Monitor) -> None:
    receipt = monitor_anywhere.send(opening(*bids("7", "7", "8")))
    row = clue(monitor_anywhere, "T404")
    assert (row.tender_id, row.lot_id, row.jurisdiction) == ("T-2025-001", "1", "440100")
    assert (row.person_id, row.bidder_key, row.tenderer_key) == (None, None, TENDERER.key)
    assert row.case_group == "lots:lot:T-2025-001/1"
    assert row.history[0]["caused_by"] == f"{SOURCE}#opening"
    assert "T404" in {finding.rule for judgement in receipt.judgements for finding in judgement.findings}


def test_a_person_shared_is_who_the_clue_is_about(monitor: Monitor) -> None:
    monitor.send(opening(a_bid(), a_bid(bidder=RIVAL)))
    assert clue(monitor, "T401").person_id == LEAD.person_id


def test_a_correction_withdraws_it_and_moves_it_to_another_lot(monitor: Monitor) -> None:
    monitor.send_each(opening(*bids("7", "7")), correction("c1", "opening", a_bid_opening(bids=bids("7", "8"))))
    assert cross_bid(monitor) == set()
    monitor.send(correction("c2", "c1", a_bid_opening(bids=bids("9", "9"), lot_id="2")))
    assert [(row.lot_id, row.status) for row in monitor.rows(CLUES) if row.rule == "T404"] == [
        ("1", "withdrawn"),
        ("2", "raised"),
    ]
    assert [row.lot for row in monitor.rows(LOT_SUBJECTS)] == ["lot:T-2025-001/2"]


def test_an_opening_taken_back_for_good_withdraws_it_and_names_the_correction(monitor: Monitor) -> None:
    monitor.send_each(opening(*bids("7", "7")), correction("undone", "opening"))
    row = clue(monitor, "T404")
    assert (row.status, row.history[-1]["caused_by"]) == ("withdrawn", f"{SOURCE}#undone")
    assert monitor.rows(LOT_SUBJECTS) == []


def test_a_lead_insured_by_a_rival_is_found_in_the_batch_of_the_opening(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(paid(RIVAL, "p"))
    receipt = monitor_anywhere.send(TWO)
    row = clue(monitor_anywhere, "T402")
    assert (row.person_id, row.bidder_key, row.lot_id) == (LEAD.person_id, BIDDER.key, "1")
    assert "T402" in {finding.rule for judgement in receipt.judgements for finding in judgement.findings}


def test_a_late_payment_raises_it_and_a_later_one_of_the_bidder_withdraws_it(monitor: Monitor) -> None:
    monitor.send_each(TWO, paid(RIVAL, "april", month="2025-04"))
    assert cross_bid(monitor) == {"T402"}
    assert clue(monitor, "T402").history[0]["caused_by"] == f"{SOURCE}#april"
    monitor.send(paid(BIDDER, "may"))
    assert cross_bid(monitor) == set()
    assert clue(monitor, "T402").history[-1]["caused_by"] == f"{SOURCE}#may"
    monitor.send(correction("undone", "may"))
    assert cross_bid(monitor) == {"T402"}
    assert clue(monitor, "T402").history[-1]["caused_by"] == f"{SOURCE}#undone"


def test_the_clue_names_the_month_paid_last_and_follows_it(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(TWO, paid(RIVAL, "april", month="2025-04"))
    assert "2025年4月养老保险" in clue(monitor_anywhere, "T402").said["explanation_zh"]
    monitor_anywhere.send(paid(RIVAL, "may"))
    row = clue(monitor_anywhere, "T402")
    assert "2025年5月养老保险" in row.said["explanation_zh"]
    assert (row.status, row.history[-1]["caused_by"]) == ("raised", f"{SOURCE}#may")
    monitor_anywhere.send(correction("undone", "may"))
    assert "2025年4月养老保险" in clue(monitor_anywhere, "T402").said["explanation_zh"]


def test_an_exemption_and_a_lead_named_no_more_withdraw_it(monitor: Monitor) -> None:
    monitor.send_each(TWO, paid(RIVAL, "p"), said(a_registration(), "r"), said(an_exemption(), "x"))
    assert cross_bid(monitor) == set()
    monitor.send(correction("unexempt", "x"))
    assert cross_bid(monitor) == {"T402"}
    others = a_bid_opening(bids=(a_bid(person=SOMEONE_ELSE), a_bid(bidder=RIVAL, person=Person(person_id="c3" * 32))))
    monitor.send(correction("other leads", "opening", others))
    assert cross_bid(monitor) == set()


def test_a_rename_and_its_correction_reach_the_lot(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(TWO, paid(FORMER, "p"))
    assert cross_bid(monitor_anywhere) == set()
    renaming = a_renaming(uscc=RIVAL.uscc, old_name=FORMER.name, new_name=RIVAL.name)
    monitor_anywhere.send(said(renaming, "renamed"))
    assert cross_bid(monitor_anywhere) == {"T402"}
    assert clue(monitor_anywhere, "T402").history[-1]["caused_by"] == f"{SOURCE}#renamed"
    monitor_anywhere.send(correction("not renamed", "renamed"))
    assert cross_bid(monitor_anywhere) == set()


def test_no_party_is_told(monitor: Monitor) -> None:
    monitor.send_each(opening(*bids("7", "7")))
    about = clue(monitor, "T404").clue_id
    assert {row.recipient_role for row in monitor.rows(NOTICES) if row.clue_id == about} == {"supervisor"}
