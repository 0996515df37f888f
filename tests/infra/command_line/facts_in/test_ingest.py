"""``ingest``: files into the ledger."""

import gzip
import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.deliveries.importing import Progress, import_records
from infra.deliveries.rejected_lines import RejectedLines
from infra.deliveries.sender import Answer
from streams.importers.ndjson import read_ndjson
from streams.importers.record import Mark, Source
from tests.builders import RIVAL, a_bid_opening
from tests.infra.command_line.conftest import ROOT, RecordedCity, Run, answer
from tests.monitor import as_bytes, said
from tests.opening_builders import WRONG_NUMBER, an_opening_at_the_door, with_wrong_number
from tests.site_builders import a_start

EXAMPLES = ROOT / "docs" / "examples"
OCDS = ROOT / ".." / "shared" / "data" / "ocds" / "tsuchiura_ocds.jsonl"
ID_NUMBER = "440106198501010015"


def a_registration(id: str, **data: Any) -> bytes:
    message = {
        "specversion": "1.0",
        "id": id,
        "source": "urn:example:registrations",
        "type": "tender-integrity.registration-recorded.v1",
        "time": "2025-01-02T00:00:00+08:00",
        "data": {
            "person": {"name": "测试甲", "id_number": ID_NUMBER},
            "employer": {"name": "广州示例建设有限公司"},
            "certificate_no": "粤1",
            "qualification": "一级",
            "valid_from": "2025-01-01",
            **data,
        },
    }
    return json.dumps(message, ensure_ascii=False).encode()


def test_a_file_sent_again_is_all_duplicates(run: Run, city: RecordedCity) -> None:
    lines = city.facts.read_bytes().splitlines()
    again = answer(run("ingest", city.facts, "--data", city.data, "--json"))
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, len(lines), 0)


@pytest.mark.parametrize("name", ["facts.ndjson", "facts.ndjson.gz"])
def test_rejected_lines_are_kept_with_their_reasons_and_end_in_exit_code_3(run: Run, tmp_path: Path, name: str) -> None:
    lines = [a_registration("1"), b"{broken", a_registration("2", valid_from="2025-02-30")]
    file = tmp_path / name
    file.write_bytes(gzip.compress(b"\n".join(lines)) if name.endswith(".gz") else b"\n".join(lines))
    told = answer(run("ingest", file, "--data", tmp_path / "data", "--json"), exit_code=3)
    assert (told["accepted"], told["rejected"]) == (1, 2)
    kept = Path(told["files"][0]["rejected_to"])
    assert kept.stat().st_mode & 0o077 == 0
    first, second = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
    assert (first["line"], first["errors"][0]["code"], first["raw"]) == (2, "unreadable", "{broken")
    assert second["errors"][0]["field"] == "data.valid_from"
    assert second["quarantine_id"]


