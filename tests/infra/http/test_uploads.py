"""Files by HTTP: looked through, accepted or rejected, taken in, and gone on with after a restart."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from domain.access import Actor, Role
from infra.deliveries.uploads import Uploads, UploadState
from infra.http.upload_form import file_name
from tests.delivery_builders import BUREAU, MAPPING, a_file, a_row, rows
from tests.infra.http.served import ACTORS, FOREIGN, Answer, Served, served

FEED = Actor(Role.SOURCE, "bureau", source=BUREAU)
WRONG = ("SB-000009", "测试甲", "440106198501010016", "广州示例建设有限公司", "2025-05", "2025-05-15")
BOUNDARY = "----upload"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as found:
        found.register(BUREAU, "urn:test:another-bureau")
        yield found


def upload(server: Served, content: bytes, actor: Actor = FEED, **fields: str) -> Answer:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="社保.csv"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return server.request("POST", "/api/v1/uploads", actor, body=body, headers=headers)


def ended(server: Served, upload_id: str, actor: Actor = FEED) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = server.request("GET", f"/api/v1/uploads/{upload_id}", actor).json()
        if found["state"] != "taking":
            return found
        time.sleep(0.05)
    raise AssertionError("the upload is still being taken")


def test_a_file_is_checked_then_accepted_and_its_rejected_rows_come_back(server: Served) -> None:
    answer = upload(server, a_file([*rows(0, 1), WRONG]), mapping=MAPPING)
    assert answer.status == 201, answer.body
    found = answer.json()
    assert (found["state"], found["check"]["new"], found["check"]["rejected"]) == ("checked", 2, 1)
    assert not found["within_bounds"], "a third of the rows would be rejected"
    address = f"/api/v1/uploads/{found['upload_id']}"
    listed = server.request("GET", "/api/v1/deliveries", FEED).json()["items"]
    assert listed == [], "nothing is recorded yet"
    assert server.request("POST", f"{address}/accept", FEED).status == 202
    taken = ended(server, found["upload_id"])
    assert (taken["state"], taken["counts"]["accepted"], taken["counts"]["rejected"]) == ("taken", 2, 1)
    table = server.request("GET", f"{address}/rejected.csv", FEED)
    assert table.status == 200
    assert "SB-000009" in table.body.decode()
    assert server.request("POST", f"{address}/accept", FEED).status == 409
    assert server.request("GET", f"{address}/rejected.csv", ACTORS[Role.OPERATOR]).status == 404
    assert server.request("GET", address, FOREIGN[Role.SOURCE]).status == 404
    (delivery,) = server.request("GET", "/api/v1/deliveries", FEED).json()["items"]
    assert delivery["parts"][0]["by"] == "bureau"


def test_the_mapping_that_was_accepted_is_used_for_the_next_file(server: Served) -> None:
    source = Actor(Role.SOURCE, "bureau", source="urn:test:another-bureau")
    first = upload(server, a_file(rows(20)), source, mapping=MAPPING).json()
    server.request("POST", f"/api/v1/uploads/{first['upload_id']}/accept", source)
    ended(server, first["upload_id"], source)
    second = upload(server, a_file(rows(20, 21)), source).json()
    assert (second["state"], second["check"]["new"], second["check"]["unchanged"]) == ("checked", 1, 1)
    assert {each["field"] for each in second["mapping"]["columns"]} >= {"person.name", "person.id_number"}


def test_a_rejected_upload_is_removed_and_records_nothing(server: Served) -> None:
    found = upload(server, a_file(rows(30)), mapping=MAPPING).json()
    address = f"/api/v1/uploads/{found['upload_id']}"
    assert server.request("POST", f"{address}/reject", FEED).json()["state"] == "rejected"
    assert server.request("POST", f"{address}/accept", FEED).status == 409
    folder = server.running.installation.settings.data / "uploads" / found["upload_id"]
    assert [each.name for each in sorted(folder.rglob("*"))] == ["mapping.toml", "upload.json"]


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (b"\x00\x01", {"mapping": MAPPING}, "unusable_file"),
        (a_file(rows(1)), {"mapping": "type ="}, "unusable_file"),
        (a_file(rows(1)), {"mapping": MAPPING, "area": "440100"}, "snapshot"),
        (a_file(rows(1)), {"mapping": MAPPING, "replaces": "nothing"}, "unusable_file"),
        (a_file(rows(1)), {"mapping": MAPPING, "source": "urn:test:other"}, "source"),
        (a_file(rows(1)), {"mapping": MAPPING, "colour": "red"}, "invalid"),
    ],
)
def test_what_is_no_upload_is_refused(server: Served, content: bytes, fields: dict[str, str], code: str) -> None:
    answer = upload(server, content, FEED, **fields)
    assert (answer.status, answer.json()["code"]) == (400, code)


def test_a_source_that_nobody_registered_is_told_so_by_the_check(server: Served) -> None:
    stranger = Actor(Role.SOURCE, "stranger", source="urn:test:stranger")
    found = upload(server, a_file(rows(1, 2)), stranger, mapping=MAPPING).json()
    assert (found["check"]["rejected"], found["within_bounds"]) == (2, False)
    assert [each["code"] for each in found["check"]["reasons"]] == ["not_permitted"]


def test_an_operator_hands_files_in_as_itself_alone(server: Served) -> None:
    answer = upload(server, a_file(rows(1)), ACTORS[Role.OPERATOR], mapping=MAPPING, source=BUREAU)
    assert (answer.status, answer.json()["code"]) == (400, "source")
    said = {"delivery_id": "forged", "part": 1, "source": BUREAU, "of_kind": "insurance-paid", "by": "nobody"}
    digests = {"digest": "0" * 64, "mapping": "0" * 64}
    begun = {**said, **digests, "file": "forged.csv", "at": "2025-06-01T00:00:00Z"}
    body = json.dumps(begun).encode()
    headers = {"Content-Type": "application/json"}
    path = "/api/v1/deliveries/begun"
    assert server.request("POST", path, ACTORS[Role.OPERATOR], body=body, headers=headers).status == 403


def test_each_row_names_who_uploaded_it(server: Served) -> None:
    found = upload(server, a_file(rows(50)), mapping=MAPPING).json()
    server.request("POST", f"/api/v1/uploads/{found['upload_id']}/accept", FEED)
    ended(server, found["upload_id"])
    installation = server.running.installation
    with installation.database.read() as connection:
        ledger = installation.recorder.scan(connection, after=0, limit=10_000)
    rows_of_it = [json.loads(state) for _, _, state in ledger if b"SB-000050" in state]
    assert [row["submittedby"] for row in rows_of_it] == ["source:bureau"]


def test_files_that_nobody_decides_about_are_removed_and_those_that_are_being_taken_are_not(server: Served) -> None:
    waiting = upload(server, a_file(rows(60)), mapping=MAPPING).json()["upload_id"]
    taking = upload(server, a_file(rows(61)), mapping=MAPPING).json()["upload_id"]
    data = server.running.installation.settings.data
    uploads = Uploads(data)
    uploads.accepted(uploads.get(taking, FEED))
    broken_off = uploads.new("half.csv", BUREAU, FEED)
    folders = [data / "uploads" / each for each in (waiting, taking, broken_off.upload_id)]
    month_ago = time.time() - 31 * 86_400
    for file in (folders[0] / "upload.json", folders[1] / "upload.json", folders[2]):
        os.utime(file, (month_ago, month_ago))
    upload(server, a_file(rows(62)), mapping=MAPPING)
    assert [each.exists() for each in folders] == [False, True, False]


def test_an_unknown_table_asks_for_a_mapping(server: Served) -> None:
    found = upload(server, "姓名,证件号码,缴费单位,月份\n测试甲,440106198501010015,某公司,2025-05\n".encode()).json()
    assert (found["state"], found["check"]) == ("unmapped", None)
    assert found["mapping"]["missing"]


def test_an_upload_that_was_being_taken_goes_on_at_the_next_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("data")
    with served(data) as first:
        first.register(BUREAU)
        found = upload(first, a_file([a_row(1), a_row(2)]), mapping=MAPPING).json()
    uploads = Uploads(data)
    # As a server leaves it that is killed right after somebody accepted.
    accepted = uploads.accepted(uploads.get(found["upload_id"], FEED))
    assert accepted.state is UploadState.TAKING
    with served(data) as second:
        taken = ended(second, found["upload_id"])
        assert (taken["state"], taken["counts"]["accepted"]) == ("taken", 2)
        assert json.dumps(taken)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("五月.csv", "五月.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\bureau\\may.xlsx", "may.xlsx"),
        ("..", "file"),
        ("", "file"),
        ("缴" * 300 + ".csv", "缴" * 60 + ".csv"),
        ("x." + "y" * 300, "file"),
    ],
)
def test_a_file_is_kept_under_its_name_in_no_other_folder(sent: str, kept: str) -> None:
    assert file_name(sent) == kept
