"""``coverage`` and ``enquiries``: what is complete, and whom to ask a bureau about."""

import csv
import io
import json
import time
from pathlib import Path

import pytest

from infra.installation import Installation
from infra.settings import Settings
from infra.simulation.deliveries import NEVER
from infra.simulation.wire import TRADING
from tests.builders import a_bid_opening, a_message
from tests.infra.command_line.clusters import Commands
from tests.infra.command_line.conftest import RecordedCity, Run, answer, program
from tests.ledger_events import events_of
from tests.monitor import as_bytes

NAME, ID_NUMBER = "欧阳小明", "11010519491231002X"


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """A bid of whose lead nothing is known."""
    message = a_message(a_bid_opening(), source=TRADING, id="opening")
    message["data"]["bids"][0]["lead"]["person"] = {"name": NAME, "id_number": ID_NUMBER}
    facts = tmp_path / "facts.ndjson"
    facts.write_bytes(as_bytes(message) + b"\n")
    assert answer(run("ingest", facts, "--data", tmp_path / "data", "--json"))["rejected"] == 0
    return tmp_path / "data"


def readings(folder: Path) -> int:
    installation = Installation.open(Settings(data=folder))
    try:
        with installation.database.read() as connection:
            return sum("dossier-read" in topic for *_, topic, _ in events_of(connection))
    finally:
        installation.close()


def test_the_grid_of_a_city_says_what_its_bureaus_closed(run: Run, city: RecordedCity) -> None:
    known = ("coverage", "--kind", "insurance-paid", "--data", city.data)
    period = next(line for line in city.facts.read_text(encoding="utf-8").splitlines() if "delivery-closed" in line)
    month = json.loads(period)["data"]["period"][:7]
    shown = answer(run(*known, "--from", month, "--to", month, "--json"))
    assert {item["area"]: item["status"] for item in shown["items"]}["440100"] == "closed"
    never = answer(run(*known, "--area", NEVER, "--from", month, "--to", month, "--json"))
    assert {item["status"] for item in never["items"]} == {"never"}
    rows = list(
        csv.DictReader(
            io.StringIO(run(*known, "--from", month, "--to", month, "--format", "csv").stdout.lstrip("\ufeff"))
        )
    )
    assert [row["area"] for row in rows if row["status"] == "closed"] != []


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("数据种类", "未接入", "数据截至")), ("en", ("kind", "never connected", "complete to"))],
)
def test_a_table_is_told_in_the_language_of_the_settings(
    run: Run, folder: Path, language: str, words: tuple[str, ...]
) -> None:
    told = run("coverage", "--data", folder, env={"TENDER_MONITOR_LANGUAGE": language})
    assert told.exit_code == 0, told.output
    assert all(word in told.stdout for word in words)
    assert "E105" in told.stdout


def test_months_in_the_wrong_order_are_refused(run: Run, folder: Path) -> None:
    assert run("coverage", "--from", "2025-05", "--to", "2025-04", "--data", folder).exit_code == 2


def test_enquiries_name_the_leads_and_each_reading_is_recorded_first(run: Run, folder: Path) -> None:
    (one,) = answer(run("enquiries", "--data", folder, "--json"))
    assert (one["name"], one["id_number"], one["months"]) == (NAME, ID_NUMBER, ["2025-03", "2025-04", "2025-05"])
    assert readings(folder) == 1
    told = run("enquiries", "--data", folder, "--purpose", "enquiry", env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert "证件号码" in told.stdout
    assert f"{ID_NUMBER}  " in told.stdout
    assert "2025-03, 2025-04, 2025-05" in told.stdout
    assert readings(folder) == 2
    assert answer(run("enquiries", "--area", "510100", "--data", folder, "--json")) == []
    assert readings(folder) == 2


def test_the_file_of_enquiries_keeps_numbers_as_texts(run: Run, folder: Path) -> None:
    told = run("enquiries", "--data", folder, "--format", "csv", env={"TENDER_MONITOR_LANGUAGE": "zh"})
    header, row = csv.reader(io.StringIO(told.stdout.removeprefix("\ufeff")))
    assert header[:6] == ["姓名", "证件号码", "参保地区", "查询月份", "人员代码", "答复日期"]
    assert row[:4] == [NAME, f"{ID_NUMBER}\t", "440100", "2025-03 2025-04 2025-05"]


def test_the_file_comes_back_filled_in_and_the_person_leaves_the_list(run: Run, folder: Path, tmp_path: Path) -> None:
    told = run("enquiries", "--data", folder, "--format", "csv", env={"TENDER_MONITOR_LANGUAGE": "zh"})
    header, asked = csv.reader(io.StringIO(told.stdout.removeprefix("\ufeff")))
    found = ["2025-07-01", "某建设有限公司", "", "202503", "养老保险", "2025-03-15"]
    file, mapping = tmp_path / "答复.csv", tmp_path / "answers.toml"
    with file.open("w", encoding="gb18030", newline="") as opened:
        csv.writer(opened).writerows([header, asked[:5] + found, [*asked[:5], *found[:3], "202504", *found[4:]]])
    suggested = run("mapping", "suggest", file, "--source", "urn:test:bureau", "--out", mapping)
    assert suggested.exit_code == 0, suggested.output
    done = answer(run("ingest", file, "--mapping", mapping, "--data", folder, "--register", "--json"))
    assert (done["accepted"], done["rejected"]) == (1, 0)
    assert answer(run("enquiries", "--data", folder, "--json")) == []


def test_the_same_list_comes_through_a_server_that_holds_the_folder(run: Run, folder: Path) -> None:
    with program("serve", "--data", folder, "--port", 0) as server:
        while not (folder / "server.json").exists():
            assert server.poll() is None
            time.sleep(0.05)
        (one,) = answer(run("enquiries", "--data", folder, "--json"))
    assert one["id_number"] == ID_NUMBER


def test_in_a_cluster_the_commands_read_all_shards(cluster: Commands) -> None:
    assert cluster.json("coverage", "--kind", "insurance-paid")["items"]
    assert cluster.json("enquiries") == []
