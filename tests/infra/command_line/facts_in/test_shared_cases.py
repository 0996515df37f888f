"""Cases from public bug reports and real files, as they were given: what each says is what comes out."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from streams.importers.inputs import FileFormat, format_of, open_input
from streams.importers.mapping import load_mapping
from streams.importers.record import Record
from tests.infra.command_line.conftest import Run, answer

CASES = Path(__file__).parents[4] / ".." / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")


def case(number: int) -> Path:
    (folder,) = CASES.glob(f"{number:02}-*")
    return folder


def read(file: Path, mapping: str = "m.toml") -> list[Record]:
    with ExitStack() as closing:
        mapped = load_mapping(file.parent / mapping)
        given = format_of(file)
        source = open_input(file, given, mapping=mapped, derive_id=lambda _: "0" * 64, closing=closing)
        return list(source.records)


def data(record: Record) -> Any:
    assert not record.errors, record.errors
    return json.loads(record.messages[0])["data"]


def taken_in(run: Run, data_folder: Path, *given: object) -> dict[str, Any]:
    """The counts of one import, whatever its exit code."""
    result = run("ingest", *given, "--data", data_folder, "--json")
    assert result.exit_code in (0, 3), result.output
    counts: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code == 3) is (counts["rejected"] > 0)
    return counts


def test_01_a_lost_character_makes_nobody_another_firm(run: Run, tmp_path: Path) -> None:
    folder = case(1)
    found = answer(run("match", folder / "m2.csv", "--json"))
    lost = [row for row in found if {"?", "□"} & set(row["right"])]
    assert lost
    assert {row["outcome"] for row in lost} <= {"unknown", "probably_same"}
    run("ingest", folder / "rare.csv", "--mapping", folder / "m.toml", "--data", tmp_path)
    run("ingest", folder / "rare_bid.ndjson", "--data", tmp_path)
    clues = answer(run("clues", "--data", tmp_path, "--json"))
    assert all(clue["severity"] != "high" for clue in clues)


@pytest.mark.parametrize("name", ["utc", "shanghai"])
def test_02_a_midnight_in_utc_is_the_next_day_in_china(name: str) -> None:
    (record, *_) = read(case(2) / f"{name}.parquet")
    assert (data(record)["month"], data(record)["paid_on"]) == ("2025-03", "2025-04-12")


def test_03_binary_columns_are_text() -> None:
    assert data(read(case(3) / "binary.parquet")[0])["payer"]["name"] == "广州示例建设有限公司"


def test_04_a_column_given_twice_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    result = run("ingest", case(4) / "dup.csv", "--mapping", case(4) / "mdup.toml", "--data", tmp_path)
    assert result.exit_code == 2
    assert "单位名称" in result.stderr


def test_05_a_stray_quote_costs_its_own_line(run: Run) -> None:
    assert [record.number for record in read(case(5) / "q.csv") if record.errors] == [2]
    result = run("match", case(5) / "mq.csv")
    assert result.exit_code == 3
    assert "line 2" in result.stderr


@pytest.mark.parametrize(
    ("number", "name", "flagged"),
    [(7, "latin1.jsonl", {"o-2": {"R018": 1.0}}), (8, "st_list.json", {"o-ok2": {"R028": 1.0}})],
)
def test_07_and_08_what_indicators_cannot_read_is_counted(
    run: Run, tmp_path: Path, number: int, name: str, flagged: dict[str, Any]
) -> None:
    result = run("indicators", case(number) / name, "--json", "--data", tmp_path)
    assert result.exit_code == 3
    assert json.loads(result.stdout)["OCID"] == flagged
    assert "left out: 1 unreadable" in result.stderr


def test_09_one_bad_release_costs_only_itself(run: Run, tmp_path: Path) -> None:
    counts = taken_in(run, tmp_path, case(9) / "t_onebad.json", "--format", "ocds")
    assert (counts["accepted"], counts["rejected"]) == (2, 1)


@pytest.mark.parametrize("name", ["div_int", "div_str", "num_str"])
def test_10_a_file_says_the_same_by_itself_and_from_the_ledger(run: Run, tmp_path: Path, name: str) -> None:
    file = case(10) / f"{name}.json"
    alone = answer(run("indicators", file, "--json", "--data", tmp_path))
    taken_in(run, tmp_path, file, "--format", "ocds")
    recorded = answer(run("indicators", "--json", "--data", tmp_path))
    assert {key.removesuffix("/1"): said for key, said in recorded["OCID"].items()} == alone["OCID"] != {}
    assert recorded.get("Tenderer") == alone.get("Tenderer")


def test_11_null_empty_and_absent_are_one(run: Run, tmp_path: Path) -> None:
    for file in sorted(case(11).glob("*.json")):
        counts = taken_in(run, tmp_path / file.stem, file, "--format", "ocds")
        # The byte-order mark stands before the package of case 9, which has one bad release.
        assert counts["accepted"] >= 1
        assert counts["rejected"] == (file.stem == "t_bom")


def test_12_what_cannot_be_read_as_asked_is_one_sentence(run: Run, tmp_path: Path) -> None:
    folder = case(12)
    assert data(read(folder / "u16.csv", "m16.toml")[0])
    assert data(read(folder / "ns.parquet")[0])
    for mapping, named in (("mbe.toml", "encoding"), ("mbd.toml", "delimiter")):
        result = run("ingest", folder / "PAY.CSV", "--format", "csv", "--mapping", folder / mapping, "--data", tmp_path)
        assert result.exit_code == 2
        assert named in result.stderr
    for name in ("mgb.csv", "m16.csv"):
        assert "different" in run("match", folder / name).stdout


def test_13_an_extension_counts_in_any_case(run: Run, tmp_path: Path) -> None:
    assert format_of(case(13) / "PAY.CSV") is FileFormat.CSV
    assert data(read(case(13) / "PAY.CSV")[0])
    result = run("ingest", case(13) / "p.xlsx", "--mapping", case(13) / "m.toml", "--data", tmp_path)
    assert result.exit_code == 2
    assert "not readable as a workbook" in result.stderr


@pytest.mark.parametrize("number", [14, 15])
def test_14_and_15_new_documents_and_divisions_are_recorded(run: Run, tmp_path: Path, number: int) -> None:
    for file in case(number).glob("*.ndjson"):
        assert taken_in(run, tmp_path, file)["rejected"] == 0


def test_16_artefacts_are_taken_off_and_lost_digits_refused(run: Run, tmp_path: Path) -> None:
    folder = case(16)
    kept = tmp_path / "r.ndjson"
    taken_in(run, tmp_path / "d", folder / "all.csv", "--mapping", folder / "m.toml", "--rejected", kept)
    refused = {json.loads(line)["line"]: json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()}
    lines = (folder / "all.csv").read_text(encoding="utf-8").splitlines()
    named = {lines[number - 1].split(",")[0]: errors["errors"][0]["code"] for number, errors in refused.items()}
    # A pattern of the mapping is followed strictly, and a code with letters that no code has is none.
    wrong = {name: code for name, code in named.items() if not name.startswith(("month-", "date-", "uscc-"))}
    assert wrong == {"sci-id": "scientific_notation", "lost-precision": "check_digit"}


def test_17_a_mapping_says_what_means_nothing(run: Run, tmp_path: Path) -> None:
    folder = case(17)
    assert taken_in(run, tmp_path, folder / "v.csv", "--mapping", folder / "mv.toml")["rejected"] == 0


def test_20_title_rows_and_headers_with_blanks_are_read() -> None:
    assert data(read(case(20) / "hs.csv")[0])
    (record, total) = read(case(20) / "title.csv")
    assert data(record)["paid_on"] == "2025-04-12"
    assert total.number == 4
