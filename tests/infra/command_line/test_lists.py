"""Lists for people, for spreadsheets and for programs."""

import csv
from io import StringIO

import pytest

from infra.command_line.output import Format, print_list
from tests.infra.command_line.conftest import RecordedCity, Run, answer

LISTS = [
    ["clues", "--limit", "5"],
    ["approvals", "--limit", "5"],
    ["rules"],
    ["calibrate", "E107", "--threshold", "fewest_moves=1"],
    ["outbox", "list"],
    ["webhooks", "list"],
]


@pytest.mark.parametrize("asked", LISTS, ids=lambda asked: asked[0])
def test_a_list_has_as_many_rows_in_every_form(run: Run, city: RecordedCity, asked: list[str]) -> None:
    given = (*asked, "--data", city.data)
    listed = answer(run(*given, "--json"))
    assert answer(run(*given, "--format", "json")) == listed
    rows = list(csv.DictReader(StringIO(run(*given, "--format", "csv").stdout.removeprefix("\ufeff"))))
    assert len(rows) == len(listed["tallies"] if asked[0] == "calibrate" else listed)
    assert run(*given, "--format", "table").stdout == run(*given).stdout


def test_findings_are_a_sheet_of_the_same_findings(run: Run, city: RecordedCity) -> None:
    tender = answer(run("clues", "--rule", "E101", "--limit", 1, "--data", city.data, "--json"))[0]["tender_id"]
    given = ("findings", "--tender", tender, "--data", city.data)
    found = answer(run(*given, "--json"))
    sheet = run(*given, "--format", "csv").stdout.removeprefix("\ufeff")
    listed = [each["rule"] for each in (*found["items"], *found["indicators"])]
    assert [row["rule"] for row in csv.DictReader(StringIO(sheet))] == listed


def test_a_sheet_holds_whole_cells_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    long = "很长的说明" * 40
    print_list(Format.CSV, [], [{"said": long, "name": "=1+1"}], {"said": "says", "name": "name"})
    (row,) = csv.DictReader(StringIO(capsys.readouterr().out.removeprefix("\ufeff")))
    assert row == {"said": long, "name": "'=1+1"}


def test_two_forms_at_once_are_refused(run: Run, city: RecordedCity) -> None:
    result = run("clues", "--data", city.data, "--json", "--format", "csv")
    assert result.exit_code == 2
    assert "contradict" in result.stderr
