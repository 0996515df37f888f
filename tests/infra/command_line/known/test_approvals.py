"""``approvals``: lists, one case, statistics, spreadsheets."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from domain.facts.fact import FactData
from tests.approval_builders import a_pause, accepted, an_entry, approved
from tests.infra.command_line.conftest import RecordedCity, Run, answer
from tests.monitor import said

SETTINGS = """
[policy.default]
limits = "jiangmen"
special_procedures = ["专家评审"]

[policy.jurisdictions."440106"]
limits = "yanjin"
"""
ELSEWHERE = {"jurisdiction": "440303"}
SLOW = {"case_id": "AP-SLOW", **ELSEWHERE, "department": "行政审批局"}


@dataclass(frozen=True)
class Office:
    """The commands of a folder with a few cases, all of the past."""

    run: Run
    folder: Path

    def __call__(self, *arguments: object) -> str:
        result = self.ask(*arguments)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    def ask(self, *arguments: object) -> Any:
        return self.run("approvals", *arguments, "--data", self.folder / "data", "--config", self.folder / "own.toml")

    def json(self, *arguments: object) -> Any:
        return answer(self.ask(*arguments, "--json"))

    def ids(self, *arguments: object) -> list[str]:
        return [case["case_id"] for case in self.json(*arguments)]


def entries() -> Sequence[FactData]:
    many = [an_entry("accepted", f"03-{day:02d}", case_id="AP-MANY", step=f"环节{day}") for day in (3, 4, 5, 6)]
    steps = [an_entry("accepted", "03-02", step="联合验收", **{**SLOW, "case_id": "AP-STEP"})]
    return (
        *(accepted("03-02", 5, case_id="AP-OPEN"), *a_pause("03-03", "03-05", "领导碰头", case_id="AP-OPEN")),
        *(accepted("03-02", None, case_id="AP-MANY"), *many, approved("03-11", case_id="AP-MANY")),
        *(accepted("03-02", None, **SLOW), *a_pause("03-03", "03-04", **SLOW), approved("03-27", **SLOW)),
        *(accepted("03-02", None, **{**SLOW, "case_id": "AP-STEP"}), *steps),
        approved("03-16", **{**SLOW, "case_id": "AP-STEP"}),
    )


@pytest.fixture(scope="module")
def office(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("office")
    (folder / "own.toml").write_text(SETTINGS, encoding="utf-8")
    facts = folder / "facts.ndjson"
    lines = (json.dumps(said(entry, f"ap-{at}"), ensure_ascii=False) for at, entry in enumerate(entries()))
    facts.write_text("\n".join(lines), encoding="utf-8")
    told = answer(run("ingest", facts, "--data", folder / "data", "--config", folder / "own.toml", "--json"))
    assert told["rejected"] == 0
    return Office(run, folder)


def test_the_worst_light_comes_first_and_open_cases_before_ended_ones(office: Office) -> None:
    assert office.ids() == ["AP-OPEN", "AP-STEP", "AP-MANY", "AP-SLOW"]
    printed = office()
    assert "2 red 红, 2 green 绿" in printed
    assert "4/3" in printed


def test_a_case_that_is_late_at_one_step_only_is_listed_with_that_step(office: Office) -> None:
    (line,) = (line for line in office("--light", "red").splitlines() if "AP-STEP" in line)
    assert line.split()[-5:] == ["2026-03-02", "联合验收", "10/5-9", "2026-03-13", "1"]


def test_a_list_is_narrowed(office: Office) -> None:
    assert office.ids("--light", "red", "--open") == ["AP-OPEN"]
    assert office.ids("--department", "行政审批局") == ["AP-STEP", "AP-SLOW"]
    assert office.ids("--jurisdiction", "440303", "--light", "green") == ["AP-SLOW"]
    assert office.ids("--older-than", "30") == ["AP-OPEN"]
    assert office.ids("--older-than", "30000") == []
    assert office.ids("--over-steps") == ["AP-MANY"]
    assert office.ids("--closed", "--limit", "1") == ["AP-STEP"]
    assert "none 无" in office("--light", "yellow")


def test_a_case_is_shown_with_clock_pauses_and_all_that_was_recorded(office: Office) -> None:
    shown = office.json("AP-OPEN")
    assert (shown["light"], shown["clock"]["deadline"]["on"]) == ("red", "2026-03-09")
    assert [(pause["procedure"], pause["listed"]) for pause in shown["special_procedures"]] == [("领导碰头", False)]
    assert [event["state"] for event in shown["events"]] == ["accepted", "special-started", "special-finished"]
    printed = office("AP-OPEN")
    for told in ("red 红", "2026-03-09", "领导碰头", "runs on: not listed", "2026-03-03 10:00", "ap-1"):
        assert told in printed


def test_steps_beyond_those_allowed_and_days_beyond_the_lower_end_are_told(office: Office) -> None:
    assert "4 of at most 3, 1 too many 超环节" in office("AP-MANY")
    slow = office("AP-SLOW")
    assert "18/16-20" in slow
    assert "over the lower end of the range 超下限" in slow
    assert "stops" in slow


def test_a_case_is_shown_as_it_had_happened_and_as_it_was_known(office: Office) -> None:
    then = office.json("AP-SLOW", "--valid-at", "2026-03-04")
    assert (then["state"], then["clock"]["stands"]) == ("special-started", True)
    assert [event["state"] for event in then["events"]] == ["accepted", "special-started"]
    assert "as it had happened by  2026-03-04 00:00+08" in office("AP-SLOW", "--valid-at", "2026-03-04")
    assert office.ask("AP-SLOW", "--valid-at", "2026-01-01").exit_code == 1
    assert office.ask("AP-SLOW", "--known-at", "2020-01-01").exit_code == 1
    assert office.ask("AP-NONE").exit_code == 1


def test_a_month_is_told_by_department_beside_the_tables_of_limits(office: Office) -> None:
    months = office.json("--statistics", "2026-03")
    assert [(month["department"], month["cases"]) for month in months] == [("住房和城乡建设局", 1), ("行政审批局", 2)]
    printed = office("--statistics", "2026-03")
    assert "100.0 %, steps 0.0 %" in printed
    assert "100.0 % (50.0 % surely)" in printed
    assert office.json("--statistics", "2026-03", "--jurisdiction", "440106") == months[:1]
    assert office.json("--statistics", "2026-04") == []
    assert office("--statistics", "2026-04")


def test_lists_and_statistics_are_spreadsheets_too(office: Office) -> None:
    cases = list(csv.DictReader(StringIO(office("--format", "csv").removeprefix("\ufeff"))))
    assert [case["case_id"] for case in cases] == office.ids()
    assert cases[2]["steps_over_limit"] == "1"
    months = list(csv.DictReader(StringIO(office("--statistics", "2026-03", "--format", "csv").removeprefix("\ufeff"))))
    assert [month["surely_in_time_percent_jiangmen"] for month in months] == ["100.0", "50.0"]


@pytest.mark.parametrize(
    "asked",
    [
        ("AP-OPEN", "--light", "red"),
        ("AP-OPEN", "--jurisdiction", "44"),
        ("AP-OPEN", "--format", "csv"),
        ("AP-OPEN", "--statistics", "2026-03"),
        ("--statistics", "2026-03", "--open"),
        ("--statistics", "March"),
        ("--valid-at", "2026-03-03"),
        ("--format", "csv", "--json"),
    ],
)
def test_what_does_not_go_together_is_refused(office: Office, asked: tuple[str, ...]) -> None:
    assert office.ask(*asked).exit_code == 2


def test_the_cases_of_the_city_are_as_its_truth_file_has_them(run: Run, city: RecordedCity) -> None:
    late = {clue["case_id"] for clue in city.truth["clues"] if clue["rule"] == "A601"}
    red = answer(run("approvals", "--light", "red", "--data", city.data, "--json"))
    assert late
    assert {case["case_id"] for case in red} == late
