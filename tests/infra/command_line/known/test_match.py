"""``match``: employers of a CSV file compared."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from tests.infra.command_line.conftest import Run, answer

PAIRS = """\
no,left,right,left_uscc
1,广州宏图建设有限公司,广州宏图建设有限公司,
2,中铁第六工程局,中铁第八工程局,
3,,甲公司,X
"""


def test_rows_come_back_as_they_were_with_outcome_and_rule(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(PAIRS, encoding="utf-8-sig")
    rows = list(csv.DictReader(StringIO(run("match", file).stdout)))
    assert [(row["no"], row["outcome"], row["rule"]) for row in rows] == [
        ("1", "same", "name_equal"),
        ("2", "different", "ordinals_differ"),
        ("3", "unknown", "no_name"),
    ]


def test_json_is_one_array(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(PAIRS, encoding="utf-8")
    assert [row["outcome"] for row in answer(run("match", file, "--json"))] == ["same", "different", "unknown"]


def test_pairs_come_from_standard_input_too(run: Run) -> None:
    assert len(answer(run("match", "-", "--json", input=PAIRS))) == 3


def test_a_file_without_the_columns_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("a,left\n1,2\n", encoding="utf-8")
    result = run("match", file)
    assert result.exit_code == 2
    assert "no column right" in result.stderr


GUARDED = "left,right,left_uscc,right_uscc\n广州宏图建设有限公司,广州市宏图建设有限公司,,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encoding_and_delimiter_are_found_out(run: Run, tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = tmp_path / "PAIRS.CSV"
    file.write_bytes(GUARDED.replace(",", delimiter).encode(encoding))
    assert [row["outcome"] for row in answer(run("match", file, "--json"))] == ["same"]


def test_the_header_is_found_below_a_title_and_in_any_case(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("比对表,,\n\n No ,LEFT,Right\n1,甲建设有限公司,甲建设有限公司\n", encoding="utf-8")
    (row,) = answer(run("match", file, "--json"))
    assert row == {
        "No": "1", "left": "甲建设有限公司", "right": "甲建设有限公司", "outcome": "same", "rule": "name_equal"
    }  # fmt: skip


def test_a_stray_quote_costs_its_own_line_only(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text('left,right\n"甲建设有限公司,乙建设有限公司\n丙公司,丁公司\n"戊\n公司",戊公司\n', encoding="utf-8")
    result = run("match", file, "--json")
    assert [row["left"] for row in answer(result, 3)] == ["丙公司", "戊\n公司"]
    assert "line 2" in result.stderr


def test_a_line_in_another_encoding_or_with_too_many_cells_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    lines = [line.encode() for line in ("left,right", "甲公司,甲公司", "丙公司,丙公司", "丁公司,丁公司,,", "戊,己,庚")]
    file.write_bytes(b"\n".join([*lines, "乙公司,乙公司".encode("gbk")]))
    result = run("match", file)
    assert result.exit_code == 3
    assert "line 5, 6" in result.stderr
    assert len(list(csv.DictReader(StringIO(result.stdout)))) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column left and no column right"),
        (b"\n\n", "no column left and no column right"),
        (b"left\n1\n", "no column right"),
        (b"left,right,left\n1,2,3\n", "the column left more than once"),
        (b"PK\x03\x04" + bytes(100), "Excel"),
        (b"PAR1" + bytes(100), "Parquet"),
        (b"\x1f\x8b" + bytes(100), "gzip"),
        (b"\xff\xfel\x00", "no column"),
        (b"\xff\xfel\x00e\x00f", "UTF-16"),
        (bytes(range(256)) * 20, "no column"),
        (b"left,right\n" + b'"' * 99, "line 2"),
        (b"left,right\n" + b"x" * 2_000_000 + b",y\n", "line 2"),
    ],
)
def test_whatever_the_file_there_is_a_sentence_and_no_traceback(
    run: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes(content)
    result = run("match", file)
    assert result.exit_code in (2, 3)
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_name_or_code_that_says_nothing_is_none(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("left,right,left_uscc\nNULL,甲公司,/\n暂无,暂无,无\n甲建设公司,甲建设公司,N/A\n", encoding="utf-8")
    assert [row["outcome"] for row in answer(run("match", file, "--json"))] == ["unknown", "unknown", "same"]
