"""All lots of the ledger as contracting processes."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from domain.facts.bidding import AwardAnnounced
from domain.indicators import Indicators, indicate, indicator_rules
from domain.policy import Policy
from projections.questions.market import facts_of, processes
from streams.importers.ocds import read_ocds
from streams.importers.ocds_processes import OcdsFiles
from tests.builders import BIDDER, RIVAL, SOMEONE_ELSE, a_bid, a_bid_opening
from tests.monitor import Monitor, correction, said

TSUCHIURA = Path(__file__).parents[3] / ".." / "shared" / "data" / "ocds" / "tsuchiura_ocds.jsonl"


def indicators(monitor: Monitor, **given: Any) -> Indicators:
    with monitor.read() as connection:
        return indicate(processes(connection, monitor.as_of), Policy(), **given)


def an_opening_with_equal_prices() -> Any:
    bids = (a_bid(price=Decimal(100)), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, price=Decimal(100)))
    return a_bid_opening(bids=bids)


def test_bid_openings_are_looked_at_lot_by_lot(monitor: Monitor) -> None:
    monitor.send(said(an_opening_with_equal_prices(), "opening"))
    found = indicators(monitor, rules=indicator_rules({"R028"}))
    assert found.results()["OCID"] == {"T-2025-001/1": {"R028": 1.0}}
    assert set(found.results()["Tenderer"]) == {BIDDER.key, RIVAL.key}
    assert found.currency == "CNY"


def test_an_award_makes_a_winner(monitor: Monitor) -> None:
    award = {"tender_id": "T-2025-001", "lot_id": "1", "awarded_at": "2025-07-01T00:00:00+08:00", "bidder": BIDDER}
    bids = (a_bid(price=Decimal(100)), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, price=Decimal(90), disqualified=True))
    monitor.send(said(a_bid_opening(bids=bids), "opening"))
    assert not indicators(monitor, rules=indicator_rules({"R036"})).indicated
    monitor.send(said(AwardAnnounced.model_validate(award), "award"))
    assert indicators(monitor, rules=indicator_rules({"R036"})).indicated


def test_a_retracted_opening_is_gone(monitor: Monitor) -> None:
    monitor.send(said(an_opening_with_equal_prices(), "opening"))
    monitor.send(correction("c", "opening"))
    assert indicators(monitor).processes == ()


def test_a_process_names_its_facts(monitor: Monitor) -> None:
    monitor.send(said(an_opening_with_equal_prices(), "opening"))
    with monitor.read() as connection:
        assert [fact.id for fact in facts_of(connection, monitor.as_of, "T-2025-001/1")] == ["opening"]


@pytest.mark.skipif(not TSUCHIURA.exists(), reason="the shared OCDS examples are not here")
def test_imported_releases_say_the_same_as_their_file(monitor: Monitor, tmp_path: Path) -> None:
    lines = TSUCHIURA.read_text(encoding="utf-8").splitlines()[:400]
    file = tmp_path / "releases.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    monitor.send(*(message for record in read_ocds(BytesIO(file.read_bytes())) for message in record.messages))
    recorded = indicators(monitor).results()
    read = indicate(OcdsFiles([file]), Policy()).results()
    assert {key.removesuffix("/1"): said for key, said in recorded["OCID"].items()} == read["OCID"]
    assert {group: recorded[group] for group in recorded if group != "OCID"} == {
        group: read[group] for group in read if group != "OCID"
    }
    assert len(read["OCID"]) > 50
