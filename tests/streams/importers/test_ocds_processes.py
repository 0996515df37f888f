"""Contracting processes straight from files of releases."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain.evidence.ocds import Price, Process
from streams.importers.ocds_processes import OcdsFiles

RELEASE: dict[str, Any] = {
    "ocid": "ocds-x-1",
    "buyer": {"id": "b"},
    "tender": {
        "status": "complete",
        "procurementMethod": "open",
        "numberOfTenderers": 2,
        "procuringEntity": {"id": "p"},
        "tenderPeriod": {"startDate": "2024-05-01T00:00:00Z", "endDate": "2024-05-08T00:00:00+08:00"},
    },
    "bids": {
        "details": [
            {
                "status": "valid",
                "date": "2024-05-07T00:00:00Z",
                "tenderers": [{"id": "W"}],
                "value": {"amount": 10.5, "currency": "CNY"},
            },
            {"status": "valid", "tenderers": [{"name": "no id"}], "value": {"amount": 11}},
        ]
    },
    "awards": [
        {"status": "active", "suppliers": [{"id": "W"}], "items": [{"classification": {"id": "10"}}, {}, {"id": "2"}]}
    ],
}


def read(tmp_path: Path, *lines: Any) -> tuple[list[Process], int]:
    file = tmp_path / "releases.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    source = OcdsFiles([file])
    return list(source), source.unreadable


def test_a_release_becomes_a_process_of_what_the_indicators_read(tmp_path: Path) -> None:
    ((process,), unreadable) = read(tmp_path, RELEASE)
    assert unreadable == 0
    assert (process.key, process.status, process.method, process.bidders_counted) == ("ocds-x-1", "complete", "open", 2)
    assert (process.buyer, process.procuring_entity) == ("b", "p")
    assert process.closes_at == datetime.fromisoformat("2024-05-08T00:00:00+08:00")
    first, second = process.offers
    assert (first.only_bidder, first.price) == ("W", Price(10.5, "CNY"))
    assert (second.bidders, second.price, second.received_at) == ((None,), None, None)
    assert process.awards[0].item_classes == ("10",)


def test_packages_and_gzipped_files_and_documents_over_many_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "package.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"releases": [RELEASE]}, indent=1).encode()))
    assert [process.key for process in OcdsFiles([file, file])] == ["ocds-x-1", "ocds-x-1"]


@pytest.mark.parametrize("line", ["{", "5", '{"hello": 1}', '{"ocid": 7}', '{"ocid": "x", "tender": 5}'])
def test_what_is_no_release_is_counted_and_left_out(tmp_path: Path, line: str) -> None:
    processes, unreadable = read(tmp_path, RELEASE, line)
    assert [process.key for process in processes] == ["ocds-x-1"]
    assert unreadable == 1


def test_times_without_an_offset_are_not_guessed(tmp_path: Path) -> None:
    tender = {"tenderPeriod": {"startDate": "2024-05-01", "endDate": "2024-05-01T10:00:00"}}
    ((process,), _) = read(tmp_path, {**RELEASE, "tender": tender})
    assert (process.opens_at, process.closes_at) == (None, None)
