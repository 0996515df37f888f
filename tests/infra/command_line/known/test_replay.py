"""``replay``: the history of a person, a lot and a case, with what was found after each step."""

from typing import Any

import pytest

from tests.infra.command_line.conftest import RecordedCity, Run, answer


def clue_about(run: Run, city: RecordedCity, field: str, rule: str) -> dict[str, Any]:
    """A standing clue of a rule that names ``field``."""
    clues = answer(run("clues", "--data", city.data, "--json"))
    return next(
        clue for clue in clues if clue[field] and clue["rule"].startswith(rule) and clue["status"] != "withdrawn"
    )


def test_a_persons_history_ends_in_what_is_found_now_and_its_reading_is_recorded(run: Run, city: RecordedCity) -> None:
    """The last step says what the dossier says; a later replay is not changed by the reading."""
    person = clue_about(run, city, "person_id", "E10")["person_id"]
    steps = answer(run("replay", f"person:{person}", "--data", city.data, "--json"))
    dossier = answer(run("dossier", person, "--data", city.data, "--json"))
    found = [each for each in dossier["findings"] if each["outcome"] in ("mismatch", "suspect")]
    assert {each["rule"] for each in steps[-1]["findings"]} == {each["rule"] for each in found}
    positions = [fact["fact"]["position"] for step in steps for fact in step["facts"]]
    assert positions == sorted(positions)
    assert answer(run("replay", f"person:{person}", "--data", city.data, "--json")) == steps


@pytest.mark.parametrize(
    ("field", "rule"), [("lot_id", "T40"), ("lot_id", "E10"), ("case_id", "A60")], ids=["lot", "lead", "case"]
)
def test_a_lot_and_a_case_are_replayed_to_their_clues(run: Run, city: RecordedCity, field: str, rule: str) -> None:
    """The clue that stands is found after the last step, in table and document."""
    clue = clue_about(run, city, field, rule)
    subject = f"case:{clue['case_id']}" if field == "case_id" else f"lot:{clue['tender_id']}/{clue['lot_id']}"
    steps = answer(run("replay", subject, "--data", city.data, "--json"))
    assert clue["rule"] in {finding["rule"] for finding in steps[-1]["findings"]}
    shown = run("replay", subject, "--data", city.data)
    assert f"+ {clue['rule']}" in shown.stdout


def test_nothing_known_is_an_error_and_another_subject_is_usage(run: Run, city: RecordedCity) -> None:
    """Exit codes 1 and 2."""
    assert run("replay", "lot:T/none", "--data", city.data).exit_code == 1
    assert run("replay", "org:91440101", "--data", city.data).exit_code == 2


def test_what_is_found_on_sites_is_replayed_with_the_fact_that_brought_it(run: Run, city: RecordedCity) -> None:
    """Of a city that came as one file: dossier and last step say it, and the table shows it coming."""
    clue = clue_about(run, city, "person_id", "S50")
    steps = answer(run("replay", f"person:{clue['person_id']}", "--data", city.data, "--json"))
    dossier = answer(run("dossier", clue["person_id"], "--data", city.data, "--json"))
    assert clue["rule"] in {finding["rule"] for finding in steps[-1]["findings"]}
    assert clue["rule"] in {finding["rule"] for finding in dossier["findings"] if finding["outcome"] == clue["outcome"]}
    came = next(step for step in steps if clue["rule"] in {finding["rule"] for finding in step["findings"]})
    assert {fact["fact"]["id"] for fact in came["facts"]} & {fact["id"] for fact in clue["facts"]}
    shown = run("replay", f"person:{clue['person_id']}", "--data", city.data).stdout
    assert f"+ {clue['rule']}" in shown
