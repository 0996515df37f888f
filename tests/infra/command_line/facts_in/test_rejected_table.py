"""The refused rows of a table come back in its form and encoding, to be mended and sent again."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import load_workbook

from infra.deliveries.rejected_lines import RejectedLines
from infra.deliveries.rejected_table import write_rejected_table
from infra.texts.language import Language
from streams.importers.csv_rows import read_csv
from streams.importers.record import Record
from tests.infra.command_line.conftest import Run, answer

MAPPING = """
type = "insurance-paid"
source = "urn:example:insurance"
id = "流水号"
time = "到账日期"
[fields]
"person.name" = "姓名"
"person.id_number" = "证件号码"
"payer.name" = "单位名称"
month = "费款所属期"
scheme = { constant = "pension" }
paid_on = { column = "到账日期", form = "date" }
"""
HEADER = "流水号,姓名,证件号码,单位名称,费款所属期,到账日期"
SOUND = "1,测试甲,440106198501010015,广州示例建设有限公司,2025-03,2025-04-12"
WRONG_DATE = SOUND.replace("1,测", "2,测").replace("2025-04-12", "四月")
WRONG_NUMBER = SOUND.replace("1,测", "3,测").replace("0015,", "0016,")


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "m.toml"
    file.write_text(MAPPING, encoding="utf-8")
    return file


def taken_in(run: Run, file: Path, mapping: Path, *options: object) -> dict[str, Any]:
    told = answer(run("ingest", file, "--mapping", mapping, "--data", file.parent / "data", "--json", *options), 3)
    (about,) = told["files"]
    return dict(about)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rows_come_back_with_their_line_in_order_in_their_encoding_and_are_read_again_when_mended(
    run: Run, tmp_path: Path, mapping: Path, encoding: str
) -> None:
    """The intake refuses the one and the mapping the other; each batch of them is answered at its own time."""
    file = tmp_path / "缴费.csv"
    rows = ["2025年3月缴费,,,,,", HEADER, WRONG_NUMBER, SOUND, WRONG_DATE, ""]
    file.write_bytes("\r\n".join(rows).encode(encoding))
    kept = Path(taken_in(run, file, mapping)["rejected_table"])
    assert kept.stat().st_mode & 0o077 == 0
    content = kept.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    header, first, second = content.decode(encoding).splitlines()
    assert header == f"line,reason,{HEADER}"
    assert first.startswith("3,")
    assert first.endswith("," + WRONG_NUMBER)
    assert second.startswith("5,")
    assert second.endswith("," + WRONG_DATE)
    assert "column 到账日期" in second
    mended = content.decode(encoding).replace("四月", "2025-04-12").replace("0016,", "0015,")
    kept.write_bytes(mended.encode(encoding))
    told = answer(run("ingest", kept, "--mapping", mapping, "--data", tmp_path / "data", "--json"))
    assert (told["accepted"], told["rejected"]) == (2, 0)


def test_reasons_are_in_the_language_of_the_user_and_the_chinese_in_the_file_for_programs_is_whole(
    run: Run, tmp_path: Path, mapping: Path
) -> None:
    file = tmp_path / "p.csv"
    file.write_text(f"{HEADER}\n{WRONG_DATE}\n".replace(",", "\t"), encoding="gb18030")
    chinese = {"TENDER_MONITOR_LANGUAGE": "zh"}
    rejected = tmp_path / "r.ndjson"
    options = ("--mapping", mapping, "--data", tmp_path / "data", "--rejected", rejected)
    told = run("ingest", file, *options, env=chinese)
    assert f"{file}：按GB18030编码、制表符分隔读取，表头在第1行" in told.stderr
    header, row = (tmp_path / "r.rows.csv").read_text(encoding="gb18030").splitlines()
    assert header.startswith("原行号\t拒收原因\t流水号")
    assert row.startswith("2\t“到账日期”列：无法识别为日期，请写成2026-03-12")
    (line,) = map(json.loads, rejected.read_text(encoding="utf-8").splitlines())
    assert (line["line"], line["raw"]) == (2, WRONG_DATE.replace(",", "\t"))


def test_bytes_that_are_no_text_and_stray_quotes_come_back_as_they_were(
    run: Run, tmp_path: Path, mapping: Path
) -> None:
    broken = SOUND.replace("测试甲", '"测').encode()
    foreign = SOUND.encode("gb18030")
    file = tmp_path / "p.csv"
    file.write_bytes(b"\n".join([HEADER.encode(), broken, foreign, SOUND.encode(), b""]))
    kept = Path(taken_in(run, file, mapping)["rejected_table"])
    _, first, second = kept.read_bytes().splitlines()
    assert first.endswith(b"," + broken)
    assert second.endswith(b"," + foreign)


def test_rows_of_a_workbook_come_back_as_a_workbook(run: Run, tmp_path: Path, mapping: Path) -> None:
    file = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(file), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("三月")
        sheet.write_row(0, 0, ["2025年3月缴费"])
        sheet.write_row(1, 0, HEADER.split(","))
        sheet.write_row(2, 0, SOUND.split(","))
        sheet.write_row(3, 0, [7, "=姓名", 440106198501010015, "公司", "2025-03", "2025-04-12"])
        sheet.write_row(4, 0, ["合计", "", "", "2行"])
    about = taken_in(run, file, mapping, "--rejected", tmp_path / "r.xlsx")
    assert about["read_as"] == {"sheet": "三月", "header_row": 2}
    assert Path(about["rejected_to"]) == tmp_path / "r.ndjson"
    rows = load_workbook(about["rejected_table"]).get_sheet_by_name("三月").to_python()
    assert rows[0] == ["line", "reason", *HEADER.split(",")]
    assert (rows[1][0], rows[1][2:4]) == (4, [7, "=姓名"])
    assert "scientific notation" in str(rows[1][1])
    assert (rows[2][0], rows[2][2]) == (5, "合计")


def test_each_of_several_files_has_a_table_of_its_own_and_none_is_written_over(
    run: Run, tmp_path: Path, mapping: Path
) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for place, file in enumerate(files):
        file.write_text(f"{HEADER}\n{WRONG_DATE.replace('2,测', f'{place},测')}\n", encoding="utf-8")
    options = ("--mapping", mapping, "--data", tmp_path / "data", "--rejected", tmp_path / "a.ndjson", "--json")
    tables = [Path(each["rejected_table"]).name for each in answer(run("ingest", *files, *options), 3)["files"]]
    assert tables == ["a.a.csv.rows.csv", "a.b.csv.rows.csv"]
    assert files[0].read_text(encoding="utf-8").startswith(HEADER)
    assert run("ingest", *files, "--mapping", mapping, "--data", tmp_path, "--rejected", files[0]).exit_code == 2


def test_a_line_that_was_written_twice_by_a_killed_import_comes_back_once(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text(f"{HEADER}\n{WRONG_DATE}\n", encoding="utf-8")
    with file.open("rb") as opened:
        form = read_csv(opened, lambda _: ()).form
    lines = RejectedLines(tmp_path / "r.ndjson", keep=True, form=form)
    record = Record(2, 9, WRONG_DATE.encode())
    for _ in range(2):
        lines.write(record, [{"field": "paid_on", "code": "number", "message": "column 到账日期: not a number"}], None)
    lines.close()
    target = tmp_path / "r.csv"
    assert write_rejected_table(target, lines.file, 0, form, columns={}, language=Language.ZH)
    with target.open(encoding="utf-8") as opened:
        assert [row[:2] for row in csv.reader(opened)][1:] == [["2", "“到账日期”列：不是数字"]]
