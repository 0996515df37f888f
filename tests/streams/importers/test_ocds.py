"""OCDS releases become lots and bids without people."""

import json
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.facts.fact import Fact
from domain.facts.messages import MESSAGES
from domain.facts.ocds import LotImported
from streams.importers.inputs import FileFormat, format_of, open_input
from streams.importers.ocds import read_ocds
from streams.importers.record import BEGINNING, Record

OCDS = Path(__file__).parents[3] / ".." / "shared" / "data" / "ocds"
MESSAGE: TypeAdapter[Any] = TypeAdapter(MESSAGES[LotImported.type_name()])

RELEASE: dict[str, Any] = {
    "ocid": "ocds-x-1",
    "id": "r1",
    "date": "2024-05-01T00:00:00+08:00",
    "tag": ["compiled"],
    "parties": [
        {"id": "p1", "name": "某建设有限公司", "identifier": {"scheme": "CN-USCC", "id": "91350100M000100Y43"}},
        {"id": "p2", "name": "Another Builder", "contactPoint": {"name": "张三", "telephone": "13800000000"}},
    ],
    "buyer": {"id": "b", "name": "City"},
    "tender": {
        "title": "Two roads",
        "lots": [{"id": 1, "title": "North"}, {"id": "2", "value": {"amount": 3680000.0, "currency": "JPY"}}],
    },
    "bids": {
        "details": [
            {"tenderers": [{"id": "p1"}], "value": {"amount": 10.10, "currency": "CNY"}, "relatedLots": ["1"]},
            {"tenderers": [{"id": "p2"}], "relatedLots": ["2"]},
            {"tenderers": [{"id": "p1"}, {"id": "p2"}], "status": "disqualified"},
        ]
    },
    "awards": [{"suppliers": [{"id": "p1"}], "date": "2024-05-02T00:00:00+08:00", "relatedLots": ["1"]}],
}


def records(*documents: Any) -> list[Record]:
    body = b"".join(json.dumps(document).encode() + b"\n" for document in documents)
    return list(read_ocds(BytesIO(body), BEGINNING))


def facts(record: Record) -> list[Fact[LotImported]]:
    assert not record.errors
    return [MESSAGE.validate_json(message) for message in record.messages]


def test_each_lot_becomes_one_fact_with_its_own_bids() -> None:
    (record,) = records(RELEASE)
    north, south = facts(record)
    assert (north.id, north.data.title, north.data.lot_id) == ("ocds-x-1/r1/1", "North", "1")
    assert [[org.name for org in bid.bidders] for bid in north.data.bids] == [
        ["某建设有限公司"],
        ["某建设有限公司", "Another Builder"],
    ]
    assert [bid.status for bid in south.data.bids] == [None, "disqualified"]
    assert len(north.data.awards) == 1
    assert south.data.awards == ()


def test_money_keeps_its_digits_and_currency() -> None:
    north, south = facts(records(RELEASE)[0])
    assert north.data.bids[0].value is not None
    assert (north.data.bids[0].value.amount, north.data.bids[0].value.currency) == (Decimal("10.1"), "CNY")
    assert south.data.value is not None
    assert south.data.value.amount == Decimal(3_680_000)


def test_a_credit_code_is_taken_over_only_where_it_is_one() -> None:
    north, _ = facts(records(RELEASE)[0])
    assert north.data.bids[1].bidders[0].uscc == "91350100M000100Y43"
    assert north.data.bids[1].bidders[1].uscc is None


def test_what_the_published_indicators_read_is_taken_over() -> None:
    tender: dict[str, Any] = {
        "status": "complete",
        "numberOfTenderers": 3,
        "tenderPeriod": {"startDate": "2024-04-01T00:00:00Z", "endDate": "2024-04-20T00:00:00Z"},
        "procuringEntity": {"id": "p1"},
    }
    items = [{"classification": {"id": "20"}}, {"classification": {"id": "10"}}, {"classification": {"id": "20"}}, {}]
    award = {"suppliers": [{"id": "p1"}], "status": "active", "items": items}
    (lot,) = facts(records({**RELEASE, "tender": tender, "awards": [award]})[0])
    period = lot.data.submission_period
    assert period is not None
    assert (period.begins, period.ends) == tuple(map(datetime.fromisoformat, tender["tenderPeriod"].values()))
    assert lot.data.bidders_counted == 3
    assert lot.data.awards[0].item_classes == ("10", "20")
    assert lot.data.buyer is not None
    assert lot.data.procuring_entity is not None
    assert (lot.data.buyer.ocds_id, lot.data.procuring_entity.ocds_id) == ("b", "p1")
    assert [bidder.ocds_id for bidder in lot.data.bids[1].bidders] == ["p1", "p2"]


def test_a_number_of_bidders_is_not_taken_over_where_lots_are_told_apart() -> None:
    tender = {**RELEASE["tender"], "numberOfTenderers": 1}
    north, _ = facts(records({**RELEASE, "tender": tender})[0])
    assert north.data.bidders_counted is None


def test_lots_of_a_cancelled_process_are_cancelled() -> None:
    tender = {"status": "cancelled", "lots": [{"id": "1", "status": "active"}]}
    (lot,) = facts(records({**RELEASE, "tender": tender})[0])
    assert lot.data.status == "cancelled"


def test_contact_persons_are_not_taken_over() -> None:
    (record,) = records(RELEASE)
    assert all("张三".encode() not in message and b"1380" not in message for message in record.messages)


def test_packages_and_records_are_unpacked() -> None:
    found = records(
        {"releases": [RELEASE, {**RELEASE, "id": "r2"}]}, {"records": [{"ocid": "x", "compiledRelease": RELEASE}]}
    )
    assert [(record.number, len(record.messages)) for record in found] == [(1, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "unreadable"),
        (b'{"hello": 1}', "no_release"),
        (b"[1]", "no_release"),
        (b'{"ocid": "x"}', "shape"),
        (b'{"ocid": "x", "id": "1", "date": "2024", "tender": 5}', "shape"),
        (b'{"ocid": "x", "id": "1", "date": "2024"}', "shape"),
    ],
)
def test_what_is_no_release_is_refused(line: bytes, code: str) -> None:
    (record,) = read_ocds(BytesIO(line + b"\n"), BEGINNING)
    assert [error.code for error in record.errors] == [code]


def open_ocds(file: Path) -> list[Record]:
    assert format_of(file) is FileFormat.OCDS
    with ExitStack() as closing:
        source = open_input(file, FileFormat.OCDS, mapping=None, derive_id=lambda _: "", closing=closing)
        return list(source.records)


def test_a_document_over_many_lines_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "release.json"
    file.write_text(json.dumps({"releases": [RELEASE]}, indent=2), encoding="utf-8")
    (record,) = open_ocds(file)
    assert len(facts(record)) == 2


@pytest.mark.skipif(not OCDS.exists(), reason="the shared OCDS examples are not here")
def test_the_tsuchiura_auctions_become_lots_with_their_bids() -> None:
    lots = [fact for record in open_ocds(OCDS / "tsuchiura_ocds.jsonl") for fact in facts(record)]
    assert len(lots) == 1_565
    assert sum(len(lot.data.bids) for lot in lots) == 5_972
    assert lots[0].data.bids[0].bidders[0].name == "JP-TSU-214"


@pytest.mark.skipif(not OCDS.exists(), reason="the shared OCDS examples are not here")
@pytest.mark.parametrize("file", sorted(OCDS.glob("ocds-213czf-*.json")), ids=lambda file: file.stem[-20:])
def test_the_standards_own_examples_are_read(file: Path) -> None:
    (record,) = open_ocds(file)
    assert facts(record)
