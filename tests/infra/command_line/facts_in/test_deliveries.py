"""``ingest`` of deliveries that replace others, into the folder and through the server that holds it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.access import Role
from infra.command_line.folder import DataFolder
from tests.delivery_builders import BUREAU, MAPPING, a_file, rows
from tests.infra.command_line.conftest import Run, answer
from tests.infra.http.served import ACTORS, Served, served

MAY = ("--snapshot", "440100", "2025-05")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("data")
    with served(data) as found, DataFolder(data).held(), DataFolder(data).announced(found.url):
        found.register(BUREAU)
        yield found


def test_a_snapshot_goes_through_the_server_that_holds_the_folder(run: Run, server: Served, tmp_path: Path) -> None:
    mapping, file = tmp_path / "mapping.toml", tmp_path / "payments.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    data = server.running.installation.settings.data

    def ingest(*numbers: int, options: tuple[str, ...] = MAY, exit_code: int = 0) -> Any:
        file.write_bytes(a_file(rows(*numbers)))
        return answer(run("ingest", file, "--mapping", mapping, "--data", data, "--json", *options), exit_code)

    assert ingest(*range(10), options=())["accepted"] == 10
    checked = ingest(*range(5), options=("--check", *MAY), exit_code=4)
    assert {each["bound"] for each in checked[0]["out_of_bounds"]} == {"rows", "retracted"}
    taken = ingest(*range(9), 10, options=(*MAY, "--close"))
    assert (taken["accepted"], taken["duplicates"], taken["files"][0]["retracted"]) == (1, 9, 1)
    listed = server.get("/api/v1/deliveries", Role.OPERATOR)["items"]
    assert [(each["period"], each["state"], each["parts"][0]["rows"]) for each in listed] == [
        (None, "taken", 10),
        ("2025-05", "taken", 10),
    ]
    cells = server.get("/api/v1/coverage?kind=insurance-paid&from=2025-05&to=2025-05", Role.OPERATOR)["items"]
    assert [(cell["area"], cell["status"], cell["delivery_id"]) for cell in cells] == [
        ("440100", "closed", listed[1]["delivery_id"])
    ]
    assert server.get("/api/v1/deliveries", Role.SOURCE)["items"] == []


def test_a_check_says_what_the_registry_would_refuse(run: Run, server: Served, tmp_path: Path) -> None:
    mapping, file = tmp_path / "mapping.toml", tmp_path / "payments.csv"
    mapping.write_text(MAPPING.replace(BUREAU, "urn:test:nobody"), encoding="utf-8")
    file.write_bytes(a_file(rows(0, 1)))
    decided = server.running.installation.settings.data

    def check(data: Path, *options: str, exit_code: int = 0) -> Any:
        told = run("ingest", file, "--mapping", mapping, "--check", "--json", "--data", data, *options)
        return answer(told, exit_code)[0]

    refused = check(decided, exit_code=4)
    assert (refused["rejected"], refused["reasons"][0]["field"]) == (2, "source")
    assert check(decided, "--register")["rejected"] == 0
    assert check(tmp_path / "new")["rejected"] == 0, "the first use of a new folder registers it"


def test_a_feed_records_no_delivery_of_another_source(server: Served) -> None:
    named = {"delivery_id": "x", "part": 1, "source": "urn:test:other", "of_kind": "insurance-paid"}
    counted = dict.fromkeys(("rows", "accepted", "duplicates", "rejected", "people", "employers"), 0)
    said = json.dumps({**named, **counted, "at": "2025-06-01T00:00:00Z"}).encode()
    headers = {"Content-Type": "application/json"}
    told = server.request("POST", "/api/v1/deliveries/taken", ACTORS[Role.SOURCE], body=said, headers=headers)
    assert told.status == 403


@pytest.mark.parametrize("at", ["20250601", "1748736000", 1748736000])
def test_a_number_is_no_moment_of_a_delivery(server: Served, at: str | int) -> None:
    named = {"delivery_id": "x", "part": 1, "source": ACTORS[Role.SOURCE].source, "of_kind": "insurance-paid"}
    counted = dict.fromkeys(("rows", "accepted", "duplicates", "rejected", "people", "employers"), 0)
    said = json.dumps({**named, **counted, "at": at}).encode()
    headers = {"Content-Type": "application/json"}
    told = server.request("POST", "/api/v1/deliveries/taken", ACTORS[Role.SOURCE], body=said, headers=headers)
    assert (told.status, told.json()["errors"][0]["field"]) == (400, "at")


def test_a_month_is_closed_once_nothing_is_lacking_for_it(run: Run, server: Served) -> None:
    data = server.running.installation.settings.data
    server.a_suspicious_opening()
    listed = answer(run("deliveries", "--data", data, "--json"))
    assert [each["before"] and each["before"]["rows"] for each in listed] == [None, None]
    # The opening of the tests is of June: its months are March to May, and its register reaches into June.
    may = answer(run("deliveries", "--month", "2025-05", "--data", data, "--json"))
    assert (len(may["items"]), may["complete"]) == (2, False)
    assert ("insurance-paid", "440100") not in {(each["kind"], each["area"]) for each in may["lacking"]}
    told = run("deliveries", "--month", "2025-05", "--data", data, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert "尚缺" in told.stdout
    assert server.get("/api/v1/deliveries?month=2024-01", Role.OPERATOR)["items"] == []
