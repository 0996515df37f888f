"""Workbooks and zip files: what their cells mean, which sheet and row count, and what is refused."""

import base64
import gzip
import json
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from streams.importers.inputs import FileFormat, format_of, inputs_of, open_input
from streams.importers.mapping import Mapped
from streams.importers.record import BEGINNING, Mark, Record, UnusableInput
from tests.streams.importers.test_tables import HEADER, PAYMENTS, ROW, derive_id, mapping, message_of

NAMES = HEADER.split(",")
CELLS: list[Any] = ["A-1", "张三", "110101199003070011", "某建设有限公司", "", 202503, "养老", date(2025, 4, 10)]
OLD_WORKBOOK = gzip.decompress(base64.b85decode((Path(__file__).parent / "payments.xls.b85").read_text()))
"""Title row, header and one row, as Excel 97 writes them: no library of ours writes that form."""


def workbook(file: Path, *sheets: Sequence[Sequence[Any]], merged: str = "") -> Path:
    with xlsxwriter.Workbook(str(file), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            if merged:
                sheet.merge_range(merged, "")
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return file


def read(file: Path, mapped: Mapped, after: Mark = BEGINNING) -> list[Record]:
    records: list[Record] = []
    for each in inputs_of(file):
        with ExitStack() as closing:
            format = format_of(each)
            source = open_input(each, format, mapping=mapped, derive_id=derive_id, closing=closing, after=after)
            records += source.records
    return records


def test_a_row_of_a_workbook_becomes_the_same_message_as_a_row_of_text(tmp_path: Path) -> None:
    (record,) = read(workbook(tmp_path / "p.xlsx", [NAMES, CELLS]), mapping())
    (tmp_path / "p.csv").write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    assert message_of(record) == message_of(read(tmp_path / "p.csv", mapping())[0])


@pytest.mark.parametrize("name", ["P.XLS", "payments.xls", "payments.xlsx", "payments.csv"])
def test_an_old_workbook_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(OLD_WORKBOOK)
    (record,) = read(tmp_path / name, mapping())
    assert record.number == 3
    assert message_of(record)["data"]["paid_on"] == "2025-04-10"


def test_a_workbook_of_open_document_is_read(tmp_path: Path) -> None:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = (NAMES, ROW.split(","))
    lines = ("<table:table-row>" + "".join(map(cell.format, row)) + "</table:table-row>" for row in rows)
    spaces = "".join(f' xmlns:{name}="{names}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="缴费">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>'
    with zipfile.ZipFile(tmp_path / "p.ods", "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", manifest)
        packed.writestr("content.xml", content)
    (record,) = read(tmp_path / "p.ods", mapping())
    assert message_of(record)["id"] == "A-1"


@pytest.mark.parametrize("place", [0, 2], ids=["id", "id_number"])
def test_a_long_number_that_lost_its_end_is_refused_with_that_reason(tmp_path: Path, place: int) -> None:
    """Excel keeps fifteen digits of 110101199003070011."""
    cells = [*CELLS[:place], 110101199003070011, *CELLS[place + 1 :]]
    (record,) = read(workbook(tmp_path / "p.xlsx", [NAMES, cells]), mapping())
    assert [error.code for error in record.errors] == ["scientific_notation"]
    assert NAMES[place] in record.errors[0].message


def test_a_short_number_is_its_digits_and_a_sum_has_no_rounding_error(tmp_path: Path) -> None:
    fields = {"payer.uscc": "信用代码", "amount": {"column": "险种", "form": "money"}}
    cells = [*CELLS[:4], 440106850101001, 202503, 0.1 + 0.2, CELLS[7]]
    (record,) = read(workbook(tmp_path / "p.xlsx", [NAMES, cells]), mapping(fields=fields))
    assert message_of(record)["data"] == {"payer": {"uscc": "440106850101001"}, "amount": "0.3"}


def test_dates_of_several_forms_may_stand_in_one_column(tmp_path: Path) -> None:
    forms = [datetime(2025, 4, 10, 9, 30), 45757, "2025/4/10", "2025年4月10日", "20250410", "2025.04.10"]  # noqa: DTZ001
    rows = [[*CELLS[:7], form] for form in forms]
    records = read(workbook(tmp_path / "p.xlsx", [NAMES, *rows]), mapping())
    assert {message_of(record)["data"]["paid_on"] for record in records} == {"2025-04-10"}


@pytest.mark.parametrize("cell", [time(8, 30), timedelta(hours=30), True, 2025.1, 20253, "10/4/2025", "2025.1"])
def test_what_is_no_whole_date_never_becomes_one(tmp_path: Path, cell: Any) -> None:
    (record,) = read(workbook(tmp_path / "p.xlsx", [NAMES, [*CELLS[:7], cell]]), mapping())
    assert {error.field for error in record.errors} == {"paid_on", "time"}


def test_the_rows_of_a_workbook_keep_their_numbers_and_an_import_goes_on_behind_one(tmp_path: Path) -> None:
    """Title rows, blank rows and a total: the number is what the spreadsheet shows beside the row."""
    blank: list[Any] = []
    rows = [["2025年3月社保缴费明细表"], blank, NAMES, CELLS, blank, CELLS, ["合计", *[""] * 6, "2行"]]
    file = workbook(tmp_path / "p.xlsx", rows)
    records = read(file, mapping())
    assert [(record.number, bool(record.errors)) for record in records] == [(4, False), (6, False), (7, True)]
    assert read(file, mapping(), Mark(4, records[0].end)) == records[1:]


def test_a_cell_merged_over_rows_counts_for_each_of_them(tmp_path: Path) -> None:
    rows = [NAMES, CELLS, [*CELLS[:3], None, *CELLS[4:]], [*CELLS[:3], "另一公司", *CELLS[4:]]]
    records = read(workbook(tmp_path / "p.xlsx", rows, merged="D2:D3"), mapping())
    payers = [message_of(record)["data"]["payer"]["name"] for record in records]
    assert payers == ["某建设有限公司", "某建设有限公司", "另一公司"]


def test_the_sheet_with_the_columns_is_read_and_of_two_one_must_be_named(tmp_path: Path) -> None:
    file = workbook(tmp_path / "p.xlsx", [["说明"]], [NAMES, CELLS])
    assert len(read(file, mapping())) == 1
    file = workbook(tmp_path / "p.xlsx", [NAMES, CELLS], [NAMES, [*CELLS[:4], "", 202504, *CELLS[6:]]])
    with pytest.raises(UnusableInput, match=r"Sheet1, Sheet2.*--sheet"):
        read(file, mapping())
    for sheet in ("2", "Sheet2"):
        assert message_of(read(file, mapping(sheet=sheet))[0])["data"]["month"] == "2025-04"
    with pytest.raises(UnusableInput, match="no sheet 3"):
        read(file, mapping(sheet="3"))


def test_the_row_with_the_names_may_be_said(tmp_path: Path) -> None:
    """Here the names stand twice, the second time behind an example of how to fill the form in."""
    rows = [NAMES, ["（示例）"], NAMES, CELLS]
    (record,) = read(workbook(tmp_path / "p.xlsx", rows), mapping(header_row=3))
    assert record.number == 4
    with pytest.raises(UnusableInput, match="流水号"):
        read(workbook(tmp_path / "p.xlsx", rows), mapping(header_row=2))


@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(50), b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_a_broken_workbook_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.xlsx").write_bytes(content)
    with pytest.raises(UnusableInput, match="not readable as a workbook"):
        read(tmp_path / "p.xlsx", mapping())


def test_text_under_the_name_of_a_workbook_is_read_as_text_and_a_web_page_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.xls"
    file.write_text(f"{HEADER}\n{ROW}\n".replace(",", "\t"), encoding="gb18030")
    assert message_of(read(file, mapping())[0])["id"] == "A-1"
    file.write_text("<html><table>", encoding="utf-8")
    with pytest.raises(UnusableInput, match="web page"):
        read(file, mapping())


def test_all_tables_of_a_zip_file_are_read_with_their_chinese_names(tmp_path: Path) -> None:
    book = workbook(tmp_path / "p.xlsx", [NAMES, CELLS])
    with zipfile.ZipFile(tmp_path / "P.ZIP", "w") as packed:
        packed.writestr("三月/.DS_Store", "x")
        packed.write(book, "三月/缴费.XLSX")
        packed.writestr("四月.csv.gz", gzip.compress(f"{HEADER}\n{ROW}\n".encode("gb18030")))
    inputs = inputs_of(tmp_path / "P.ZIP")
    assert [(each.name, format_of(each)) for each in inputs] == [
        ("缴费.XLSX", FileFormat.SPREADSHEET),
        ("四月.csv.gz", FileFormat.CSV),
    ]
    first, second = read(tmp_path / "P.ZIP", mapping())
    assert message_of(first) == message_of(second)


def test_a_zip_file_with_a_name_in_gb18030_shows_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as packed:
        packed.writestr("XXXX.csv", f"{HEADER}\n{ROW}\n")
    content = (tmp_path / "p.zip").read_bytes().replace(b"XXXX", "缴费".encode("gb18030"))
    (tmp_path / "p.zip").write_bytes(content)
    assert [each.name for each in inputs_of(tmp_path / "p.zip")] == ["缴费.csv"]
    assert len(read(tmp_path / "p.zip", mapping())) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"PK\x05\x06" + bytes(18)])
