"""Lines that the monitor must reject, wholly or in part, each with the field and the code it must name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from infra.simulation.city import City
from infra.simulation.firms import Firm
from infra.simulation.people import Person, completed
from infra.simulation.scenarios import HONEST
from infra.simulation.tenders import opening_of
from infra.simulation.wire import TRADING, Reference, insurance_source, type_name


class Reject(NamedTuple):
    """``field`` and ``code`` as the answer to the message gives them; ``why`` for people."""

    line: bytes
    field: str
    code: str
    why: str


Data = dict[str, Any]


def rejects(city: City) -> list[Reject]:
    """One line for each way to be wrong: payments that are good but for one fault, an opening, and half a line."""
    person, firm = city.people[-1], city.firms.contractors[0]
    faulty = [
        _reject(n, _payment(person, firm), spoil, field, code, why)
        for n, (spoil, field, code, why) in enumerate(_FAULTS, 1)
    ]
    return [*faulty, _misread(city), Reject(b'{"specversion":"1.0","id":', "", "unreadable", "the line is cut off")]


def write_rejects(city: City, out: Path) -> Path:
    """``rejects.ndjson`` to be sent, ``rejects.json`` with what is wrong with each line."""
    lines = rejects(city)
    path = out / "rejects.ndjson"
    path.write_bytes(b"".join(reject.line + b"\n" for reject in lines))
    told = [{"line": n, "field": r.field, "code": r.code, "why": r.why} for n, r in enumerate(lines, 1)]
    (out / "rejects.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _payment(person: Person, firm: Firm) -> Data:
    return {
        "person": dict(person.door),
        "payer": dict(firm.org),
        "month": "2026-01",
        "scheme": "pension",
        "paid_on": "2026-01-15",
    }


def _reject(number: int, data: Data, spoil: Callable[[Data], None], field: str, code: str, why: str) -> Reject:
    spoil(data)
    reference = Reference(insurance_source("4401"), f"SI4401-rejected-{number:03d}")
    return Reject(_message(reference, "insurance-paid", data), field, code, why)


def _misread(city: City) -> Reject:
    """An opening with one wrong number: the others are judged, and D904 asks about the bid without its lead."""
    lot = max(city.lots, key=lambda lot: sum(bid.scenario == HONEST for bid in lot.bids))
    bids = [bid.as_corrected() for bid in lot.bids if bid.scenario == HONEST]
    data = opening_of(replace(lot, tender_id=f"{lot.tender_id}-R"), bids)
    lead = data["bids"][0]["lead"]
    data["bids"][0]["lead"] = lead | {"person": dict(lead["person"])}
    _wrong_check_character(data["bids"][0]["lead"])
    message = _message(Reference(TRADING, f"{lot.tender_id}-rejected"), "bid-opened", data)
    why = "the ID number of one lead was misread: the bid is recorded without its lead"
    return Reject(message, "data.bids[0].lead.person.id_number", "check_digit", why)


def _message(reference: Reference, kind: str, data: Data) -> bytes:
    message = {
        "specversion": "1.0",
        "id": reference.id,
        "source": reference.source,
        "type": type_name(kind),
        "time": "2026-01-15T10:00:00+08:00",
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False).encode()


def _wrong_check_character(data: Data) -> None:
    number = data["person"]["id_number"]
    data["person"]["id_number"] = number[:17] + ("1" if number[17] != "1" else "2")


def _no_such_birthday(data: Data) -> None:
    number = data["person"]["id_number"]
    data["person"]["id_number"] = completed(f"{number[:10]}0230{number[14:17]}")


def _short_number(data: Data) -> None:
    data["person"]["id_number"] = data["person"]["id_number"][:16]


def _wrong_code(data: Data) -> None:
    code = data["payer"]["uscc"]
    data["payer"]["uscc"] = code[:17] + ("1" if code[17] != "1" else "2")


def _no_month(data: Data) -> None:
    del data["month"]


def _month_thirteen(data: Data) -> None:
    data["month"] = "2026-13"


def _impossible_day(data: Data) -> None:
    data["paid_on"] = "2026-02-30"


def _unknown_scheme(data: Data) -> None:
    data["scheme"] = "lottery"


_FAULTS: tuple[tuple[Callable[[Data], None], str, str, str], ...] = (
    (_wrong_check_character, "data.person.id_number", "check_digit", "the ID number's check character is wrong"),
    (_no_such_birthday, "data.person.id_number", "birth_date", "the ID number holds 30 February"),
    (_short_number, "data.person.id_number", "length", "the ID number has 16 characters"),
    (_wrong_code, "data.payer.uscc", "check_digit", "the credit code's check character is wrong"),
    (_no_month, "data.month", "missing", "the month is missing"),
    (_month_thirteen, "data.month", "string_pattern_mismatch", "there is no month 13"),
    (_impossible_day, "data.paid_on", "date_from_datetime_parsing", "there is no 30 February"),
    (_unknown_scheme, "data.scheme", "literal_error", "no such scheme"),
)
