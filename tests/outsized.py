"""Messages that grow when persons become pseudonyms."""

import json
from typing import Any

from domain.facts.bidding import BidOpened
from domain.facts.corrections import FactCorrected
from tests.builders import BIDDER, TENDERER
from tests.monitor import SOURCE

MOST_BIDS = 1_000


def a_person(number: int) -> dict[str, str]:
    """By name and ID number, as a source names one."""
    stem = f"44010619850101{number % 1_000:03d}"
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True)) % 11]
    return {"name": "W", "id_number": stem + check}


def an_opening(*, bids: int = MOST_BIDS, staff: int) -> dict[str, Any]:
    """The data of an opening; each bid names a lead and so many others."""
    return {
        "tender_id": "T-2025-001",
        "lot_id": "1",
        "project_code": "2506-440100-04-01-100001",
        "title": "测试路改造工程",
        "jurisdiction": "440100",
        "tenderer": TENDERER.model_dump(mode="json", exclude_none=True),
        "opened_at": "2025-06-18T09:30:00+08:00",
        "bids": [_a_bid(number, staff) for number in range(bids)],
    }


def an_opening_message(id: str, *, bids: int = MOST_BIDS, staff: int) -> bytes:
    return _a_message(BidOpened.type_name(), id, an_opening(bids=bids, staff=staff))


def a_correction_of_an_opening(id: str, of: str, *, bids: int = MOST_BIDS, staff: int) -> bytes:
    """One message of the test source."""
    data = {
        "retracts": {"source": SOURCE, "id": of},
        "reason": "录入错误",
        "replacement": {"type": BidOpened.type_name(), "data": an_opening(bids=bids, staff=staff)},
    }
    return _a_message(FactCorrected.type_name(), id, data)


def _a_message(type: str, id: str, data: dict[str, Any]) -> bytes:
    message = {
        "specversion": "1.0",
        "type": type,
        "source": SOURCE,
        "id": id,
        "time": "2025-06-19T10:00:00+08:00",
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _a_bid(number: int, staff: int) -> dict[str, Any]:
    return {
        "bidder": BIDDER.model_dump(mode="json", exclude_none=True),
        "lead": {"person": a_person(number), "certificate_no": f"粤14420202021{number:05d}"},
        "staff": [{"person": a_person(number + place), "role": "x"} for place in range(1, staff + 1)],
    }
