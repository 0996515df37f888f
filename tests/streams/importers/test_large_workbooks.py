"""Large sheets in pieces say what they say as a whole; where they cannot be cut, they are read as a whole."""

import re
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from streams.importers.inputs import FileFormat, open_input
from streams.importers.large_workbooks import LargeWorkbook, NotCut
from streams.importers.record import Mark, Record, UnusableInput
from streams.importers.workbook_rows import open_workbook
from tests.examples import examples
from tests.streams.importers.test_tables import derive_id, mapping, message_of
from tests.streams.importers.test_workbooks import CELLS, NAMES

SHEET: Final = "xl/worksheets/sheet1.xml"
TEXTS: Final = "xl/sharedStrings.xml"

CELL = st.one_of(
    st.none(),
    st.sampled_from(["张三", "𠮷野", "a<b>&\"c'", ' t="s" ', "</row>", "_x000D_", "  ", "两\n行", "=1+1", "<!", "%d"]),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=5
    ),
    st.integers(-(10**16), 10**16),
    st.floats(-1e9, 1e9),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.dates(date(1950, 1, 1), date(2100, 1, 1)).map(lambda day: datetime.combine(day, time(23, 59, 58))),
    st.just(time(8, 30)),
    st.just(timedelta(hours=30)),
)


def written(rows: list[tuple[int, list[Any]]], *, left: int = 0, merged: str = "", **options: Any) -> bytes:
    """Rows with the number of blank ones before each."""
    content = BytesIO()
    given = {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss", "strings_to_formulas": False, **options}
    with xlsxwriter.Workbook(content, given) as book:
        sheet, place = book.add_worksheet("x"), 0
        if merged:
            sheet.merge_range(merged, "")
        for blank, cells in rows:
            place += blank
            for column, cell in enumerate(cells, left):
                if cell is not None:
                    sheet.write(place, column, cell)
            place += 1
        book.add_worksheet("other").write(0, 0, "not this")
    return content.getvalue()


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            said = before.read(name)
            after.writestr(name, change(said.decode()).encode() if name == part else said)
    return out.getvalue()


def in_pieces(content: bytes, piece_bytes: int = 60) -> list[list[Any] | None]:
    return list(LargeWorkbook(BytesIO(content), piece_bytes).get_sheet_by_name("x").iter_rows())


def whole(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(BytesIO(content)).get_sheet_by_name("x")
    left = [""] * sheet.start[1] if sheet.start else []
    return [left + row for row in sheet.iter_rows()]


def ends(rows: Iterable[list[Any] | None]) -> list[list[Any] | None]:
    """Rows without blank cells at their ends: the widths of pieces differ."""
    cut = []
    for row in rows:
        kept = list(row or ())
        while kept and kept[-1] == "":
            kept.pop()
        cut.append(kept if row is not None else None)
    return cut


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.long)])
def test_a_sheet_in_pieces_says_what_it_says_as_a_whole(count: int) -> None:
    rows = st.lists(st.tuples(st.integers(0, 2), st.lists(CELL, min_size=1, max_size=4)), max_size=12)

    @settings(max_examples=examples(count))
    @given(rows, st.integers(0, 2), st.booleans(), st.booleans(), st.integers(1, 900))
    def law(rows: list[tuple[int, list[Any]]], left: int, inline: bool, since_1904: bool, piece_bytes: int) -> None:
        content = written(rows, left=left, constant_memory=inline, date_1904=since_1904)
        pieces, expected = ends(in_pieces(content, piece_bytes)), ends(whole(content))
        # Blank rows at the end are no rows.
        assert pieces + [[]] * (len(expected) - len(pieces)) == expected + [[]] * (len(pieces) - len(expected))

    law()


def prefixed(xml: str) -> str:
    """As other programs write it: each element with the prefix of its namespace."""
    return re.sub(r"<(/?)(?!\?|x:)", r"<\1x:", xml).replace('xmlns="', 'xmlns:x="')