def test_a_zip_file_that_is_broken_or_empty_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(UnusableInput, match="zip file"):
        inputs_of(tmp_path / "p.zip")


def test_a_workbook_names_the_columns_that_it_lacks(tmp_path: Path) -> None:
    file = workbook(tmp_path / "p.xlsx", [["说明"]], [NAMES[:-1], CELLS])
    with pytest.raises(UnusableInput, match="does not have: 缴费日期"):
        read(file, Mapped.model_validate(PAYMENTS))


def test_the_same_reading_of_numbers_holds_for_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {name: pa.array([cell]) for name, cell in zip(NAMES, ROW.split(","), strict=True)}
    for cell, code in ((4.40106198501010e17, "scientific_notation"), ({"a": 1}, "cell_type"), ([1], "cell_type")):
        pq.write_table(pa.table({**columns, "身份证号": pa.array([cell])}), tmp_path / "p.parquet")
        (record,) = read(tmp_path / "p.parquet", mapping())
        assert [error.code for error in record.errors] == [code]
        assert json.loads(record.raw)


def test_a_header_may_stand_over_two_rows(tmp_path: Path) -> None:
    file = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 1, ["人员"])
        sheet.write_row(1, 0, NAMES)
        sheet.merge_range(0, 3, 1, 3, NAMES[3])
        sheet.write_row(2, 0, CELLS)
    (record,) = read(file, mapping())
    assert not record.errors
