"""A604: what is not in the published list must not be asked of anyone."""

from domain.policy import Policy
from tests.approval_builders import a_case, a_pause, accepted, an_entry, approved, findings, outcomes
from tests.builders import a_correction, recorded

CODE = "A604"
PUBLISHED = Policy(published_steps=frozenset({"受理", "审查", "决定"}))


def test_a_pause_that_is_not_listed_is_suspect_and_named() -> None:
    (found,) = findings(CODE, a_case(accepted(), *a_pause("03-03", "03-05", "内部会商"))).values()
    assert found.outcome == "suspect"
    assert "内部会商" in found.explanation.zh


def test_a_pause_without_a_name_is_suspect() -> None:
    assert outcomes(CODE, a_case(accepted(), *a_pause("03-03", None, None))) == {"": "suspect"}


def test_a_listed_pause_is_consistent_however_it_is_written() -> None:
    assert outcomes(CODE, a_case(accepted(), *a_pause("03-03", "03-05", "專家評審"))) == {"": "consistent"}


def test_a_step_that_is_not_published_is_suspect_and_the_others_are_not() -> None:
    case = a_case(accepted(step="受理"), an_entry("accepted", "03-04", step="部门联席会"), policy=PUBLISHED)
    assert outcomes(CODE, case) == {"受理": "consistent", "部门联席会": "suspect", "": "consistent"}


def test_without_a_published_list_steps_give_no_evidence() -> None:
    assert outcomes(CODE, a_case(accepted(step="部门联席会"))) == {"部门联席会": "no_evidence", "": "consistent"}


def test_a_case_without_steps_and_pauses_is_consistent() -> None:
    assert outcomes(CODE, a_case(accepted(), approved(), policy=PUBLISHED)) == {"": "consistent"}


def test_a_pause_named_later_takes_the_finding_back() -> None:
    """The end of a procedure may be the first to say what it was."""
    begun = recorded(a_pause("03-03", None, None)[0])
    ended = recorded(an_entry("special-finished", "03-05", special_procedure="听证"))
    assert outcomes(CODE, a_case(begun)) == {"": "suspect"}
    assert outcomes(CODE, a_case(begun, ended)) == {"": "consistent"}


def test_a_retracted_pause_leaves_nothing() -> None:
    begun = recorded(a_pause("03-03", None, "内部会商")[0])
    assert outcomes(CODE, a_case(accepted(), begun, recorded(a_correction(begun)))) == {"": "consistent"}
