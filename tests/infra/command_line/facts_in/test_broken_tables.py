"""The law of broken tables: what is untouched is accepted, what is broken is named by its line, and nothing is lost."""

import gzip
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.deliveries.rejected_lines import RejectedLines
from infra.deliveries.rejected_table import write_rejected_table
from infra.texts.language import Language
from streams.importers.inputs import format_of, inputs_of, open_input
from streams.importers.record import BEGINNING, Mark, Record, Source
from tests.examples import examples
from tests.streams.importers.test_tables import HEADER, derive_id, mapping, message_of

LOST: Final = "LOST"
"""Stands for bytes that are no text in the encoding of the file."""
TITLES: Final = ("2025年3月社保缴费明细表", "", '单位："某局', "填表说明：日期写作2025-04-10")
ENCODINGS: Final = ("utf-8", "utf-8-sig", "gb18030", "utf-16-le", "utf-16-be")
NAMES: Final = ("张三", "李四", "欧阳春", "㐂田", "𠮷野", "Ünal")
FIRMS: Final = ("某建设有限公司", "第一公司", "A,B公司", "引号“甲”公司", '"乙"公司')


@dataclass(frozen=True)
class Row:
    """``breakage`` is empty for a row that is untouched; ``blank`` rows say nothing."""

    name: str
    firm: str
    breakage: str = ""
    blank: str | None = None
    over_lines: bool = False


def rows_with(breakages: Sequence[str]) -> st.SearchStrategy[list[Row]]:
    untouched = st.builds(Row, st.sampled_from(NAMES), st.sampled_from(FIRMS), over_lines=st.booleans())
    broken = st.builds(Row, st.sampled_from(NAMES), st.just("某公司"), st.sampled_from(breakages))
    blank = st.builds(Row, st.just(""), st.just(""), blank=st.sampled_from(["", ",,,,,,,", "  ", ",,　,,"]))
    return st.lists(st.one_of(untouched, untouched, broken, blank), min_size=1, max_size=12)


def quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if {delimiter, '"', "\n"} & set(cell) else cell


BREAKAGES: Final[dict[str, Callable[[list[str], str], list[str]]]] = {
    "stray quote": lambda cells, _: [*cells[:3], '"' + cells[3], *cells[4:]],
    "bytes": lambda cells, _: [cells[0], LOST + cells[1], *cells[2:]],
    "cell gone": lambda cells, _: cells[:-1],
    "cell more": lambda cells, _: [*cells, "多"],
    "date": lambda cells, _: [*cells[:7], "四月十日"],
    "month": lambda cells, _: [*cells[:5], "2025", *cells[6:]],
}


@dataclass(frozen=True)
class Table:
    content: bytes
    lines: dict[int, Row]
    """By the line on which each begins; blank rows are left out."""


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(rows_with(sorted(BREAKAGES)))
    encoding = draw(st.sampled_from(ENCODINGS))
    delimiter = draw(st.sampled_from([",", "\t", ";", "|", "，"]))
    line_break = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [*draw(st.lists(st.sampled_from(TITLES), max_size=3)), HEADER.replace(",", delimiter)]
    placed: dict[int, Row] = {}
    for place, row in enumerate(rows):
        number = sum(line.count("\n") + 1 for line in lines) + 1
        if row.blank is not None:
            lines.append(row.blank.replace(",", delimiter))
            continue
        placed[number] = row
        firm = row.firm + ("\n（分公司）" if row.over_lines else "")
        cells = [f"A-{place}", row.name, "110101199003070011", firm, "", "202503", "养老", "2025-04-10"]
        written = [quoted(cell, delimiter) for cell in cells]
        lines.append(delimiter.join(BREAKAGES[row.breakage](written, delimiter) if row.breakage else written))
    text = line_break.join(lines) + (line_break if draw(st.booleans()) else "")
    return Table(encoded(text, encoding), placed)


def encoded(text: str, encoding: str) -> bytes:
    lost = {"utf-16-le": b"\x00\xd8", "utf-16-be": b"\xd8\x00"}.get(encoding, b"\xff")
    return text.encode(encoding).replace(LOST.encode(encoding.removesuffix("-sig")), lost)


