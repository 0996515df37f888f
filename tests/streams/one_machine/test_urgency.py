"""What goes before bulk work follows from what is said, not from how little it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.facts.bidding import AwardAnnounced, Candidate, CandidatesAnnounced
from infra.identity.intake import make_intake
from infra.identity.keys import open_keys
from streams.intake.prepared import PreparedBatch
from streams.one_machine.urgency import MOST_URGENT, is_urgent, may_be_urgent
from tests.builders import BIDDER, a_bid_opening, a_payment, a_registration
from tests.monitor import START, as_bytes, said

PAYMENT = said(a_payment(), "paid")
OPENING = said(a_bid_opening(), "opening")
CANDIDATES = CandidatesAnnounced(
    tender_id="T-1",
    lot_id="1",
    announced_at=START,
    candidates=(Candidate(rank=1, bidder=BIDDER),),
)
AWARD = AwardAnnounced(tender_id="T-1", lot_id="1", awarded_at=START, bidder=BIDDER)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def prepared(keys: Path, *messages: Any) -> PreparedBatch:
    return make_intake(open_keys(keys)).prepare([as_bytes(message) for message in messages])


@pytest.mark.parametrize("data", [a_bid_opening(), CANDIDATES, AWARD])
def test_openings_candidates_and_awards_are_urgent_also_beside_other_facts(keys: Path, data: Any) -> None:
    messages = [PAYMENT, said(data, "urgent")]
    assert may_be_urgent([as_bytes(message) for message in messages])
    assert is_urgent(prepared(keys, *messages))


@pytest.mark.parametrize("message", [PAYMENT, said(a_registration(), "registered"), b"no event"])
def test_one_fact_of_another_kind_is_not_urgent(keys: Path, message: Any) -> None:
    assert not may_be_urgent([as_bytes(message)])
    assert not is_urgent(prepared(keys, message))


def test_a_payment_that_only_names_an_opening_is_not_urgent(keys: Path) -> None:
    message = {**PAYMENT, "note": json.dumps(OPENING)}
    assert may_be_urgent([as_bytes(message)])
    assert not is_urgent(prepared(keys, message))


def test_a_refused_opening_is_not_urgent(keys: Path) -> None:
    assert not is_urgent(prepared(keys, {**OPENING, "time": "gestern"}))


def test_a_file_is_not_urgent_whatever_it_holds(keys: Path) -> None:
    messages = [OPENING, *(said(a_payment(), f"paid-{number}") for number in range(MOST_URGENT))]
    assert not may_be_urgent([as_bytes(message) for message in messages])
    assert not is_urgent(prepared(keys, *messages))