def test_elements_with_a_prefix_are_read() -> None:
    content = written([(0, ["甲", 1]), (1, ["乙", 2])])
    for part in (SHEET, TEXTS):
        content = changed(content, part, prefixed)
    assert ends(in_pieces(content)) == [["甲", 1], [], ["乙", 2]]


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(r'<row r="\d+"', "<row", xml),
        lambda xml: xml.replace('r="A3" t="s"', "r='A3' t='s'"),
        lambda xml: xml.replace("<sheetData>", "<sheetData><!-- here -->"),
        lambda xml: xml.replace('<c r="A3" t="s">', '<c r="A3" t="s"><f>A1</f>'),
    ],
)
def test_what_cannot_be_cut_off_is_read_as_a_whole(change: Callable[[str], str]) -> None:
    content = changed(written([(0, NAMES), (0, CELLS), (0, ["A-2", *CELLS[1:]])]), SHEET, change)
    with pytest.raises(NotCut):
        in_pieces(content)
    assert [message_of(record)["id"] for record in read(content)] == ["A-1", "A-2"]


def read(content: bytes, after: Mark = Mark()) -> list[Record]:  # noqa: B008 (a mark is frozen)
    return list(open_workbook(BytesIO(content), after, mapping(), derive_id, in_pieces_from=0).records)


def test_a_large_sheet_has_its_title_its_merged_cells_and_its_number_of_rows() -> None:
    rows = [
        (0, ["2025年3月"]),
        (1, NAMES),
        (0, CELLS),
        (0, [*CELLS[:3], None, *CELLS[4:]]),
        (0, ["合计", *[""] * 6, "2行"]),
    ]
    content = written(rows, merged="D4:D5")
    source = open_workbook(BytesIO(content), Mark(), mapping(), derive_id, in_pieces_from=0)
    records = list(source.records)
    assert source.total == 6
    assert [(record.number, bool(record.errors)) for record in records] == [(4, False), (5, False), (6, True)]
    assert [message_of(each)["data"]["payer"]["name"] for each in records[:2]] == ["某建设有限公司"] * 2
    assert read(content, Mark(4, 4)) == records[1:]


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(r'(<c r="B3" t="s"><v>)\d+', r"\g<1>999", xml),
        lambda xml: xml.replace('<c r="B3"', '<c r="3B"'),
        lambda xml: xml.replace('<c r="B3"', "<c r="),
    ],
)
def test_a_row_that_cannot_be_read_costs_only_itself_in_any_workbook(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    content = changed(written([(0, NAMES), *[(0, [f"A-{n}", *CELLS[1:]]) for n in range(5)]]), SHEET, change)
    file = tmp_path / "p.xlsx"
    file.write_bytes(content)
    with ExitStack() as closing:
        source = open_input(file, FileFormat.SPREADSHEET, mapping=mapping(), derive_id=derive_id, closing=closing)
        records = list(source.records)
    assert [record.number for record in records] == [2, 3, 4, 5, 6]
    assert [[error.code for error in record.errors] for record in records] == [[], ["unreadable"], [], [], []]


def test_a_large_sheet_that_breaks_off_is_a_sentence() -> None:
    content = written([(0, NAMES), *[(0, [f"{n:0>40}", *CELLS[1:]]) for n in range(3_000)]], constant_memory=True)
    place = content.index(SHEET.encode()) + 2_000
    with pytest.raises(UnusableInput, match=r"not readable|broken"):
        read(content[:place] + bytes(500) + content[place + 500 :])


@pytest.mark.parametrize("far", ["XFD3", "A1048576", "XFD1048576"])
def test_a_cell_far_away_takes_no_memory(tmp_path: Path, far: str) -> None:
    """The cells between the corners of a sheet would fill it."""
    place = int(re.sub(r"\D", "", far))

    def change(xml: str) -> str:
        cell = f'<c r="{far}"><v>1</v></c>'
        return (
            xml.replace("</row></sheetData>", f"{cell}</row></sheetData>")
            if place == 3
            else xml.replace("</sheetData>", f'<row r="{place}">{cell}</row></sheetData>')
        )

    file = tmp_path / "p.xlsx"
    file.write_bytes(changed(written([(0, NAMES), (0, CELLS), (0, CELLS)]), SHEET, change))
    with ExitStack() as closing:
        source = open_input(file, FileFormat.SPREADSHEET, mapping=mapping(), derive_id=derive_id, closing=closing)
        errors = {record.number: [error.code for error in record.errors] for record in source.records}
    assert errors.pop(2) == []
    assert errors.pop(3) == ([] if place != 3 else ["columns"])
    assert set(errors) <= {place}
