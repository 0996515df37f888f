"""A608: limits kept on the surface only."""

from tests.approval_builders import a_decision, a_month, findings, instant, outcomes

CODE = "A608"
FINE = {"": "consistent", "pauses": "consistent"}


def test_three_cases_decided_on_their_last_day_are_suspect() -> None:
    late = [a_decision(number, on_last_day=True) for number in (1, 2, 3)]
    found = findings(CODE, a_month(*late, a_decision(4)))[""]
    assert found.outcome == "suspect"
    assert len(found.facts) == 3


def test_two_are_not() -> None:
    late = [a_decision(number, on_last_day=True) for number in (1, 2)]
    assert outcomes(CODE, a_month(*late, a_decision(3), a_decision(4))) == FINE


def test_last_days_are_judged_before_the_month_is_over_and_pauses_after() -> None:
    late = [a_decision(number, on_last_day=True, paused_seconds=900_000) for number in (1, 2, 3)]
    assert outcomes(CODE, a_month(*late, now=instant("03-31 23:59"))) == {"": "suspect", "pauses": "no_evidence"}
    assert outcomes(CODE, a_month(*late, now=instant("04-01 00:00"))) == {"": "suspect", "pauses": "suspect"}


def test_pauses_of_half_the_time_are_not_suspect_and_a_second_more_is() -> None:
    assert outcomes(CODE, a_month(a_decision(paused_seconds=500_000))) == FINE
    assert outcomes(CODE, a_month(a_decision(paused_seconds=500_001)))["pauses"] == "suspect"


def test_the_share_is_over_all_cases_of_the_month() -> None:
    assert outcomes(CODE, a_month(a_decision(1, paused_seconds=900_000), a_decision(2))) == FINE


def test_a_case_told_late_takes_the_finding_back() -> None:
    paused = a_decision(1, paused_seconds=600_000)
    assert outcomes(CODE, a_month(paused))["pauses"] == "suspect"
    assert outcomes(CODE, a_month(paused, a_decision(2)))["pauses"] == "consistent"


def test_decisions_that_took_no_time_have_no_share() -> None:
    assert outcomes(CODE, a_month(a_decision(elapsed_seconds=0))) == FINE
