"""The law of OCDS files: whatever a publisher writes, a file says the same by itself and from the ledger."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence.ocds import Process, process_of
from projections.questions.market import KINDS
from streams.importers.ocds import read_ocds
from streams.importers.ocds_processes import OcdsFiles
from tests.examples import examples
from tests.monitor import Monitor

NUMBERS: Final = count()
PLAIN: Final[dict[str, Any]] = {
    "id": "r-1",
    "date": "2024-05-01T00:00:00Z",
    "buyer": {"id": "b", "name": "甲局"},
    "parties": [
        {"id": "b", "name": "甲局", "roles": ["buyer"]},
        {"id": "p", "name": "某公司", "identifier": {"scheme": "CN-USCC", "id": "91440101MA5CBWQ23X"}},
        {"id": 7, "name": "乙公司"},
    ],
    "tender": {
        "title": "某工程",
        "status": "complete",
        "procuringEntity": {"id": "b", "name": "甲局"},
        "procurementMethod": "open",
        "procurementMethodDetails": "公开招标",
        "tenderPeriod": {"startDate": "2024-04-01T00:00:00Z", "endDate": "2024-04-20T00:00:00+08:00"},
        "numberOfTenderers": 2,
        "value": {"amount": 100.5, "currency": "CNY"},
    },
    "bids": {
        "details": [
            {"id": "1", "status": "valid", "date": "2024-04-02T00:00:00Z", "tenderers": [{"id": "p"}],
             "value": {"amount": "99.50", "currency": "CNY"}},
            {"id": 2, "status": "disqualified", "tenderers": [{"id": 7}, {"id": "p"}], "value": {"amount": 98}},
        ]
    },
    "awards": [
        {"id": "a", "status": "active", "date": "2024-05-01T00:00:00Z", "suppliers": [{"id": "p"}],
         "value": {"amount": 99.5, "currency": "CNY"}, "items": [{"id": "1", "classification": {"id": "45"}}]}
    ],
}  # fmt: skip
ODD: Final[tuple[Any, ...]] = (
    *(None, "", "-", "无", " ", [], {}, [None], [[]], {"id": None}, True, False, 0, -1, 5, 5.5, 10**30, "5"),
    *("1,000", "1e5", "NaN", "2024-05-01", "2024-05-01T00:00:00", "2024-05-01T00:00:00Z", "9999-12-31T23:59:59-12:00"),
    *(
        "110101199003070011",
        "13800138000",
        "OPEN",
        "active",
        "p",
        7,
        "７",
        "x" * 3_000,
        "\u0000",
        "\ud83c\udfd7",
        {"amount": None},
        {"amount": "八"},
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield (*path, key)
        yield from places(each, (*path, key))


PLACES: Final = [place for place in places(PLAIN) if place not in {("id",), ("date",)}]


@st.composite
def releases(draw: st.DrawFn) -> dict[str, Any]:
    release = deepcopy(PLAIN)
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=4)):
        holder: Any = release
        try:
            for key in place[:-1]:
                holder = holder[key]
            held = holder[place[-1]]
            assert isinstance(holder, dict | list)
        except (KeyError, IndexError, TypeError, AssertionError):
            continue
        match draw(st.integers(0, 3)):
            case 0:
                del holder[place[-1]]
            case 1 if isinstance(holder, list):
                holder.append(deepcopy(held))
            case 2:
                holder[place[-1]] = [deepcopy(held), deepcopy(held)]
            case _:
                holder[place[-1]] = deepcopy(draw(st.sampled_from(ODD)))
    return {"ocid": f"ocds-law-{next(NUMBERS)}", **release}


def recorded(monitor: Monitor, ocid: str) -> Process | None:
    with monitor.read() as connection:
        return process_of(ocid, monitor.as_of.standing(connection, f"lot:{ocid}/1", kinds=KINDS))


@pytest.mark.parametrize("number", [40, pytest.param(2_000, marks=pytest.mark.long)])
def test_a_file_says_the_same_by_itself_and_from_the_ledger(monitor: Monitor, tmp_path: Path, number: int) -> None:
    file = tmp_path / "release.json"

    @settings(max_examples=examples(number))
    @given(releases())
    def law(release: dict[str, Any]) -> None:
        content = json.dumps(release).encode()
        file.write_bytes(content)
        monitor.send(*(message for record in read_ocds(BytesIO(content)) for message in record.messages))
        alone, kept = list(OcdsFiles([file])), recorded(monitor, release["ocid"])
        expected = [kept] if kept else []
        assert [replace(each, key=f"{release['ocid']}") for each in alone] == expected, content

    law()
