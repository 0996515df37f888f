"""``match``: employers of a CSV file compared."""

import csv
from io import StringIO
from pathlib import Path

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
