"""A603: the system was only told afterwards."""

from typing import Any

from domain.evidence import RecordedFact
from domain.facts.approvals import ApprovalRecorded
from domain.rule import Severity
from tests.approval_builders import a_case, accepted, an_entry, approved, findings, moment, outcomes
from tests.builders import recorded

CODE = "A603"
FINE = {"": "consistent", "back-filled": "consistent"}


def at_source(said: ApprovalRecorded, recordedtime: str, **given: Any) -> RecordedFact:
    """Recorded by the source at a moment of its own."""
    return recorded(said, recordedtime=moment(recordedtime), **given)


def test_a_decision_without_an_acceptance_is_a_mismatch() -> None:
    (found,) = (each for key, each in findings(CODE, a_case(approved("03-06"))).items() if key == "")
    assert (found.outcome, found.severity) == ("mismatch", Severity.HIGH)


def test_an_acceptance_after_the_decision_does_not_help() -> None:
    assert outcomes(CODE, a_case(approved("03-06"), accepted("03-07")))[""] == "mismatch"


def test_an_acceptance_at_the_very_moment_of_the_decision_came_before_it() -> None:
    assert outcomes(CODE, a_case(accepted("03-06"), approved("03-06"))) == FINE


def test_an_acceptance_that_arrives_late_takes_the_finding_back() -> None:
    assert outcomes(CODE, a_case(approved("03-06"), accepted("03-02"))) == FINE


def test_a_document_dated_before_the_acceptance_is_a_mismatch() -> None:
    case = a_case(accepted("03-04"), approved("03-06", document_date="2026-03-03"))
    assert outcomes(CODE, case) == {**FINE, "document": "mismatch"}


def test_a_document_of_the_day_of_acceptance_is_not() -> None:
    case = a_case(accepted("03-04 16:00"), approved("03-04 17:00", document_date="2026-03-04"))
    assert outcomes(CODE, case) == {**FINE, "document": "consistent"}


def test_an_open_case_is_judged_by_its_records_only() -> None:
    assert outcomes(CODE, a_case(accepted())) == {"": "no_evidence", "back-filled": "consistent"}


def test_three_steps_of_different_days_recorded_within_five_minutes_are_back_filled() -> None:
    facts = [
        at_source(accepted("03-02"), "03-09 10:00"),
        at_source(an_entry("special-started", "03-03", special_procedure="听证"), "03-09 10:02"),
        at_source(an_entry("special-finished", "03-05", special_procedure="听证"), "03-09 10:05:00"),
    ]
    assert outcomes(CODE, a_case(*facts))["back-filled"] == "suspect"
    facts[2] = at_source(an_entry("special-finished", "03-05", special_procedure="听证"), "03-09 10:05:01")
    assert outcomes(CODE, a_case(*facts))["back-filled"] == "consistent"


def test_steps_of_one_day_may_be_recorded_together() -> None:
    facts = [
        at_source(an_entry("submitted", "03-02 10:00"), "03-03 09:00"),
        at_source(an_entry("window-accepted", "03-02 11:00"), "03-03 09:01"),
        at_source(accepted("03-03 10:00"), "03-03 09:02"),
    ]
    assert outcomes(CODE, a_case(*facts))["back-filled"] == "consistent"
    facts[2] = at_source(accepted("03-03 10:01"), "03-03 09:02")
    assert outcomes(CODE, a_case(*facts))["back-filled"] == "suspect"


def test_two_steps_are_no_bulk() -> None:
    facts = [at_source(accepted("03-02"), "03-09 10:00"), at_source(approved("03-06"), "03-09 10:01")]
    assert outcomes(CODE, a_case(*facts)) == FINE


def test_a_history_we_load_from_a_file_is_not_back_filled() -> None:
    """All of it is recorded by us at once; what counts is when the source recorded it."""
    assert outcomes(CODE, a_case(an_entry("submitted", "03-01"), accepted("03-02"), approved("03-06"))) == FINE
