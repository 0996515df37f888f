"""CSV and Parquet by a mapping: what a row becomes, and what is refused."""

import gzip
import json
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from streams.importers.cells import CellError, Form, cell_value
from streams.importers.inputs import format_of, open_input
from streams.importers.mapping import Mapped, load_mapping
from streams.importers.record import BEGINNING, Mark, Record, UnusableInput

PAYMENTS = {
    "type": "insurance-paid",
    "source": "urn:example:social-insurance",
    "id": "流水号",
    "time": "缴费日期",
    "fields": {
        "person.name": "姓名",
        "person.id_number": "身份证号",
        "payer.name": "缴纳单位",
        "payer.uscc": "信用代码",
        "month": {"column": "所属期", "form": "month", "pattern": "%Y%m"},
        "scheme": {"column": "险种", "values": {"养老": "pension", "医疗": "medical"}},
        "paid_on": {"column": "缴费日期", "form": "date"},
    },
}
HEADER = "流水号,姓名,身份证号,缴纳单位,信用代码,所属期,险种,缴费日期"
ROW = "A-1,张三,110101199003070011,某建设有限公司,,202503,养老,2025-04-10"


def mapping(**changes: Any) -> Mapped:
    return Mapped.model_validate({**PAYMENTS, **changes})


def derive_id(content: bytes) -> str:
    return sha256(b"key" + content).hexdigest()


def read(file: Path, mapped: Mapped, after: Mark = BEGINNING) -> list[Record]:
    with ExitStack() as closing:
        source = open_input(file, format_of(file), mapping=mapped, derive_id=derive_id, closing=closing, after=after)
        return list(source.records)


