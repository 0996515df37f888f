"""A607: what is missing is said once."""

from tests.approval_builders import a_case, a_correction_request, accepted, findings, outcomes
from tests.builders import a_correction, recorded

CODE = "A607"
ONCE = a_correction_request("03-02", "03-04")
TWICE = [*ONCE, *a_correction_request("03-05", "03-06")]


def test_a_second_request_is_suspect_and_its_days_are_named() -> None:
    (found,) = findings(CODE, a_case(*TWICE)).values()
    assert found.outcome == "suspect"
    assert "2026-03-02, 2026-03-05" in found.explanation.en


def test_one_request_is_not() -> None:
    assert outcomes(CODE, a_case(*ONCE, accepted("03-05"))) == {"": "consistent"}


def test_no_request_is_not() -> None:
    assert outcomes(CODE, a_case(accepted())) == {"": "consistent"}


def test_a_request_that_is_still_open_counts() -> None:
    assert outcomes(CODE, a_case(*ONCE, *a_correction_request("03-05"))) == {"": "suspect"}


def test_the_same_request_reported_twice_counts_once() -> None:
    assert outcomes(CODE, a_case(*ONCE, *ONCE)) == {"": "consistent"}


def test_a_retracted_request_takes_the_finding_back() -> None:
    facts = [recorded(said) for said in TWICE]
    assert outcomes(CODE, a_case(*facts)) == {"": "suspect"}
    assert outcomes(CODE, a_case(*facts, recorded(a_correction(facts[2])))) == {"": "consistent"}
