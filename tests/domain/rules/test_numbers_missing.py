"""D901: what a source numbered and never sent."""

from domain.policy import Policy
from tests.source_builders import a_source, finding

CODE = "D901"


def test_a_hole_is_suspect_and_named() -> None:
    found = finding(CODE, a_source(heard=((1, 500), (503, 900), (902, 902))))
    assert (found.outcome, found.severity, found.subject) == ("suspect", "low", "source:urn:test:platform")
    assert found.explanation.en == "3 messages are missing, numbered 501–502, 901."
    assert found.explanation.zh == "缺少3份报文，编号501–502、901。"


def test_numbers_without_a_hole_are_consistent() -> None:
    assert finding(CODE, a_source(heard=((7, 10),))).outcome == "consistent"


def test_a_heartbeat_that_names_a_later_number_shows_what_is_missing_at_the_end() -> None:
    assert "11–12" in finding(CODE, a_source(said_last=12)).explanation.en
    assert finding(CODE, a_source(said_last=10)).outcome == "consistent"
    assert finding(CODE, a_source(said_last=3)).outcome == "consistent"


def test_a_source_that_does_not_number_is_not_judged() -> None:
    assert finding(CODE, a_source(heard=())).outcome == "no_evidence"


def test_the_number_of_missing_messages_that_counts_is_a_setting() -> None:
    two = a_source(heard=((1, 5), (8, 10)), policy=Policy(thresholds={CODE: {"fewest_missing": 3}}))
    assert finding(CODE, two).outcome == "consistent"
    three = a_source(heard=((1, 5), (9, 10)), policy=Policy(thresholds={CODE: {"fewest_missing": 3}}))
    assert finding(CODE, three).outcome == "suspect"


def test_many_holes_are_named_by_the_first_ones() -> None:
    said = finding(CODE, a_source(heard=tuple((number, number) for number in range(1, 100, 2)))).explanation.en
    assert said == "49 messages are missing, numbered 2, 4, 6, 8, 10 …."


def test_a_late_number_takes_the_finding_back() -> None:
    assert finding(CODE, a_source(heard=((1, 4), (6, 10)))).outcome == "suspect"
    assert finding(CODE, a_source(heard=((1, 10),))).outcome == "consistent"
