"""A602: nobody examines a case in ten minutes."""

from domain.policy import Policy
from tests.approval_builders import a_case, accepted, an_entry, approved, outcomes
from tests.builders import a_correction, recorded

CODE = "A602"


def test_a_decision_eight_minutes_after_acceptance_is_suspect() -> None:
    assert outcomes(CODE, a_case(accepted("03-02 10:00"), approved("03-02 10:08"))) == {"": "suspect"}


def test_a_rejection_in_a_flash_is_suspect_too() -> None:
    assert outcomes(CODE, a_case(accepted("03-02 10:00"), an_entry("rejected", "03-02 10:01"))) == {"": "suspect"}


def test_ten_minutes_still_count_and_a_second_more_does_not() -> None:
    assert outcomes(CODE, a_case(accepted("03-02 10:00"), approved("03-02 10:10:00"))) == {"": "suspect"}
    assert outcomes(CODE, a_case(accepted("03-02 10:00"), approved("03-02 10:10:01"))) == {"": "consistent"}


def test_an_open_case_gives_no_evidence() -> None:
    assert outcomes(CODE, a_case(accepted())) == {"": "no_evidence"}


def test_a_decision_without_acceptance_is_not_this_rules_matter() -> None:
    assert outcomes(CODE, a_case(approved("03-02"), accepted("03-03"))) == {"": "no_evidence"}


def test_an_item_decided_on_a_commitment_is_exempt() -> None:
    flash = accepted("03-02 10:00"), approved("03-02 10:01")
    policy = Policy(commitment_items=frozenset({"440100-SGXK"}))
    assert outcomes(CODE, a_case(*flash, policy=policy)) == {"": "exempt"}
    named = approved("03-02 10:01", special_procedure="告知承诺")
    assert outcomes(CODE, a_case(flash[0], named)) == {"": "exempt"}


def test_a_corrected_acceptance_takes_the_finding_back() -> None:
    wrong = recorded(accepted("03-05 10:00"), id="wrong")
    decided = recorded(approved("03-05 10:05"))
    right = recorded(a_correction(wrong, accepted("03-02 10:00")))
    assert outcomes(CODE, a_case(wrong, decided)) == {"": "suspect"}
    assert outcomes(CODE, a_case(wrong, decided, right)) == {"": "consistent"}