def opened(file: Path, after: Mark = BEGINNING) -> tuple[Source, list[Record]]:
    (each,) = inputs_of(file)
    with ExitStack() as closing:
        source = open_input(each, format_of(each), mapping=mapping(), derive_id=derive_id, closing=closing, after=after)
        return source, list(source.records)


def holds(content: bytes, lines: dict[int, Row], name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        source, records = opened(file)
        assert {record.number: bool(record.errors) for record in records} == {
            number: bool(row.breakage) for number, row in lines.items()
        }
        for record in records:
            if not record.errors:
                row = lines[record.number]
                assert message_of(record)["data"]["person"]["name"] == row.name
                assert message_of(record)["data"]["payer"]["name"].startswith(row.firm)
        if records:
            half = records[len(records) // 2]
            assert opened(file, Mark(half.number, half.end))[1] == records[len(records) // 2 + 1 :]
        all_come_back(source, [record for record in records if record.errors], Path(folder) / "r")


def all_come_back(source: Source, refused: list[Record], target: Path) -> None:
    """In the table of refused rows, in their order."""
    assert source.form is not None
    lines = RejectedLines(target.with_suffix(".ndjson"), keep=False, form=source.form)
    for record in refused:
        lines.write(record, [asdict(error) for error in record.errors], None)
    lines.close()
    if not refused:
        return
    assert write_rejected_table(target, lines.file, 0, source.form, columns={}, language=Language.ZH)
    if source.form.encoding and not source.form.encoding.startswith("utf-16"):
        content = target.read_bytes()
        between = source.form.delimiter.encode(source.form.encoding.removesuffix("-sig"))
        places = [content.index(b"\n%d%b" % (record.number, between)) for record in refused]
        assert places == sorted(places)
        assert all(record.raw + source.form.line_break.encode() in content for record in refused)


@pytest.mark.parametrize("count", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_in_a_broken_csv_file_what_is_untouched_is_accepted_and_what_is_broken_is_named(count: int) -> None:
    @settings(max_examples=examples(count))
    @given(tables(), st.sampled_from(["t.csv", "T.CSV", "t.txt.gz", "t.ZIP"]))
    def law(table: Table, name: str) -> None:
        holds(packed(table.content, name), table.lines, name)

    law()


def packed(content: bytes, name: str) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content, 1)
    if not name.endswith(".ZIP"):
        return content
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("缴费/三月.csv", content)
    return archive.getvalue()


_CELLS: Final[dict[str, tuple[int, Any]]] = {
    "date": (7, "四月十日"),
    "month": (5, 2025.1),
    "lost digits": (2, 110101199003070011),
    "day zero": (7, 0),
}


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[list[Any]], dict[int, Row]]:
    rows: list[list[Any]] = [[title] for title in draw(st.lists(st.sampled_from(TITLES), max_size=3))]
    rows.append(list(HEADER.split(",")))
    placed: dict[int, Row] = {}
    for place, row in enumerate(draw(rows_with(sorted(_CELLS)))):
        if row.blank is not None:
            rows.append(row.blank.split(","))
            continue
        placed[len(rows) + 1] = row
        cells = [f"A-{place}", row.name, "110101199003070011", row.firm, None, 202503, "养老", date(2025, 4, 10)]
        if row.breakage:
            broken, cell = _CELLS[row.breakage]
            cells[broken] = cell
        rows.append(cells)
    return rows, placed


@pytest.mark.parametrize("count", [20, pytest.param(2_000, marks=pytest.mark.long)])
def test_in_a_broken_workbook_what_is_untouched_is_accepted_and_what_is_broken_is_named(
    count: int, tmp_path: Path
) -> None:
    @settings(max_examples=examples(count))
    @given(sheets())
    def law(sheet: tuple[list[list[Any]], dict[int, Row]]) -> None:
        rows, placed = sheet
        file = tmp_path / "w.xlsx"
        options = {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
        with xlsxwriter.Workbook(str(file), options) as book:
            written = book.add_worksheet()
            for place, row in enumerate(rows):
                written.write_row(place, 0, row)
        holds(file.read_bytes(), placed, "t.xlsx")

    law()
