"""``replay`` of a lead and a lot that came in few files: which fact changed what was found."""

from pathlib import Path
from typing import Any

import pytest

from domain.evidence.recorded import KnownBy
from infra.settings import Settings
from tests.builders import (
    LEAD,
    MONTHS,
    RIVAL,
    SOMEONE_ELSE,
    a_bid,
    a_bid_opening,
    a_payment,
    payments,
    payments_closed,
)
from tests.infra.command_line.conftest import Run, answer
from tests.monitor import START, Clock, Monitor, correction, said, told_complete

PAYER_RULES = {"E101", "E105", "T402"}
LOT = "lot:T-2025-001/1"
PERSON = f"person:{LEAD.person_id}"
OPENING = said(a_bid_opening(), "opening", recordedtime="2025-06-18T10:00:00+08:00")
WRONG = said(a_payment(payer=RIVAL), "wrong", recordedtime="2025-06-20T10:00:00+08:00")
RIGHT = correction("right", "wrong", a_payment(), recordedtime="2025-07-20T10:00:00+08:00")
COMPLETE = [
    said(data, f"closed-{data.period}", recordedtime="2025-06-18T09:00:00+08:00")
    for data in payments_closed((*MONTHS, "2025-06"))
]
LATER = said(a_payment(month="2025-12"), "long-after", recordedtime="2025-12-20T10:00:00+08:00")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def recorded(data: Path, *batches: list[Any]) -> None:
    monitor = told_complete(Monitor(Settings(data=data), Clock(START)), *COMPLETE)
    for batch in batches:
        monitor.send(*batch)
        monitor.clock.pass_by(hours=1)
        monitor.shard.let_time_pass()
    monitor.close()


def steps(run: Run, data: Path, subject: str, known_by: KnownBy = "ours") -> list[tuple[list[str], set[str]]]:
    """Of each step the ids of its facts, and the rules about payers that find something after it."""
    found = answer(run("replay", subject, "--known-by", known_by, "--data", data, "--json"))
    return [
        ([fact["fact"]["id"] for fact in step["facts"]], {each["rule"] for each in step["findings"]} & PAYER_RULES)
        for step in found
    ]


@pytest.mark.parametrize("subject", [PERSON, LOT], ids=["lead", "lot"])
def test_a_payment_and_its_correction_in_one_file_are_a_step_each(run: Run, data: Path, subject: str) -> None:
    """What the wrong payment accused of shows, and what took that back."""
    recorded(data, [OPENING, WRONG, RIGHT])
    assert steps(run, data, subject)[:3] == [(["opening"], {"E105"}), (["wrong"], {"E101"}), (["right"], set())]


def test_a_step_of_a_lot_names_the_payment_and_not_what_followed_from_it(run: Run, data: Path) -> None:
    """That a lead is insured by a rival is said to the lot by a message of our own, which nobody sent."""
    bids = (a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))
    recorded(data, [said(a_bid_opening(bids=bids), "opening")], [WRONG], [RIGHT], [LATER])
    found = steps(run, data, LOT)
    assert [ids for ids, _ in found] == [["opening"], ["wrong"], ["right"]]
    assert [rules for _, rules in found] == [{"E105"}, {"E101", "E105", "T402"}, {"E105"}]
    shown = run("replay", LOT, "--data", data).stdout
    assert "urn:tender-monitor" not in shown
    assert shown.index("# wrong") < shown.index("+ T402") < shown.index("# right") < shown.index("- T402")


def test_a_replay_of_a_lead_names_the_opening_and_what_became_of_it(run: Run, data: Path) -> None:
    """The last names somebody else instead."""
    instead = a_bid_opening(bids=(a_bid(person=SOMEONE_ELSE),))
    recorded(
        data,
        [OPENING, *(said(paid, f"paid-{paid.month}") for paid in payments(RIVAL))],
        [correction("moved", "opening", instead)],
    )
    found = steps(run, data, PERSON)
    assert [ids for ids, _ in found] == [["opening"], ["paid-2025-03"], ["paid-2025-04"], ["paid-2025-05"], ["moved"]]
    assert "E101" in found[-2][1]
    assert found[-1][1] == set()


@pytest.mark.parametrize("subject", [PERSON, LOT], ids=["lead", "lot"])
def test_an_opening_that_was_corrected_in_its_file_is_a_step_with_what_was_found_on_it(
    run: Run, data: Path, subject: str
) -> None:
    """That it appointed the lead was never recorded: at the end of the file it did not stand any more."""
    instead = a_bid_opening(bids=(a_bid(bidder=RIVAL),))
    recorded(data, [WRONG, OPENING, correction("fixed", "opening", instead)])
    found = steps(run, data, subject)
    assert found[-2:] == [(["opening"], {"E101"}), (["fixed"], set())]


def test_a_replay_in_the_order_of_the_sources_follows_what_they_recorded_when(run: Run, data: Path) -> None:
    """We had all of it at once and the correction first."""
    recorded(data, [RIGHT, WRONG, LATER, OPENING])
    assert [ids for ids, _ in steps(run, data, PERSON)] == [["right"], ["wrong"], ["long-after"], ["opening"]]
    by_source = steps(run, data, PERSON, "source")
    assert [ids for ids, _ in by_source] == [["opening"], ["wrong"], ["right"], ["long-after"]]
    assert by_source[1][1] == {"E101"}
    found = answer(run("replay", PERSON, "--known-by", "source", "--data", data, "--json"))
    assert found[1]["recorded_at"].startswith("2025-06-20T10:00:00+08:00")
