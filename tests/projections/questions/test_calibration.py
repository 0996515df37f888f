"""Calibration: what a change of a rule would gain and lose, without touching anything live."""

import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.evidence.source import SourceCase
from domain.facts.bidding import AwardAnnounced
from domain.rule import RULEBOOK, Rule
from domain.trial import Trial
from infra.trials import NoSuchCases, UnusableDraft, read_draft, try_out
from projections.boards.clue_board import CLUES
from projections.boards.due_dates import DUE_DATES, MOST_AT_ONCE
from projections.boards.judged import APPOINTMENTS, WATCHED
from projections.questions.calibration import Calibration, Difference
from tests.builders import (
    BIDDER,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_registration,
    payments,
)
from tests.cross_bid_builders import person
from tests.monitor import Monitor, said
from tests.site_builders import an_inspection

DRAFT = '''
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

@rule(code="{code}", version=9, title="A draft", title_zh="草案", clause="-", severity=Severity.HIGH)
def a_draft(case: AppointmentCase, *, fewest_payments: int = {fewest}) -> Verdict:
    """Says what a draft says."""
    outcome = FindingOutcome.SUSPECT if len(case.payments) < fewest_payments else FindingOutcome.CONSISTENT
    return Verdict(outcome, Explanation("甲", "a"), (case.appointed,), Severity.LOW)
'''


@pytest.fixture
def history(monitor: Monitor) -> Monitor:
    """Two leads: one moved twice within the year, the other never and is insured by a third party."""
    moves = (("2024-09-01", RIVAL), ("2024-12-01", THIRD), ("2025-03-01", BIDDER))
    monitor.send(
        said(a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))), "opening"),
        *(said(a_registration(employer=firm, valid_from=day), f"r{day}") for day, firm in moves),
        said(a_registration(employer=RIVAL, person=SOMEONE_ELSE, certificate_no="B"), "r-other"),
        *(said(payment, f"p{payment.month}") for payment in payments()),
        *(said(payment, f"q{payment.month}") for payment in payments(THIRD, person=SOMEONE_ELSE)),
    )
    return monitor


def tried(monitor: Monitor, code: str, draft: Rule | None = None, **changed: Any) -> Calibration:
    current = RULEBOOK.get(code)
    rule = draft or current
    assert rule is not None
    with monitor.read() as connection:
        return try_out(monitor.installation, connection, Trial(rule, current, changed))


def drafted(tmp_path: Path, code: str, fewest: int) -> Rule:
    file = tmp_path / "draft.py"
    file.write_text(DRAFT.format(code=code, fewest=fewest), encoding="utf-8")
    return read_draft(file)


def test_a_lower_threshold_gains_clues_with_bidder_month_and_facts(history: Monitor) -> None:
    found = tried(history, "E107", fewest_moves=2)
    assert (found.cases, found.before, found.after) == (2, 0, 1)
    (clue,) = found.clues
    assert (clue.difference, clue.bidder_uscc, clue.month) == (Difference.GAINED, BIDDER.uscc, "2025-06")
    assert clue.explanation.en
    assert {fact.id for fact in clue.facts} >= {"r2024-12-01", "r2025-03-01"}
    (tally,) = found.tallies
    assert (tally.bidder, tally.before, tally.after, tally.gained, tally.lost) == (BIDDER.name, 0, 1, 1, 0)


def test_without_a_change_nothing_differs(history: Monitor) -> None:
    found = tried(history, "E101")
    assert (found.before, found.after, found.clues, found.tallies) == (1, 1, (), ())


def test_a_draft_of_a_rule_is_compared_with_the_rule_as_it_is(history: Monitor, tmp_path: Path) -> None:
    found = tried(history, "E101", drafted(tmp_path, "E101", fewest=0))
    assert [(clue.difference, clue.bidder_uscc) for clue in found.clues] == [(Difference.LOST, RIVAL.uscc)]
    stricter = tried(history, "E101", drafted(tmp_path, "E101", fewest=4))
    assert {clue.difference for clue in stricter.clues} == {Difference.GAINED, Difference.CHANGED}


