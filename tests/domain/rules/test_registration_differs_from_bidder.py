"""E108: the registration employer is not the bidder."""

import pytest

from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import BRANCH, RIVAL, a_cancellation, a_firm, a_registration, a_renaming, an_exemption, finding

E108 = "E108"


def test_another_registration_employer_is_a_mismatch_of_high_severity() -> None:
    found = finding(E108, a_registration(employer=RIVAL))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert RIVAL.name in found.explanation.zh
    assert RIVAL.name in found.explanation.en


def test_the_bidder_as_registration_employer_is_consistent() -> None:
    found = finding(E108, a_registration())
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


def test_a_branch_is_suspect_of_low_severity_whatever_the_policy_on_payers() -> None:
    for policy in (Policy(), Policy(branch_payers="accept"), Policy(branch_payers="refuse")):
        found = finding(E108, a_registration(employer=BRANCH), policy=policy)
        assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


def test_of_several_registrations_one_with_the_bidder_suffices() -> None:
    found = finding(E108, a_registration(employer=RIVAL, certificate_no="粤2"), a_registration())
    assert found.outcome is FindingOutcome.CONSISTENT


@pytest.mark.parametrize(
    ("moved_on", "outcome"),
    [("2025-06-18", FindingOutcome.CONSISTENT), ("2025-06-19", FindingOutcome.MISMATCH)],
)
def test_a_registration_that_moved_to_the_bidder_counts_from_its_first_day(
    moved_on: str, outcome: FindingOutcome
) -> None:
    found = finding(E108, a_registration(employer=RIVAL), a_registration(valid_from=moved_on))
    assert found.outcome is outcome


def test_a_registration_cancelled_and_begun_anew_on_one_day_stands() -> None:
    found = finding(
        E108,
        a_registration(employer=RIVAL),
        a_cancellation(cancelled_on="2025-06-10"),
        a_registration(valid_from="2025-06-10"),
    )
    assert found.outcome is FindingOutcome.CONSISTENT


def test_no_registration_is_no_evidence() -> None:
    assert finding(E108).outcome is FindingOutcome.NO_EVIDENCE


def test_an_exemption_does_not_exempt() -> None:
    found = finding(E108, a_registration(employer=RIVAL), an_exemption(workplace=RIVAL))
    assert found.outcome is FindingOutcome.MISMATCH


def test_a_rename_learned_late_clears() -> None:
    known = a_registration(employer=a_firm("广州旧名建设有限公司"))
    assert finding(E108, known).outcome is FindingOutcome.MISMATCH
    assert finding(E108, known, a_renaming()).outcome is FindingOutcome.CONSISTENT
