"""A606: an approval and its electronic certificate come together."""

from domain.evidence import RecordedFact
from domain.policy import Policy
from tests.approval_builders import a_case, a_certificate, accepted, an_entry, approved, moment, outcomes
from tests.builders import a_closing, recorded

CODE = "A606"
DECIDED = accepted("03-02"), approved("03-06")
"""On a Friday: the certificate is due on Monday 9."""


def issued(at: str) -> RecordedFact:
    return recorded(a_certificate(), time=moment(at))


def test_no_certificate_after_one_working_day_is_a_mismatch() -> None:
    assert outcomes(CODE, a_case(*DECIDED, now="03-10 00:00")) == {"": "mismatch"}


def test_without_a_closed_register_a_missing_certificate_is_no_evidence() -> None:
    """The last day is Monday 9: a register that is complete up to then tells, an earlier one does not."""
    for through, outcome in (("2026-03-08", "no_evidence"), ("2026-03-09", "mismatch"), ("2026-03-20", "mismatch")):
        closed = [a_closing("certificate-issued", through)]
        assert outcomes(CODE, a_case(*DECIDED, closed=closed)) == {"": outcome}
    assert outcomes(CODE, a_case(*DECIDED, closed=())) == {"": "no_evidence"}
    assert a_case(*DECIDED, closed=()).certificate_in_step is None


def test_until_then_it_is_no_evidence() -> None:
    assert outcomes(CODE, a_case(*DECIDED, now="03-09 23:59")) == {"": "no_evidence"}


def test_a_certificate_on_the_last_day_is_in_step_and_one_after_is_not() -> None:
    assert outcomes(CODE, a_case(*DECIDED, issued("03-09 23:59"))) == {"": "consistent"}
    assert outcomes(CODE, a_case(*DECIDED, issued("03-10 00:00"))) == {"": "mismatch"}


def test_a_certificate_issued_in_time_and_reported_late_takes_the_finding_back() -> None:
    late = recorded(a_certificate(), time=moment("03-06"), recordedtime=moment("04-20"))
    assert outcomes(CODE, a_case(*DECIDED)) == {"": "mismatch"}
    assert outcomes(CODE, a_case(*DECIDED, late)) == {"": "consistent"}


def test_a_certificate_of_another_case_does_not_count() -> None:
    other = recorded(a_certificate(case_id="AP-2"), time=moment("03-06"))
    assert outcomes(CODE, a_case(*DECIDED, other)) == {"": "mismatch"}


def test_a_rejection_issues_none() -> None:
    assert outcomes(CODE, a_case(accepted(), an_entry("rejected", "03-06"))) == {"": "no_evidence"}


def test_an_approval_with_gaps_issues_one() -> None:
    assert outcomes(CODE, a_case(accepted(), an_entry("approved-with-gaps", "03-06"))) == {"": "mismatch"}


def test_an_item_that_issues_no_certificate_is_exempt() -> None:
    policy = Policy(items_without_certificate=frozenset({"440100-SGXK"}))
    assert outcomes(CODE, a_case(*DECIDED, policy=policy)) == {"": "exempt"}


def test_a_due_day_in_a_year_not_announced_is_no_evidence() -> None:
    assert outcomes(CODE, a_case(accepted("12-28"), approved("12-31"), now="12-31")) == {"": "no_evidence"}
