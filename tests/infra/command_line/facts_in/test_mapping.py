"""``mapping suggest``: from an unknown table to facts in two commands."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.infra.command_line.conftest import Run, answer

HEADER = ["姓名", "证件号码", "缴费单位", "费款所属期", "险种", "到账日期", "备注"]
ROW = ["测试甲", "440106198501010015", "广州示例建设有限公司", 202503, "养老保险", "2025-04-12", ""]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "缴费.xlsx"
    with xlsxwriter.Workbook(str(file)) as opened:
        sheet = opened.add_worksheet()
        for place, row in enumerate([["2025年3月缴费明细"], HEADER, ROW]):
            sheet.write_row(place, 0, row)
    return file


def test_the_file_that_is_written_takes_the_table_in(run: Run, tmp_path: Path, book: Path) -> None:
    out = tmp_path / "m.toml"
    told = run("mapping", "suggest", book, "--source", "urn:example:4401", "--out", out)
    assert (told.exit_code, told.stdout) == (0, "")
    assert "证件号码 → person.id_number (confidence 95%) 4******" in told.stderr
    assert "columns not used: 备注" in told.stderr
    assert "测试甲" not in told.output
    assert answer(run("ingest", book, "--mapping", out, "--data", tmp_path / "data", "--json"))["accepted"] == 1


def test_programs_get_the_columns_and_the_mapping(run: Run, book: Path) -> None:
    told = answer(run("mapping", "suggest", book, "--json"))
    assert (told["type"], told["missing"], told["unread"]) == ("insurance-paid", [], ["备注"])
    assert told["mapping"].startswith('type = "insurance-paid"')


def test_an_unknown_table_is_a_sentence_in_chinese(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    told = run("mapping", "suggest", file, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert told.exit_code == 2
    assert "前20行中没有已知的表头" in told.stderr
