"""``findings``: everything found about one tender, bidder or person."""

from domain.rule import Severity
from tests.infra.command_line.conftest import RecordedCity, Run, answer


def test_findings_about_a_bidder_a_person_and_a_tender_come_worst_first(run: Run, city: RecordedCity) -> None:
    clue = answer(run("clues", "--rule", "E101", "--status", "raised", "--data", city.data, "--json"))[0]
    asked = {"--bidder": clue["bidder"]["uscc"], "--person": clue["person_id"], "--tender": clue["tender_id"]}
    for option, value in asked.items():
        found = answer(run("findings", option, value, "--data", city.data, "--json"))
        assert clue["clue_id"] in {each["clue_id"] for each in found["items"]}
        ranks = [Severity(each["severity"]).rank for each in found["items"]]
        assert ranks == sorted(ranks, reverse=True)


def test_each_finding_is_printed_with_its_explanation_and_facts(run: Run, city: RecordedCity) -> None:
    clue = answer(run("clues", "--rule", "E101", "--status", "raised", "--data", city.data, "--json"))[0]
    printed = run("findings", "--person", clue["person_id"], "--data", city.data).stdout
    assert clue["explanation"]["zh"] in printed
    assert clue["facts"][0]["id"] in printed


def test_exactly_one_subject_must_be_given(run: Run, city: RecordedCity) -> None:
    assert run("findings", "--data", city.data).exit_code == 2
    assert run("findings", "--person", "a", "--tender", "b", "--data", city.data).exit_code == 2
