"""E104: several different payers of one scheme in one month."""

import pytest

from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BRANCH,
    RIVAL,
    THIRD,
    a_firm,
    a_payment,
    a_registration,
    an_exemption,
    finding,
    payments,
)

E104 = "E104"


def test_two_different_payers_of_one_scheme_in_one_month_are_suspect_of_medium_severity() -> None:
    found = finding(E104, *payments(), a_payment(payer=RIVAL, month="2025-04"))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert "2025-04" in found.explanation.en
    assert RIVAL.name in found.explanation.zh
    assert len(found.facts) == 3


def test_one_payer_a_month_is_consistent_also_if_it_changes() -> None:
    found = finding(E104, *payments(RIVAL, ["2025-03"]), *payments(THIRD, ["2025-04"]), a_payment())
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


def test_different_payers_of_different_schemes_are_consistent() -> None:
    found = finding(E104, a_payment(), a_payment(payer=RIVAL, scheme="housing-fund"))
    assert found.outcome is FindingOutcome.CONSISTENT


@pytest.mark.parametrize(
    "schemes", [("medical", "medical"), ("unemployment", "unemployment"), ("medical", "maternity")]
)
def test_every_deciding_scheme_counts_and_maternity_as_medical(schemes: tuple[str, str]) -> None:
    found = finding(E104, a_payment(scheme=schemes[0]), a_payment(payer=RIVAL, scheme=schemes[1]))
    assert found.outcome is FindingOutcome.SUSPECT


@pytest.mark.parametrize("scheme", ["injury", "housing-fund"])
def test_insurance_bought_for_a_project_accuses_nobody(scheme: str) -> None:
    bought = a_payment(scheme=scheme), a_payment(payer=RIVAL, scheme=scheme)
    assert finding(E104, a_payment(), *bought).outcome is FindingOutcome.CONSISTENT
    assert finding(E104, *bought).outcome is FindingOutcome.NO_EVIDENCE


@pytest.mark.parametrize("payer", [BRANCH, a_firm("广州众才人力资源服务有限公司")])
def test_a_second_payer_that_is_not_surely_different_is_consistent(payer: object) -> None:
    assert finding(E104, a_payment(), a_payment(payer=payer)).outcome is FindingOutcome.CONSISTENT


def test_two_payers_that_differ_from_each_other_beside_a_third_are_found() -> None:
    found = finding(E104, a_payment(payer=BRANCH), a_payment(), a_payment(payer=RIVAL))
    assert found.outcome is FindingOutcome.SUSPECT


@pytest.mark.parametrize(
    ("month", "outcome"),
    [
        ("2025-02", FindingOutcome.NO_EVIDENCE),
        ("2025-03", FindingOutcome.SUSPECT),
        ("2025-05", FindingOutcome.SUSPECT),
        ("2025-06", FindingOutcome.NO_EVIDENCE),
    ],
)
def test_only_the_months_of_the_lookback_count(month: str, outcome: FindingOutcome) -> None:
    assert finding(E104, a_payment(month=month), a_payment(payer=RIVAL, month=month)).outcome is outcome


def test_an_exemption_exempts() -> None:
    found = finding(E104, a_payment(), a_payment(payer=RIVAL), a_registration(), an_exemption())
    assert found.outcome is FindingOutcome.EXEMPT


def test_a_second_payer_learned_late_flips_it() -> None:
    assert finding(E104, *payments()).outcome is FindingOutcome.CONSISTENT
    late = a_payment(payer=RIVAL, month="2025-03", paid_on="2025-09-01")
    assert finding(E104, *payments(), late).outcome is FindingOutcome.SUSPECT