def test_errors_and_the_ledger_hold_no_id_number(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "facts.ndjson"
    file.write_bytes(a_registration("1") + b"\n" + a_registration("2", certificate_no=7))
    result = run("ingest", file, "--data", tmp_path / "data")
    assert result.exit_code == 3
    assert ID_NUMBER not in result.output
    database = b"".join(part.read_bytes() for part in (tmp_path / "data").glob("ledger.db*"))
    assert ID_NUMBER.encode() not in database
    assert "测试甲".encode() not in database


def test_the_documented_example_mapping_reads_the_documented_example(run: Run, tmp_path: Path) -> None:
    options = ("--mapping", EXAMPLES / "insurance.toml", "--data", tmp_path, "--json")
    assert answer(run("ingest", EXAMPLES / "insurance.csv", *options))["accepted"] == 3
    assert answer(run("ingest", EXAMPLES / "insurance.csv", *options))["duplicates"] == 3


def test_a_table_without_a_mapping_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    result = run("ingest", EXAMPLES / "insurance.csv", "--data", tmp_path)
    assert result.exit_code == 2
    assert "--mapping" in result.stderr


def test_standard_input_is_read(run: Run, tmp_path: Path) -> None:
    told = answer(run("ingest", "-", "--data", tmp_path, "--json", input=a_registration("1")))
    assert told["accepted"] == 1


@pytest.mark.skipif(not OCDS.exists(), reason="the shared OCDS examples are not here")
def test_imported_auctions_have_a_comparison_that_says_they_name_no_people(run: Run, tmp_path: Path) -> None:
    assert answer(run("ingest", OCDS, "--data", tmp_path, "--json"))["accepted"] == 1_565
    lot = answer(run("comparison", "ocds-x-tsuchiura-15/1", "--data", tmp_path, "--json"))
    assert lot["names_people"] is False
    assert [bid["bidder"] for bid in lot["bids"]][:2] == ["JP-TSU-214", "JP-TSU-52"]
    assert "names no people" in run("comparison", "ocds-x-tsuchiura-15/1", "--data", tmp_path).stdout


def a_packed_file(file: Path, name: str) -> int:
    """Twelve thousand lines, so that some are recorded before the end is reached; how large the file is."""
    lines = (a_registration(f"{name}{number:05}") for number in range(12_000))
    file.write_bytes(gzip.compress(b"\n".join(lines), compresslevel=0))
    os.utime(file, (0, 0))
    return file.stat().st_size


def test_a_file_replaced_after_an_interruption_is_read_from_its_beginning(run: Run, tmp_path: Path) -> None:
    """Also where size and time are those of the file that was interrupted."""
    file, data = tmp_path / "facts.ndjson.gz", tmp_path / "data"
    size = a_packed_file(file, "a")
    file.write_bytes(file.read_bytes()[:-8] + bytes(8))
    os.utime(file, (0, 0))
    assert run("ingest", file, "--data", data).exit_code == 2
    assert [json.loads(kept.read_bytes())["mark"]["number"] > 0 for kept in (data / "imports").iterdir()] == [True]
    assert a_packed_file(file, "b") == size
    answer(run("ingest", file, "--data", data, "--json"))
    assert answer(run("ingest", file, "--data", data, "--json"))["duplicates"] == 12_000


class Gone(Exception):
    """The power went."""


class FailingAfter:
    """Takes so many calls, then breaks off: the outside world, not our code."""

    chunk = 2

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.taken: list[bytes] = []

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        assert delivery_id is None
        if self.calls == 0:
            raise Gone
        self.calls -= 1
        self.taken += messages
        return Answer(len(messages), 0, ())


async def import_with(sender: FailingAfter, file: Path, progress: Progress) -> None:
    rejected = RejectedLines(file.with_suffix(".rejected"), keep=True)
    with file.open("rb") as stream:
        source = Source(read_ndjson(stream, progress.mark), "B")
        await import_records(source, sender, progress, rejected, lambda _: None)
    progress.finish()


async def test_an_interrupted_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file, kept = tmp_path / "facts.ndjson", tmp_path / "imports" / "progress.json"
    lines = [b'{"n":%d}' % number for number in range(9)]
    file.write_bytes(b"\n".join(lines) + b"\n")
    first, second = FailingAfter(3), FailingAfter(100)
    with pytest.raises(Gone):
        await import_with(first, file, Progress.kept_in(kept))
    assert Progress.kept_in(kept).mark.number == 6
    await import_with(second, file, Progress.kept_in(kept))
    assert first.taken + second.taken == lines
    assert Progress.kept_in(kept).mark == Mark()


def test_an_unreadable_progress_file_means_the_beginning(tmp_path: Path) -> None:
    kept = tmp_path / "progress.json"
    kept.write_text("{", encoding="utf-8")
    assert Progress.kept_in(kept).mark == Mark()


@pytest.fixture
def settling_soon(tmp_path: Path) -> Path:
    config = tmp_path / "monitor.toml"
    config.write_text("[policy.default]\nsettling_seconds = 2\n", encoding="utf-8")
    return config


def waiting(data: Path) -> list[tuple[str, ...]]:
    """The case groups that settle, as the table has them."""
    with closing(sqlite3.connect(data / "ledger.db")) as database:
        return database.execute("SELECT case_group FROM due_dates WHERE settling_since IS NOT NULL").fetchall()


def test_an_import_that_concerns_no_site_waits_for_nothing(run: Run, tmp_path: Path) -> None:
    """However long facts about sites settle."""
    config, data = tmp_path / "monitor.toml", tmp_path / "data"
    config.write_text("[policy.default]\nsettling_seconds = 3600\n", encoding="utf-8")
    options = ("--data", data, "--config", config)
    run("ingest", "-", *options, input=a_registration("1"))
    result = run("ingest", "-", *options, input=a_registration("2"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert waiting(data) == []


def test_an_import_about_a_site_says_what_came_in_and_then_what_it_waits_for(
    run: Run, tmp_path: Path, settling_soon: Path
) -> None:
    data, started = tmp_path / "data", json.dumps(said(a_start(on="2025-08-01"), "started"), ensure_ascii=False)
    result = run("ingest", "-", "--data", data, "--config", settling_soon, input=started)
    assert result.exit_code == 0
    assert "people on sites (1 to be judged)" in result.stderr
    assert result.output.index("1 accepted") < result.output.index("waiting")
    assert waiting(data) == []


MAPPING = """
type = "insurance-paid"
source = "urn:example:bureau"
time = "到账日期"

[fields]
"person.name" = "姓名"
"person.id_number" = "身份证号"
"payer.name" = "单位名称"
month = { column = "费款所属期", form = "month" }
scheme = { constant = "pension" }
paid_on = { column = "到账日期", form = "date" }
"""
ROWS = """姓名,身份证号,单位名称,费款所属期,到账日期
测试甲,11010519491231002X,广州示例建设有限公司,2026-02,三月十二日
测试乙,11010519491231002,广州示例建设有限公司,2026-02,2026-03-12
测试丙,110105194912310021,广州示例建设有限公司,2026-02,2026-03-12
测试丁,11010519491231002X,,2026-02,2026-03-12
"""


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, Path]:
    """A table with a row for each common mistake, and its mapping."""
    rows, mapping = tmp_path / "payments.csv", tmp_path / "payments.toml"
    rows.write_text(ROWS, encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    return rows, mapping


def test_rejected_rows_are_told_by_line_and_column_in_chinese(
    run: Run, tmp_path: Path, table: tuple[Path, Path]
) -> None:
    rows, mapping = table
    chinese = {"TENDER_MONITOR_LANGUAGE": "zh"}
    told = run("ingest", rows, "--mapping", mapping, "--data", tmp_path / "data", env=chinese)
    assert told.exit_code == 3
    assert told.stdout == "入账0条，重复0条，拒收4条\n"
    registered, by_use, first, *reasons = told.stderr.splitlines()
    assert (registered.startswith("已登记数据源"), by_use.startswith("尚无人")) == (True, True)
    assert first.startswith(f"{rows}中被拒收的行：")
    assert sorted(line.strip() for line in reasons) == [
        "第2行“到账日期”列：无法识别为日期，请写成2026-03-12",
        "第3行“身份证号”列：身份证号码应为18位或15位",
        "第4行“身份证号”列：身份证号码校验位有误，请核对原件",
        "第5行“单位名称”列：缺少此项",
    ]


def test_rejected_rows_are_told_by_line_and_column_in_english(
    run: Run, tmp_path: Path, table: tuple[Path, Path]
) -> None:
    rows, mapping = table
    told = run("ingest", rows, "--mapping", mapping, "--data", tmp_path / "data")
    assert told.stdout == "0 accepted, 0 duplicates, 4 rejected\n"
    assert "  line 3, column 身份证号: a resident ID number has 18 or 15 characters" in told.stderr.splitlines()


def test_the_file_of_rejected_rows_gives_each_reason_in_both_languages(
    run: Run, tmp_path: Path, table: tuple[Path, Path]
) -> None:
    rows, mapping = table
    rejected = tmp_path / "rejected.ndjson"
    run("ingest", rows, "--mapping", mapping, "--rejected", rejected, "--data", tmp_path / "data")
    lines = [json.loads(line) for line in rejected.read_text(encoding="utf-8").splitlines()]
    reasons = {line["line"]: line["errors"][0]["message_zh"] for line in lines}
    assert reasons[4] == "身份证号码校验位有误，请核对原件"


def test_what_stops_an_import_is_told_in_the_language_of_the_locale(
    run: Run, tmp_path: Path, table: tuple[Path, Path]
) -> None:
    rows, mapping = table
    rows.write_text("姓名\n测试甲\n", encoding="utf-8")
    locale: dict[str, str | None] = {"LC_ALL": None, "LANG": "zh_CN.UTF-8"}
    told = run("ingest", rows, "--mapping", mapping, "--data", tmp_path / "data", env=locale)
    assert told.exit_code == 2
    assert "文件中没有映射所用的列：到账日期, 单位名称, 费款所属期, 身份证号" in told.stderr


def test_an_id_number_instead_of_a_person_id_is_refused_and_not_repeated(run: Run, tmp_path: Path) -> None:
    told = run("dossier", ID_NUMBER, "--data", tmp_path, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert told.exit_code == 2
    assert "此处须给出人员编号" in told.stderr
    assert ID_NUMBER not in told.output


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_opening_read_in_part_is_kept_told_of_and_ends_in_exit_code_3(
    run: Run, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "opening.ndjson"
    file.write_bytes(as_bytes(with_wrong_number(an_opening_at_the_door())))
    told = answer(run("ingest", file, "--data", tmp_path / "data", "--json"), exit_code=3)
    assert (told["accepted"], told["rejected"], told["partial"]) == (1, 0, 1)
    (kept,) = map(json.loads, Path(told["files"][0]["rejected_to"]).read_text(encoding="utf-8").splitlines())
    assert kept["partial"]
    assert kept["quarantine_id"]
    unidentified = [each for each in told["files"][0]["verdicts"] if each["person_id"] is None]
    assert [each["verdict"] for each in unidentified] == ["suspect"]
    file.write_bytes(as_bytes(with_wrong_number(an_opening_at_the_door("b2", time="2025-06-18T13:00:00+08:00"))))
    shown = run("ingest", file, "--data", tmp_path / "data", env={"TENDER_MONITOR_LANGUAGE": language})
    assert "D904" in shown.stdout
    assert (f"{RIVAL.name}：存疑" if language == "zh" else f"{RIVAL.name}: suspect") in shown.stdout
    assert WRONG_NUMBER not in shown.stdout + shown.stderr


def test_a_file_of_history_is_recorded_with_the_mark_and_nobody_is_told(run: Run, tmp_path: Path) -> None:
    bids = a_bid_opening(opened_at=datetime.now(UTC) - timedelta(days=9))
    file = tmp_path / "facts.ndjson"
    file.write_bytes(json.dumps(said(bids, "opening"), ensure_ascii=False).encode())
    told = answer(run("ingest", file, "--history", "--data", tmp_path / "data", "--json"))
    assert told["accepted"] == 1
    with closing(sqlite3.connect(tmp_path / "data" / "ledger.db")) as database:
        (state,) = database.execute("SELECT state FROM stored_events WHERE topic LIKE '%bid-opened%'").fetchone()
        assert database.execute("SELECT count(*) FROM notices").fetchone() == (0,)
    assert json.loads(state)["history"] == "true"


def test_what_came_before_as_it_was_is_a_duplicate_as_history(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "facts.ndjson"
    file.write_bytes(a_registration("1"))
    assert answer(run("ingest", file, "--data", tmp_path / "data", "--json"))["accepted"] == 1
    again = answer(run("ingest", file, "--history", "--data", tmp_path / "data", "--json"))
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, 1, 0)


def test_a_table_out_of_the_bounds_of_its_source_is_held_until_it_is_accepted(run: Run, tmp_path: Path) -> None:
    data, mapping, rows = tmp_path / "data", EXAMPLES / "insurance.toml", EXAMPLES / "insurance.csv"
    whole = rows.read_text(encoding="utf-8").splitlines()
    half = tmp_path / "half.csv"
    half.write_text("\n".join([whole[0], whole[1].replace("000001", "000004")]), encoding="utf-8")
    config = tmp_path / "settings.toml"
    config.write_text('[deliveries.sources."urn:example:social-insurance:4401"]\nfewer_percent = 20\n')

    def ingest(file: Path, *options: str) -> Any:
        return run("ingest", file, "--mapping", mapping, "--data", data, "--config", config, *options)

    first = answer(ingest(rows, "--json"))
    assert first["files"][0]["delivery_id"]
    checked = answer(ingest(half, "--check", "--json"), exit_code=4)
    assert (checked[0]["new"], checked[0]["within_bounds"]) == (1, False)
    held = ingest(half, "--json")
    assert (held.exit_code, held.stdout) == (4, "")
    assert "--accept" in held.stderr
    assert answer(ingest(half, "--accept", "--json"))["accepted"] == 1


def test_only_registered_sources_of_a_file_get_in_and_register_says_what_it_granted(run: Run, tmp_path: Path) -> None:
    file, data = tmp_path / "facts.ndjson", tmp_path / "data"
    correction = {"retracts": {"source": "urn:example:registrations", "id": "1"}, "reason": "录入错误"}
    undone = {**json.loads(a_registration("2")), "type": "tender-integrity.fact-corrected.v1", "data": correction}
    file.write_bytes(a_registration("1") + b"\n" + json.dumps(undone).encode())
    granted = ("--types", "*", "--areas", "*", "--owner", "x", "--data", data)
    assert run("source", "add", "urn:example:other", *granted).exit_code == 0
    told = answer(run("ingest", file, "--data", data, "--json"), exit_code=3)
    assert (told["accepted"], told["rejected"]) == (0, 2)
    shown = run("ingest", file, "--data", data, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert "该数据源尚未登记" in shown.stderr
    registered = answer(run("ingest", file, "--register", "--data", data, "--json"))
    assert registered["accepted"] == 2
    assert registered["registered"] == {"urn:example:registrations": ["fact-corrected", "registration-recorded"]}
    assert "registered" not in answer(run("ingest", file, "--register", "--data", data, "--json"))


def test_registering_from_a_file_revives_no_ended_source(run: Run, tmp_path: Path) -> None:
    file, data = tmp_path / "facts.ndjson", ("--data", tmp_path / "data", "--json")
    file.write_bytes(a_registration("1"))
    answer(run("ingest", file, "--register", *data))
    answer(run("source", "end", "urn:example:registrations", "--reason", "停用", *data))
    file.write_bytes(a_registration("2"))
    assert answer(run("ingest", file, "--register", *data), exit_code=3)["accepted"] == 0
