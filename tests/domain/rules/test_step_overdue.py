"""A601: red is a mismatch, yellow a low suspicion, green says nothing."""

from domain.policy import Policy
from domain.rule import Severity
from tests.approval_builders import a_case, a_pause, accepted, an_entry, approved, findings, outcomes
from tests.builders import recorded

CODE = "A601"


def test_a_limit_that_has_passed_is_a_mismatch() -> None:
    (found,) = findings(CODE, a_case(accepted("03-02", 10), now="03-17")).values()
    assert (found.outcome, found.severity) == ("mismatch", Severity.MEDIUM)
    assert "2026-03-16" in found.explanation.en
    assert "按国务院公布的工作日历计算" in found.explanation.zh
    assert "chinesecalendar" not in found.explanation.zh + found.explanation.en


def test_on_the_last_day_it_is_only_about_to_pass() -> None:
    (found,) = findings(CODE, a_case(accepted("03-02", 10), now="03-16 23:59")).values()
    assert (found.outcome, found.severity) == ("suspect", Severity.LOW)


def test_with_three_of_ten_days_left_nothing_is_said() -> None:
    assert outcomes(CODE, a_case(accepted("03-02", 10), now="03-11")) == {"": "consistent"}
    assert outcomes(CODE, a_case(accepted("03-02", 10), now="03-12")) == {"": "suspect"}


def test_a_decision_in_time_is_consistent_and_a_late_one_stays_a_mismatch() -> None:
    assert outcomes(CODE, a_case(accepted("03-02", 10), approved("03-16"))) == {"": "consistent"}
    assert outcomes(CODE, a_case(accepted("03-02", 10), approved("03-17"))) == {"": "mismatch"}


def test_the_explanation_of_a_late_decision_does_not_change_with_time() -> None:
    facts = [recorded(accepted("03-02", 10), id="1"), recorded(approved("03-20"), id="2")]
    assert findings(CODE, a_case(*facts, now="03-21")) == findings(CODE, a_case(*facts, now="10-21"))


def test_nor_does_that_of_a_limit_that_has_passed() -> None:
    fact = recorded(accepted("03-02", 10), id="1")
    assert findings(CODE, a_case(fact, now="03-21")) == findings(CODE, a_case(fact, now="10-21"))


def test_a_listed_special_procedure_that_is_reported_late_takes_the_finding_back() -> None:
    late = [accepted("03-02", 10), approved("03-30")]
    assert outcomes(CODE, a_case(*late)) == {"": "mismatch"}
    assert outcomes(CODE, a_case(*late, *a_pause("03-06", "03-20"))) == {"": "consistent"}


def test_a_procedure_that_is_not_listed_does_not() -> None:
    case = a_case(accepted("03-02", 10), *a_pause("03-06", "03-20", "领导审批"), approved("03-30"))
    assert outcomes(CODE, case) == {"": "mismatch"}


def test_each_step_is_judged_by_its_own_limit() -> None:
    case = a_case(
        accepted("03-02", 3, step="受理"),
        an_entry("accepted", "03-10", step="审查", limit_working_days=5),
        now="03-12",
    )
    assert outcomes(CODE, case) == {"": "no_evidence", "受理": "mismatch", "审查": "consistent"}


def test_without_a_limit_there_is_no_evidence() -> None:
    assert outcomes(CODE, a_case(accepted(limit=None))) == {"": "no_evidence"}


def test_a_limit_into_a_year_not_announced_is_no_evidence() -> None:
    assert outcomes(CODE, a_case(accepted("12-21", 30), now="12-31")) == {"": "no_evidence"}


def test_a_case_that_was_never_accepted_has_no_clock() -> None:
    assert outcomes(CODE, a_case(an_entry("submitted", "03-02", limit_working_days=1))) == {}


def test_a_jurisdiction_may_warn_earlier() -> None:
    policy = Policy(thresholds={CODE: {"yellow_working_days": 9}})
    (found,) = findings(CODE, a_case(accepted("03-02", 10), now="03-03", policy=policy)).values()
    assert found.outcome == "suspect"
    assert ("yellow_working_days", "9") in found.thresholds
