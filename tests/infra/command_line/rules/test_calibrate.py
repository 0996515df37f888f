"""``calibrate``: another threshold or a draft, tried out on what is recorded."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.rule import RULEBOOK
from domain.trial import Trial
from infra.command_line.evidence import evidence
from infra.settings import Settings
from infra.trials import try_out
from projections.boards.clue_board import CLUES
from tests.infra.command_line.conftest import RecordedCity, Run, answer

DRAFT = '''
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

@rule(code="E199", version=1, title="A draft", title_zh="草案", clause="-", severity=Severity.LOW)
def everybody(case: AppointmentCase) -> Verdict:
    """Suspects everybody."""
    return Verdict(FindingOutcome.SUSPECT, Explanation("甲", "a"), (case.appointed,), Severity.LOW)
'''


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "draft.py"
    file.write_text(DRAFT, encoding="utf-8")
    return file


def test_a_threshold_that_changes_nothing_gains_and_loses_nothing(run: Run, city: RecordedCity) -> None:
    found = answer(run("calibrate", "E107", "--threshold", "fewest_moves=3", "--data", city.data, "--json"))
    assert (found["rule"], found["thresholds"]["fewest_moves"]) == ("E107", "3")
    assert found["before"] == found["after"]
    assert found["clues"] == found["tallies"] == []


def test_a_new_rule_gains_a_clue_for_each_appointment(run: Run, city: RecordedCity, draft: Path) -> None:
    found = answer(run("calibrate", "E199", "--draft", draft, "--data", city.data, "--json"))
    assert found["before"] == 0
    assert found["cases"] == found["after"] == len(found["clues"]) > 0
    assert sum(tally["gained"] for tally in found["tallies"]) == found["after"]
    printed = run("calibrate", "E199", "--draft", draft, "--data", city.data).stdout
    assert f"{found['cases']} cases: 0 clues now, {found['after']} then" in printed


def test_live_clues_are_what_they_were(run: Run, city: RecordedCity, draft: Path) -> None:
    before = answer(run("clues", "--data", city.data, "--json"))
    run("calibrate", "E199", "--draft", draft, "--data", city.data)
    assert answer(run("clues", "--data", city.data, "--json")) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["E107"], "give what is to change"),
        (["X999", "--threshold", "a=1"], "there is no rule X999"),
        (["E101", "--threshold", "a=1"], "E101 has no threshold a"),
    ],
)
def test_what_cannot_be_tried_is_a_usage_error(run: Run, city: RecordedCity, given: list[str], said: str) -> None:
    result = run("calibrate", *given, "--data", city.data)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_draft_of_another_rule_is_a_usage_error(run: Run, city: RecordedCity, draft: Path) -> None:
    assert run("calibrate", "E101", "--draft", draft, "--data", city.data).exit_code == 2


def test_the_rule_as_it_is_says_what_the_live_clues_say(city: RecordedCity) -> None:
    """Calibration and live judgement are one fold."""
    with evidence(Settings(data=city.data)) as read:
        query = select(CLUES.c.rule).where(CLUES.c.status != "withdrawn")
        live = Counter(read.connection.execute(query).scalars())
        judged = {
            code: try_out(read.installation, read.connection, Trial(RULEBOOK[code], RULEBOOK[code])).before
            for code in live
        }
    assert judged == live
