"""Fifty people go through every door, and no file that is written names one of them.

Searched are the database and its log, the program's log, a backup and a bundle: for the name, and for the number as it
is, with blanks, with hyphens, in full width and in 15 digits.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, inspect
from stdnum.cn import ric

from domain.access import Role
from domain.purposes import PURPOSE_HEADER
from infra.backup.making import make_backup
from infra.bundles.exporting import bundle_of
from infra.storage.fact_blocks import rows_behind
from tests.approval_builders import an_entry
from tests.builders import RIVAL, a_bid_opening, a_message, a_payment, a_registration, an_exemption, payments
from tests.infra.http.served import ACTORS, BATCH, EVENT, JURISDICTION, NDJSON, SOURCE, Served, served
from tests.monitor import postgres_schema

PEOPLE = 50
WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


class Planted(NamedTuple):
    name: str
    number: str
    written: str
    """The number in one of its forms."""

    @property
    def door(self) -> dict[str, str]:
        return {"name": self.name, "id_number": self.number}

    @property
    def traces(self) -> tuple[str, ...]:
        return (self.name, *forms(self.number))


def forms(number: str) -> tuple[str, ...]:
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    return number, spaced, number.translate(WIDE), number[:6] + number[8:17], "-".join(number)


def person(index: int) -> Planted:
    stem = f"4401061970{index % 12 + 1:02d}{index % 28 + 1:02d}{index + 100:03d}"
    number = stem + str(ric.calc_check_digit(f"{stem}0"))
    return Planted(f"欧{chr(0x9E00 + index)}{chr(0x9F00 + index)}", number, forms(number)[index % 5])


def with_person(message: dict[str, Any], planted: Planted) -> dict[str, Any]:
    if "person" in message["data"]:
        message["data"]["person"] = planted.door
    if "case_id" in message["data"]:
        message["data"]["handler"] = planted.name
    for bid in message["data"].get("bids", ()):
        bid["lead"]["person"] = planted.door
    return message


def put(message: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *way, last = path.split(".")
    into: Any = message
    for step in way:
        into = into[int(step)] if step.isdigit() else into.setdefault(step, {})
    into[last] = value
    return message


MADE: dict[str, Callable[[], Any]] = {
    "payment": a_payment,
    "opening": lambda: a_bid_opening(jurisdiction=JURISDICTION),
    "registration": a_registration,
    "exemption": an_exemption,
    "approval": an_entry,
}
TEXTS = (
    *(f"payment {path}" for path in ("id", "subject", "extension", "sequence", "partitionkey", "traceparent")),
    *(f"payment {path}" for path in ("causationid", "datacontenttype", "type", "time", "specversion", "recordedtime")),
    *(f"payment data.{path}" for path in ("note", "deep.a.b", "payer.name", "payer.uscc", "payer.size", "month")),
    *(f"payment data.{path}" for path in ("scheme", "paid_on", "person.phone", "person.name", "payer.person_id")),
    *(f"opening data.{path}" for path in ("title", "tender_id", "lot_id", "project_code", "required_qualification")),
    *(f"opening data.bids.0.{path}" for path in ("bidder.name", "lead.qualification", "lead.certificate_no", "price")),
    *(f"opening data.{path}" for path in ("tenderer.name", "jurisdiction", "opened_at", "remark")),
    *(f"registration data.{path}" for path in ("certificate_no", "qualification", "employer.name")),
    *(f"approval data.{path}" for path in ("item_name", "department", "document_no", "handler", "case_id", "step")),
)


def through_texts(server: Served, door: str, planted: Planted, text: str) -> None:
    kind, path = door.split()
    message = with_person(a_message(MADE[kind](), source=SOURCE, id=f"planted-{server.number()}"), planted)
    server.send(put(message, path, text), form=EVENT)


def through_calls(server: Served, planted: Planted, text: str, clue_id: str) -> None:
    """Addresses, headers, bodies that are no messages, decisions, and what quarantine is sent again."""
    supervisor, coded = ACTORS[Role.SUPERVISOR], quote(text)
    asked = f"/api/v1/people/{coded}/dossier", f"/api/v1/clues?tender_id={coded}", f"/api/v1/clues?cursor={coded}"
    for path in (*asked, f"/api/v1/tenders/{coded}/findings", f"/{coded}", f"/static/{coded}", f"/clues/{coded}"):
        server.request("GET", path, supervisor)
    latin = text.encode("utf-8").decode("latin-1")
    for header in (
        "User-Agent",
        "Referer",
        "Cookie",
        "Accept-Language",
        PURPOSE_HEADER,
        "Last-Event-ID",
        "X-Request-ID",
    ):
        server.request("GET", f"/api/v1/clues/{clue_id}", supervisor, headers={header: latin})
    server.request(
        "POST", "/session", body=json.dumps({"token": text}).encode(), headers={"Content-Type": "application/json"}
    )
    for verb in ("acknowledge", "investigate", "confirm", "clear"):
        assert server.command(clue_id, verb, supervisor, f"核实：{text}。").status == 400
    assert server.command(clue_id, "explain", ACTORS[Role.BIDDER], f"说明：{text}。").status == 400
    message = with_person(a_message(a_payment(), source=SOURCE, id=f"again-{server.number()}"), planted)
    raw = json.dumps(message, ensure_ascii=False).encode()
    wrong = raw.replace(planted.number.encode(), f"{planted.number[:17]}Z".encode())
    (refused,) = server.send(wrong, form=BATCH).json()["rejected"]
    again = f"/api/v1/quarantine/{refused['quarantine_id']}/resubmit"
    for body in (raw[:-2], json.dumps(put(message, "subject", text)).encode(), text.encode()):
        server.request("POST", again, ACTORS[Role.SOURCE], body=body, headers={"Content-Type": EVENT})
    headers = {"Content-Type": "application/json", "ce-specversion": "1.0", "ce-source": SOURCE, "ce-id": coded}
    server.request("POST", "/api/v1/events", ACTORS[Role.SOURCE], body=raw, headers={**headers, "ce-type": coded})
    server.send(raw + b"}", text.encode(), b'"' + text.encode(), form=NDJSON)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "data") as found:
        yield found


def a_clue_about(server: Served, planted: Planted) -> str:
    paid = [a_message(each, source=SOURCE, id=f"paid {each.month}") for each in payments(RIVAL)]
    opened = a_message(a_bid_opening(jurisdiction=JURISDICTION), source=SOURCE, id="opening")
    found = server.send(*(with_person(each, planted) for each in (*paid, opened))).json()["findings"]
    return str(next(one["clue_id"] for one in found if one["rule"] == "E101"))


def test_no_file_names_one_of_fifty_people_who_went_through_every_door(
    server: Served, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    people = [person(index) for index in range(PEOPLE)]
    clue_id = a_clue_about(server, people[0])
    for index, door in enumerate(TEXTS):
        planted = people[1 + index % (PEOPLE - 1)]
        for text in (planted.written, f"经办{planted.name}，同意"):
            through_texts(server, door, planted, text)
    for form in (*forms(people[0].number), people[0].name):
        through_calls(server, people[0], form, clue_id)
    installation = server.running.installation
    make_backup(installation.settings, tmp_path / "backup", with_keys=False)
    (tmp_path / "bundle.json").write_text(bundle_of(installation, clue_id).model_dump_json())
    printed = "".join(capfd.readouterr()).encode()
    files = {str(path): path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    with installation.database.read() as connection:
        files["what is compressed in the ledger"] = compressed_in(connection)
    assert {"bundle.json", "manifest.json"} <= {Path(path).name for path in files}
    for where, content in {"the log": printed, **files}.items():
        found = [one for one in people for trace in one.traces if written(trace, content)]
        assert not found, f"{where} names {found[0]}"


def test_no_table_of_postgresql_names_one_of_them(tmp_path: Path, postgres_url: str) -> None:
    """Some of the doors are enough: what is behind them is the same."""
    url, people = postgres_schema(postgres_url), [person(index) for index in range(8)]
    with served(tmp_path / "data", database=url) as server:
        clue_id = a_clue_about(server, people[0])
        for planted, door in zip(people[1:], TEXTS[:40:6], strict=True):
            through_texts(server, door, planted, planted.written)
        through_calls(server, people[0], people[0].number, clue_id)
        with server.running.installation.database.read() as connection:
            tables = {name: values_of(connection, name) for name in inspect(connection).get_table_names()}
            tables["what is compressed"] = compressed_in(connection)
    assert {"stored_events", "quarantine"} <= tables.keys()
    for table, content in tables.items():
        found = [one for one in people for trace in one.traces if written(trace, content)]
        assert not found, f"{table} names {found[0]}"
    assert tables["stored_events"].count(b"tender-integrity") > 3


def compressed_in(connection: Connection) -> bytes:
    """What blocks of facts hold: their bytes alone would hide it."""
    return b"\n".join(state for *_, state in rows_behind(connection, 0))


def values_of(connection: Connection, table: str) -> bytes:
    """Every value of a table: bytes as they are, and all else as text."""
    rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()
    return b"\n".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for row in rows for each in row
    )


def written(trace: str, content: bytes) -> bool:
    return trace.encode() in content or (not trace.isascii() and json.dumps(trace)[1:-1].encode() in content)