def test_a_draft_of_a_new_rule_only_gains(history: Monitor, tmp_path: Path) -> None:
    draft = drafted(tmp_path, "E199", fewest=4)
    assert [clue.difference for clue in tried(history, "E199", draft).clues] == [Difference.GAINED] * 2
    assert not tried(history, "E199", draft, fewest_payments=3).clues


def test_a_draft_stays_out_of_the_rulebook(tmp_path: Path) -> None:
    drafted(tmp_path, "E101", fewest=1)
    assert RULEBOOK["E101"].name == "payer_differs_from_bidder"


@pytest.mark.parametrize(
    "text", ["ANSWER = 42", DRAFT.format(code="E198", fewest=1) + DRAFT.format(code="E199", fewest=1)]
)
def test_a_file_must_hold_one_draft(tmp_path: Path, text: str) -> None:
    file = tmp_path / "draft.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableDraft, match="not one"):
        read_draft(file)


def test_a_draft_is_read_as_it_is_now_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where both texts are of one size and one second, by which stored bytecode is told apart."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    thresholds = []
    for fewest in (1, 2):
        file = tmp_path / "draft.py"
        file.write_text(DRAFT.format(code="E199", fewest=fewest), encoding="utf-8")
        os.utime(file, (0, 0))
        thresholds.append(dict(read_draft(file).thresholds))
    assert thresholds == [{"fewest_payments": 1}, {"fewest_payments": 2}]
    assert [each.name for each in tmp_path.iterdir()] == ["draft.py"]


@pytest.mark.parametrize("content", [b"def draft(:", b'"\xff"', b"answer = 42\x00", b"# coding: unheard-of"])
def test_a_file_that_is_not_python_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "draft.py"
    file.write_bytes(content)
    with pytest.raises(UnusableDraft, match=r"draft\.py is not Python"):
        read_draft(file)


def test_nothing_live_is_written(history: Monitor) -> None:
    before = live(history)
    tried(history, "E107", fewest_moves=1)
    assert live(history) == before


def live(monitor: Monitor) -> list[Any]:
    return [monitor.ledger(), *(monitor.rows(table) for table in (CLUES, APPOINTMENTS, WATCHED, DUE_DATES))]


def test_a_rule_about_lots_loses_and_gains_where_nothing_is_found_otherwise(monitor: Monitor) -> None:
    bids = (a_bid(price=Decimal(100)), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, price=Decimal(100)))
    monitor.send(said(a_bid_opening(bids=bids), "opening"))
    found = tried(monitor, "T404", fewest_bidders=3)
    assert [(clue.difference, clue.tender_id) for clue in found.clues] == [(Difference.LOST, "T-2025-001")]
    assert tried(monitor, "T405", fewest_bids=2).cases == 1


def test_an_indicator_is_tried_on_all_lots(monitor: Monitor) -> None:
    bids = (a_bid(price=Decimal(100)), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, price=Decimal(300)))
    award = {"tender_id": "T-2025-001", "lot_id": "1", "awarded_at": "2025-07-01T00:00:00+08:00", "bidder": BIDDER}
    monitor.send(said(a_bid_opening(bids=bids), "opening"), said(AwardAnnounced.model_validate(award), "award"))
    found = tried(monitor, "R058", fixed_fence=3)
    assert (found.cases, found.before, found.after) == (1, 1, 0)
    (clue,) = found.clues
    assert (clue.difference, clue.tender_id, clue.month) == (Difference.LOST, "T-2025-001", "2025-06")
    assert {fact.id for fact in clue.facts} == {"opening", "award"}


def test_every_rule_about_facts_can_be_tried(history: Monitor) -> None:
    codes = [code for code, rule in RULEBOOK.items() if rule.case_type is not SourceCase]
    assert all(tried(history, code).clues == () for code in codes)


def test_a_rule_about_how_messages_come_in_is_not_tried(history: Monitor) -> None:
    with pytest.raises(NoSuchCases):
        tried(history, "D901")


def test_everybody_on_sites_is_looked_at_however_many_there_are(monitor: Monitor) -> None:
    """Not only as many as one batch judges when they are due."""
    people = [person(number) for number in range(MOST_AT_ONCE + 3)]
    monitor.send(*(said(an_inspection(person=each, present=False), f"m{n}") for n, each in enumerate(people)))
    assert tried(monitor, "S503").before == len(people)
