"""A605: the work was done before the clock started."""

from domain.policy import Policy
from tests.approval_builders import a_case, a_correction_request, accepted, an_entry, approved, outcomes

CODE = "A605"
SUBMITTED = an_entry("submitted", "03-02")


def test_a_long_review_and_a_decision_on_the_day_of_acceptance_are_suspect() -> None:
    case = a_case(SUBMITTED, accepted("03-10 09:00", 5), approved("03-10 17:00"))
    assert outcomes(CODE, case) == {"": "suspect"}


def test_a_review_as_long_as_the_limit_is_not() -> None:
    case = a_case(SUBMITTED, accepted("03-09 09:00", 5), approved("03-09 17:00"))
    assert outcomes(CODE, case) == {"": "consistent"}


def test_a_decision_on_another_day_is_not() -> None:
    case = a_case(SUBMITTED, accepted("03-10", 5), approved("03-11"))
    assert outcomes(CODE, case) == {"": "consistent"}


def test_the_applicants_own_time_for_corrections_does_not_count() -> None:
    asked = a_correction_request("03-03", "03-10")
    assert outcomes(CODE, a_case(SUBMITTED, *asked, accepted("03-12", 5), approved("03-12 17:00"))) == {
        "": "consistent"
    }


def test_without_a_limit_there_is_no_evidence() -> None:
    case = a_case(SUBMITTED, accepted("03-30", None), approved("03-30 17:00"))
    assert outcomes(CODE, case) == {"": "no_evidence"}


def test_the_limit_may_be_that_of_the_step_or_of_a_published_table() -> None:
    step = a_case(SUBMITTED, accepted("03-10", 5, step="审查"), approved("03-10 17:00", step="审查"))
    assert outcomes(CODE, step) == {"": "suspect"}
    table = Policy.model_validate({"limits": "yanjin"})
    late = SUBMITTED, accepted("03-30", None), approved("03-30 17:00")
    assert outcomes(CODE, a_case(*late, policy=table)) == {"": "suspect"}


def test_an_earlier_submission_that_arrives_late_makes_it_suspect() -> None:
    short = accepted("03-10 09:00", 5), approved("03-10 17:00")
    assert outcomes(CODE, a_case(*short)) == {"": "consistent"}
    assert outcomes(CODE, a_case(*short, SUBMITTED)) == {"": "suspect"}


def test_an_open_case_gives_no_evidence() -> None:
    assert outcomes(CODE, a_case(SUBMITTED, accepted("03-30", 5))) == {"": "no_evidence"}