def csv_file(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    file = folder / "payments.csv"
    file.write_text("\n".join((header, *rows)) + "\n", encoding=encoding)
    return file


def message_of(record: Record) -> dict[str, Any]:
    assert not record.errors
    message: dict[str, Any] = json.loads(record.messages[0])
    return message


def test_a_row_becomes_one_message(tmp_path: Path) -> None:
    (record,) = read(csv_file(tmp_path, ROW), mapping())
    assert message_of(record) == {
        "specversion": "1.0",
        "type": "tender-integrity.insurance-paid.v1",
        "source": "urn:example:social-insurance",
        "id": "A-1",
        "time": "2025-04-10T00:00:00+08:00",
        "data": {
            "person": {"name": "张三", "id_number": "110101199003070011"},
            "payer": {"name": "某建设有限公司"},
            "month": "2025-03",
            "scheme": "pension",
            "paid_on": "2025-04-10",
        },
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    mapped = mapping(encoding="gb18030" if encoding == "gb18030" else "utf-8")
    (record,) = read(csv_file(tmp_path, ROW, encoding=encoding), mapped)
    assert message_of(record)["data"]["payer"]["name"] == "某建设有限公司"


def test_a_quoted_cell_may_hold_line_breaks_and_an_import_goes_on_behind_it(tmp_path: Path) -> None:
    rows = (ROW.replace("某建设有限公司", '"某建设\n有限公司"'), ROW.replace("A-1", "A-2"), ROW.replace("A-1", "A-3"))
    file = csv_file(tmp_path, *rows)
    records = read(file, mapping())
    assert [message_of(record)["id"] for record in records] == ["A-1", "A-2", "A-3"]
    assert read(file, mapping(), Mark(records[0].number, records[0].end)) == records[1:]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (ROW + ",one too many", "", "columns"),
        ("A-1,张三", "", "columns"),
        (ROW.replace("202503", "March"), "month", "format"),
        (ROW.replace("2025-04-10", "10.4.2025"), "paid_on", "format"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_field(tmp_path: Path, row: str, field: str, code: str) -> None:
    first, second = read(csv_file(tmp_path, row, ROW), mapping())
    assert (first.errors[0].field, first.errors[0].code) == (field, code)
    assert first.raw == row.encode()
    assert message_of(second)["id"] == "A-1"


def test_a_row_in_another_encoding_is_refused_and_its_bytes_are_kept(tmp_path: Path) -> None:
    file = csv_file(tmp_path, ROW)
    broken = ROW.encode("gb18030")
    file.write_bytes(file.read_bytes() + broken + b"\n")
    _, second = read(file, mapping())
    assert second.errors[0].code == "encoding"
    assert second.raw == broken


def test_an_error_never_repeats_the_cell(tmp_path: Path) -> None:
    (record,) = read(csv_file(tmp_path, ROW.replace("2025-04-10", "110101199003070011")), mapping())
    assert all("110101199003070011" not in error.message for error in record.errors)


def test_a_derived_id_is_keyed_and_the_same_for_the_same_row(tmp_path: Path) -> None:
    mapped = mapping(id=["身份证号", "所属期", "险种"])
    first, again, other = read(
        csv_file(tmp_path, ROW, ROW.replace("2025-04-10", "2025-05-10"), ROW.replace("养老", "医疗")), mapped
    )
    ids = [message_of(record)["id"] for record in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert "110101199003070011" not in ids[0]


def test_an_id_in_clear_may_not_be_a_name_or_number() -> None:
    with pytest.raises(ValueError, match="stored in clear"):
        mapping(id="身份证号")


def test_a_mapping_that_reads_missing_columns_is_refused_before_any_row(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="险种"):
        read(csv_file(tmp_path, ROW, header=HEADER.replace("险种", "类型")), mapping())


def test_a_table_without_a_mapping_is_refused(tmp_path: Path) -> None:
    file = csv_file(tmp_path, ROW)
    with ExitStack() as closing, pytest.raises(UnusableInput, match="needs a mapping"):
        open_input(file, format_of(file), mapping=None, derive_id=derive_id, closing=closing)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('type = "insurance-payed"\nsource = "s"\ntime = "t"\n[fields]\n', "no such message type"),
        ('type = "insurance-paid"\nsource = "s"\ntime = "t"\ncolour = 1\n[fields]\n', "colour"),
        ('type = "insurance-paid"\nsource = "s"\ntime = {}\n[fields]\n', "column or constant"),
        ("type = ", "not valid TOML"),
    ],
)
def test_a_wrong_mapping_file_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput, match=reason):
        load_mapping(file)


def test_forms_of_cells(tmp_path: Path) -> None:
    mapped = Mapped.model_validate(
        {
            "type": "attendance-recorded",
            "source": "urn:example:site",
            "id": "n",
            "time": {"column": "at", "pattern": "%d.%m.%Y %H:%M"},
            "zone": "+09:00",
            "recordedtime": "stored",
            "fields": {
                "lat": {"column": "lat", "form": "number"},
                "count": {"column": "count", "form": "integer"},
                "present": {"column": "here", "form": "boolean"},
                "amount": {"column": "money", "form": "money"},
                "method": {"constant": "face"},
            },
        }
    )
    header = "n,at,stored,lat,count,here,money"
    row = '1,02.01.2025 08:30,2025-01-03T00:00:00Z,23.1,"1,000",是,"1,234,567.80"'
    message = message_of(read(csv_file(tmp_path, row, header=header), mapped)[0])
    assert message["time"] == "2025-01-02T08:30:00+09:00"
    assert message["recordedtime"] == "2025-01-03T00:00:00+00:00"
    assert message["data"] == {"lat": 23.1, "count": 1000, "present": True, "amount": "1234567.80", "method": "face"}


def test_parquet_types_become_the_same_messages_as_text(tmp_path: Path) -> None:
    rows = {
        "流水号": [7, 8],
        "姓名": ["张三", "李四"],
        "身份证号": ["110101199003070011", "11010519491231002X"],
        "缴纳单位": ["某建设有限公司", "某建设有限公司"],
        "信用代码": [None, None],
        "所属期": [date(2025, 3, 1), date(2025, 3, 1)],
        "险种": ["养老", "pension"],
        "缴费日期": [datetime.fromisoformat("2025-04-10T09:30"), None],
        "金额": [Decimal("1.50"), None],
    }
    file = tmp_path / "payments.parquet"
    pq.write_table(pa.table(rows), file)
    first, second = read(file, mapping())
    assert message_of(first)["id"] == "7"
    assert message_of(first)["time"] == "2025-04-10T09:30:00+08:00"
    assert message_of(first)["data"]["month"] == "2025-03"
    assert message_of(first)["data"]["paid_on"] == "2025-04-10"
    assert "paid_on" not in message_of(second)["data"]
    assert [record.number for record in read(file, mapping(), Mark(1, 1))] == [2]


def test_a_file_that_is_no_parquet_is_unusable(tmp_path: Path) -> None:
    file = tmp_path / "payments.parquet"
    file.write_bytes(b"not parquet")
    with pytest.raises(UnusableInput, match="not readable as Parquet"):
        read(file, mapping())


@pytest.mark.parametrize("cell", ["'A-1", '="A-1"', '"=""A-1"""', " A-1 "])
def test_what_a_spreadsheet_puts_around_a_text_is_taken_off(tmp_path: Path, cell: str) -> None:
    row = ROW.replace("A-1", cell).replace("202503", '="202503"').replace("2025-04-10", "'２０２５-04-10")
    (record,) = read(csv_file(tmp_path, row), mapping())
    assert message_of(record) == message_of(read(csv_file(tmp_path, ROW), mapping())[0])


@pytest.mark.parametrize("sign", ["/", "无", "NULL"])
def test_a_mapping_may_translate_a_sign_to_an_empty_cell(tmp_path: Path, sign: str) -> None:
    code = {"column": "信用代码", "values": {sign: ""}}
    mapped = mapping(fields={**PAYMENTS["fields"], "payer.uscc": code})  # type: ignore[dict-item]
    (record,) = read(csv_file(tmp_path, ROW.replace("公司,,", f"公司,{sign},")), mapped)
    assert message_of(record)["data"]["payer"] == {"name": "某建设有限公司"}


@pytest.mark.parametrize("sign", ["/", "无", "—"])
def test_a_cell_that_says_nothing_is_left_to_the_intake_whatever_its_form(tmp_path: Path, sign: str) -> None:
    """Only the intake knows which fields a fact needs, and says so where one is missing."""
    (record,) = read(csv_file(tmp_path, ROW.replace("202503", sign)), mapping())
    assert message_of(record)["data"]["month"] == sign


@pytest.mark.parametrize("cell", ["20253", "2025", "2025030", "20250301"])
def test_a_pattern_without_separators_reads_all_digits_or_none(tmp_path: Path, cell: str) -> None:
    (record,) = read(csv_file(tmp_path, ROW.replace("202503", cell)), mapping())
    assert [(error.field, error.code) for error in record.errors] == [("month", "format")]


@pytest.mark.parametrize(
    ("cell", "code"), [("1.2E+7", "scientific_notation"), *((cell, "number") for cell in ("1,5", "1_000", "1,00,000"))]
)
@pytest.mark.parametrize("form", ["money", "number", "integer"])
def test_a_number_is_read_in_full_or_not_at_all(cell: str, code: str, form: Form) -> None:
    with pytest.raises(CellError) as refused:
        cell_value(cell, form, None, UTC)
    assert refused.value.code == code


def test_thousands_and_full_width_digits_are_read() -> None:
    assert cell_value("12,345,678.90", "money", None, UTC) == "12345678.90"
    assert cell_value("１２３", "integer", None, UTC) == 123


@pytest.mark.parametrize("encoding", ["utf-16", "UTF-16LE", "utf_32"])
def test_encodings_of_several_bytes_are_read_and_an_import_goes_on_there_too(tmp_path: Path, encoding: str) -> None:
    file = csv_file(tmp_path, ROW, ROW.replace("A-1", "A-2"), encoding=encoding)
    first, second = read(file, mapping(encoding=encoding))
    assert message_of(first)["data"]["payer"]["name"] == "某建设有限公司"
    assert read(file, mapping(encoding=encoding), Mark(first.number, first.end)) == [second]


def test_a_file_in_another_encoding_than_utf_16_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="utf-16"):
        read(csv_file(tmp_path, ROW + "x"), mapping(encoding="utf-16"))


