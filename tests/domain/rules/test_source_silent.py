"""D902: a source that promised to be heard, and is not."""

from datetime import timedelta
from typing import Any

from domain.policy import Policy
from tests.source_builders import NOW, a_source, finding

CODE = "D902"


def heard(ago: timedelta, interval_seconds: int | None = 300, **given: Any) -> str:
    case = a_source(interval_seconds=interval_seconds, heard_at=NOW - ago, **given)
    return str(finding(CODE, case).outcome)


def test_a_source_is_silent_after_three_intervals() -> None:
    assert heard(timedelta(minutes=15)) == "consistent"
    assert heard(timedelta(minutes=15, seconds=1)) == "suspect"


def test_one_that_promised_nothing_is_not_judged() -> None:
    assert heard(timedelta(days=30), None) == "no_evidence"


def test_how_many_intervals_count_is_a_setting() -> None:
    patient = Policy(thresholds={CODE: {"silent_after_intervals": 10}})
    assert heard(timedelta(minutes=40), policy=patient) == "consistent"


def test_when_it_was_heard_last_is_said_in_the_time_of_china() -> None:
    found = finding(CODE, a_source(interval_seconds=60, heard_at=NOW - timedelta(hours=1)))
    assert "2025-06-18 11:00" in found.explanation.en
    assert "2025-06-18 11:00" in found.explanation.zh


def test_a_message_that_comes_late_ends_the_silence() -> None:
    assert heard(timedelta(hours=2)) == "suspect"
    assert heard(timedelta(0)) == "consistent"