@pytest.mark.parametrize(
    ("key", "value"), [("encoding", "gb-18030x"), ("encoding", "hex"), ("delimiter", ", "), ("delimiter", "")]
)
def test_a_mapping_with_an_impossible_encoding_or_delimiter_is_refused(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        mapping(**{key: value})
    assert [error["loc"] for error in refused.value.errors()] == [(key,)]


def test_a_stray_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = [ROW.replace("A-1", f"A-{number}") for number in range(1, 6)]
    rows[1] = rows[1].replace("某建设", '"某建设')
    records = read(csv_file(tmp_path, *rows), mapping())
    assert [bool(record.errors) for record in records] == [False, True, False, False, False]
    assert records[1].raw.decode() == rows[1]
    assert read(csv_file(tmp_path, *rows), mapping(), Mark(2, records[1].end)) == records[2:]


def test_the_header_is_found_below_title_rows_and_through_blanks(tmp_path: Path) -> None:
    header = HEADER.replace("姓名", " 姓名\t").replace("险种", "险种　")
    (record,) = read(csv_file(tmp_path, header, ROW, header="2025年3月社保缴费明细表,,,,,,,"), mapping())
    assert message_of(record)["data"]["scheme"] == "pension"


def test_a_column_that_the_mapping_reads_may_not_stand_there_twice(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="缴纳单位"):
        read(csv_file(tmp_path, f"{ROW},另一公司", header=f"{HEADER},缴纳单位"), mapping())
    (record,) = read(csv_file(tmp_path, f"{ROW},x,y", header=f"{HEADER},备注,备注"), mapping())
    assert not record.errors


def test_the_extension_counts_in_any_case_and_what_is_no_table_is_refused_by_name(tmp_path: Path) -> None:
    file = csv_file(tmp_path, ROW).rename(tmp_path / "PAY.CSV")
    (record,) = read(file, mapping())
    assert not record.errors
    for name in ("p.pdf", "P.DOCX", "data.rar", "p.et"):
        with pytest.raises(UnusableInput, match="save the table as CSV"):
            format_of(tmp_path / name)


def a_parquet_file(folder: Path, **changed: pa.Array) -> Path:
    columns = {name: pa.array([cell or None]) for name, cell in zip(HEADER.split(","), ROW.split(","), strict=True)}
    pq.write_table(pa.table({**columns, **changed}), folder / "payments.parquet")
    return folder / "payments.parquet"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_an_instant_is_a_day_and_a_month_in_the_zone_of_the_mapping(tmp_path: Path, unit: str, zone: str) -> None:
    at = datetime(2025, 2, 28, 16, 30, tzinfo=UTC)  # half past midnight on 1 March in China
    moment = pa.array([at]).cast(pa.timestamp(unit, tz=zone))
    fields = {**PAYMENTS["fields"], "month": {"column": "所属期", "form": "month"}}  # type: ignore[dict-item]
    (record,) = read(a_parquet_file(tmp_path, 所属期=moment, 缴费日期=moment), mapping(fields=fields))
    data = message_of(record)["data"]
    assert (data["month"], data["paid_on"]) == ("2025-03", "2025-03-01")


def test_binary_columns_of_parquet_are_text_or_the_row_is_refused(tmp_path: Path) -> None:
    (record,) = read(a_parquet_file(tmp_path, 缴纳单位=pa.array(["某建设有限公司".encode()])), mapping())
    assert message_of(record)["data"]["payer"]["name"] == "某建设有限公司"
    (record,) = read(a_parquet_file(tmp_path, 缴纳单位=pa.array(["某公司".encode("gbk")])), mapping())
    assert [error.code for error in record.errors] == ["encoding"]


def test_the_number_of_a_row_is_its_line_in_the_file(tmp_path: Path) -> None:
    """Title rows, blank lines and cells over several lines count, from the beginning and behind an interruption."""
    rows = [HEADER, ROW, "", ROW.replace("某建设", '"某\n建设').replace("有限公司", '有限公司"'), ROW, ",,,,,,,", ROW]
    file = csv_file(tmp_path, *rows, header="2025年3月社保缴费明细表,,,,,,,")
    records = read(file, mapping())
    assert [record.number for record in records] == [3, 5, 7, 9]
    assert read(file, mapping(), Mark(records[1].number, records[1].end)) == records[2:]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_and_delimiter_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = ROW.replace(",", delimiter)
    file = csv_file(tmp_path, rows, header=HEADER.replace(",", delimiter), encoding=encoding)
    (record,) = read(file, mapping())
    assert message_of(record)["data"]["payer"]["name"] == "某建设有限公司"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_half_character_costs_its_own_line_in_utf_16_too(tmp_path: Path, encoding: str) -> None:
    file = csv_file(tmp_path, ROW, ROW, ROW.replace("A-1", "A-2"), encoding=encoding)
    content = file.read_bytes()
    name = content.index("张".encode(encoding))
    lost = b"\x00\xd8" if encoding.endswith("le") else b"\xd8\x00"  # the first half of a pair
    file.write_bytes(content[:name] + lost + content[name + 2 :])
    records = read(file, mapping())
    assert [[error.code for error in record.errors] for record in records] == [["encoding"], [], []]
    file.write_bytes(content[:-1])
    assert [bool(record.errors) for record in read(file, mapping())][:2] == [False, False]


def test_a_line_of_utf_8_in_a_file_of_gb18030_never_becomes_another_name(tmp_path: Path) -> None:
    """GB18030 reads these bytes as characters, which are no names."""
    file = csv_file(tmp_path, *[ROW] * 3, encoding="gb18030")
    file.write_bytes(file.read_bytes() + ROW.replace("张三", "张三丰李").encode() + b"\n")
    assert [bool(record.errors) for record in read(file, mapping())] == [False, False, False, True]


def test_names_of_columns_count_through_what_cannot_be_seen(tmp_path: Path) -> None:
    header = (
        HEADER.replace("姓名", '" 姓\n名\t"').replace("险种", "险　种\u200b").replace("信用代码", "信用代码（选填）")
    )
    fields = {**PAYMENTS["fields"], "payer.uscc": "信用代码(选填)"}  # type: ignore[dict-item]
    (record,) = read(csv_file(tmp_path, ROW, header=header), mapping(fields=fields))
    assert message_of(record)["data"]["scheme"] == "pension"


def test_a_missing_column_is_told_with_the_encoding_that_was_read(tmp_path: Path) -> None:
    file = csv_file(tmp_path, ROW, encoding="gb18030")
    with pytest.raises(UnusableInput, match=r"信用代码.*read as cp1252"):
        read(file, mapping(encoding="cp1252"))


def test_a_cut_gzip_file_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "payments.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER, *[ROW] * 20_000]).encode())[:-300])
    with pytest.raises(UnusableInput, match="gzip stream is broken"):
        read(file, mapping())


@pytest.mark.parametrize(
    ("cell", "form", "read_as"),
    [
        ("45352", "date", "2024-03-01"),
        ("2025年3月", "month", "2025-03"),
        ("2025/3", "month", "2025-03"),
        ("2025.10", "month", "2025-10"),
        ("202503", "month", "2025-03"),
        ("2025年3月1日8时5分", "time", "2025-03-01T08:05:00+00:00"),
        ("2025/3/1 8:05", "time", "2025-03-01T08:05:00+00:00"),
        ("20250301080500", "time", "2025-03-01T08:05:00+00:00"),
        ("45717.75", "time", "2025-03-01T18:00:00+00:00"),
    ],
)
def test_usual_forms_of_dates_are_read_without_a_pattern(cell: str, form: Form, read_as: str) -> None:
    assert cell_value(cell, form, None, UTC) == read_as


def test_a_mapping_may_name_several_patterns() -> None:
    patterns = ("%d.%m.%Y", "%Y%m%d")
    assert {cell_value(cell, "date", patterns, UTC) for cell in ("01.03.2025", "20250301")} == {"2025-03-01"}
    with pytest.raises(CellError, match="pattern"):
        cell_value("2025-03-01", "date", patterns, UTC)


@pytest.mark.parametrize("form", [{}, {"pattern": "%Y%m"}])
def test_a_month_that_became_a_decimal_is_still_that_month(tmp_path: Path, form: dict[str, str]) -> None:
    """Programs make decimals of a column of numbers with empty cells."""
    mapped = mapping(fields={**PAYMENTS["fields"], "month": {"column": "所属期", "form": "month", **form}})  # type: ignore[dict-item]
    (record,) = read(csv_file(tmp_path, ROW.replace("202503", "202503.0").replace("2025-04-10", "20250410.0")), mapped)
    assert message_of(record)["data"]["month"] == "2025-03"
    assert message_of(record)["data"]["paid_on"] == "2025-04-10"


@pytest.mark.parametrize("cell", ["2025.0", "202513.0", "202503.5", "20250.0"])
def test_a_decimal_that_is_no_month_is_refused(tmp_path: Path, cell: str) -> None:
    (record,) = read(csv_file(tmp_path, ROW.replace("202503", cell)), mapping())
    assert [error.field for error in record.errors] == ["month"]


def test_an_empty_cell_of_a_column_of_decimals_leaves_the_field_out(tmp_path: Path) -> None:
    columns = HEADER.split(",")
    cells: list[Any] = ROW.split(",")
    cells[columns.index("信用代码")] = float("nan")
    file = tmp_path / "p.parquet"
    pq.write_table(pa.table({name: [cell] for name, cell in zip(columns, cells, strict=True)}), file)
    (record,) = read(file, mapping())
    assert message_of(record)["data"]["payer"] == {"name": "某建设有限公司"}


@pytest.mark.parametrize("column", ["姓名", "流水号"])
def test_a_text_that_lost_digits_is_refused_wherever_it_stands(tmp_path: Path, column: str) -> None:
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {column: "4.40106E+17"}
    (record,) = read(csv_file(tmp_path, ",".join(cells.values())), mapping())
    assert [error.code for error in record.errors] == ["scientific_notation"]


def test_a_yes_or_no_is_no_text(tmp_path: Path) -> None:
    columns = {name: [cell] for name, cell in zip(HEADER.split(","), ROW.split(","), strict=True)}
    file = tmp_path / "p.parquet"
    pq.write_table(pa.table({**columns, "缴纳单位": [True]}), file)
    (record,) = read(file, mapping())
    assert [(error.field, error.code) for error in record.errors] == [("payer.name", "cell_type")]


def test_a_value_without_a_counterpart_costs_its_own_row(tmp_path: Path) -> None:
    """A moment in the year 60,000, which no program here can write down."""
    columns = {name: [cell] * 3 for name, cell in zip(HEADER.split(","), ROW.split(","), strict=True)}
    moments = pa.array([0, 60_000 * 31_556_952 - 62_167_219_200, 0], pa.timestamp("s"))
    file = tmp_path / "p.parquet"
    pq.write_table(pa.table({**columns, "所属期": moments}), file)
    records = read(file, mapping())
    assert [[error.code for error in record.errors] for record in records] == [[], ["unreadable"], []]


def test_a_row_without_its_time_leaves_it_out(tmp_path: Path) -> None:
    """So that intake says that it is missing, and not that it is no time."""
    (record,) = read(csv_file(tmp_path, ROW.replace("2025-04-10", "")), mapping())
    assert "time" not in message_of(record)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_lines_may_end_with_a_carriage_return_alone(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(f"{HEADER}\r{ROW}\r{ROW.replace('A-1', 'A-2')}".encode(encoding))
    assert [message_of(record)["id"] for record in read(file, mapping())] == ["A-1", "A-2"]


def test_the_sign_that_ends_a_file_of_dos_is_no_row(tmp_path: Path) -> None:
    assert len(read(csv_file(tmp_path, ROW, "\x1a"), mapping())) == 1


@pytest.mark.parametrize(
    ("text", "form", "meant"),
    [
        ("2025年03月份", "month", "2025-03"),
        ("2025 年 3 月", "month", "2025-03"),
        ("2025 年 4 月 10 日", "date", "2025-04-10"),
        ("2025年4月10号", "date", "2025-04-10"),
        ("2025-4-10 00:00:00.000", "date", "2025-04-10"),
        ("2025/4/10 9:30:05.1234567", "time", "2025-04-10T09:30:05+00:00"),
    ],
)
def test_dates_are_read_as_people_and_databases_write_them(text: str, form: Form, meant: str) -> None:
    assert cell_value(text, form, None, UTC) == meant


@pytest.mark.parametrize("text", ["1744214400", "1744214400000", "250410", "2025-04-10 24:00:00", "10/04/2025", "2503"])
@pytest.mark.parametrize("form", ["date", "month", "time"])
def test_what_may_be_another_day_is_none(text: str, form: Form) -> None:
    with pytest.raises(CellError):
        cell_value(text, form, None, UTC)


def test_a_header_may_stand_over_two_rows_and_rejected_rows_come_back_under_one(tmp_path: Path) -> None:
    names = HEADER.split(",")
    above = ["", "人员", "", *names[3:5], "缴费", "", ""]
    below = [*names[:3], "", "", *names[5:]]
    file = csv_file(tmp_path, ",".join(below), ROW, ROW.replace("202503", "2025"), header=",".join(above))
    good, bad = read(file, mapping())
    assert message_of(good)["data"]["payer"] == {"name": "某建设有限公司"}
    assert (good.number, bad.number, len(bad.errors)) == (3, 4, 1)
    with ExitStack() as closing:
        form = open_input(file, format_of(file), mapping=mapping(), derive_id=derive_id, closing=closing).form
    assert form is not None
    assert form.header.decode() == HEADER
