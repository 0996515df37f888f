"""E101: the current payer is not the bidder."""

import pytest

from domain.facts.fact import FactData, Org
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BIDDER,
    BRANCH,
    RIVAL,
    THIRD,
    a_firm,
    a_payment,
    a_registration,
    a_renaming,
    an_appointment,
    an_exemption,
    finding,
    payments,
)

E101 = "E101"
AGENT = a_firm("广州众才人力资源服务有限公司")


def test_a_different_payer_is_a_mismatch_of_high_severity() -> None:
    found = finding(E101, *payments(RIVAL))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert RIVAL.name in found.explanation.zh
    assert BIDDER.name in found.explanation.en
    assert found.employer_match is not None


def test_the_bidder_as_payer_is_consistent() -> None:
    found = finding(E101, *payments())
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


@pytest.mark.parametrize("payer", [BRANCH, AGENT, a_firm("广州宏图建设工程有限公司（集团）"), Org(name="—")])
def test_a_payer_that_is_neither_same_nor_different_is_suspect_of_low_severity(payer: Org) -> None:
    found = finding(E101, *payments(payer))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


@pytest.mark.parametrize(
    ("treatment", "outcome", "severity"),
    [
        ("accept", FindingOutcome.CONSISTENT, None),
        ("look", FindingOutcome.SUSPECT, Severity.LOW),
        ("refuse", FindingOutcome.MISMATCH, Severity.HIGH),
    ],
)
def test_branch_and_agent_payers_are_treated_as_the_jurisdiction_says(
    treatment: str, outcome: FindingOutcome, severity: Severity | None
) -> None:
    branch = finding(E101, *payments(BRANCH), policy=Policy.model_validate({"branch_payers": treatment}))
    agent = finding(E101, *payments(AGENT), policy=Policy.model_validate({"agent_payers": treatment}))
    assert (branch.outcome, branch.severity) == (agent.outcome, agent.severity) == (outcome, severity)


def test_the_latest_month_with_a_payment_decides() -> None:
    assert finding(E101, *payments(RIVAL, ["2025-03"]), a_payment(month="2025-04")).severity is Severity.LOW
    assert finding(E101, a_payment(month="2025-03"), *payments(RIVAL, ["2025-04"])).severity is Severity.HIGH


def test_pension_decides_before_any_other_scheme_of_the_month() -> None:
    found = finding(E101, a_payment(), a_payment(payer=RIVAL, scheme="medical"))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_an_earlier_pension_month_decides_before_a_later_month_of_another_scheme() -> None:
    found = finding(E101, a_payment(month="2025-04"), a_payment(payer=RIVAL, scheme="medical"))
    assert found.outcome is FindingOutcome.CONSISTENT
    assert finding(E101, a_payment(payer=RIVAL, month="2025-03"), *payments(scheme="medical")).outcome is (
        FindingOutcome.MISMATCH
    )


def test_where_no_pension_is_known_unemployment_decides_and_then_medical() -> None:
    unemployment, medical = a_payment(scheme="unemployment"), a_payment(payer=RIVAL, scheme="medical")
    assert finding(E101, unemployment, medical).outcome is FindingOutcome.CONSISTENT
    assert finding(E101, medical).outcome is FindingOutcome.MISMATCH
    assert finding(E101, a_payment(payer=RIVAL, scheme="maternity")).outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize("scheme", ["injury", "housing-fund"])
def test_insurance_that_is_bought_for_a_project_decides_nothing(scheme: str) -> None:
    assert finding(E101, a_payment(scheme=scheme)).outcome is FindingOutcome.NO_EVIDENCE
    assert finding(E101, *payments(RIVAL, ["2025-03", "2025-04"]), a_payment(scheme=scheme)).severity is Severity.HIGH
    assert finding(E101, *payments(), a_payment(payer=RIVAL, scheme=scheme)).outcome is FindingOutcome.CONSISTENT


def test_of_several_payers_one_that_is_the_bidder_suffices() -> None:
    assert finding(E101, a_payment(payer=RIVAL), a_payment()).outcome is FindingOutcome.CONSISTENT


def test_of_several_payers_none_of_them_the_bidder_the_best_decides() -> None:
    found = finding(E101, a_payment(payer=RIVAL), a_payment(payer=BRANCH))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


def test_another_employer_in_an_earlier_month_of_the_deciding_scheme_is_suspect() -> None:
    found = finding(E101, *payments(RIVAL, ["2025-03"]), *payments(months=["2025-04", "2025-05"]))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)
    assert "the payer changed in the look-back" in found.explanation.en
    assert RIVAL.name in found.explanation.zh


def test_a_change_of_employer_is_graver_where_the_bidder_paid_every_month_late() -> None:
    before = payments(RIVAL, ["2025-03", "2025-04"])
    late = finding(E101, *before, a_payment(paid_on="2025-07-01"))
    assert (late.outcome, late.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert "2025-07-01" in late.explanation.zh
    assert finding(E101, *before, a_payment(paid_on="2025-06-30")).severity is Severity.LOW


def test_a_change_of_employer_is_graver_where_a_rival_of_the_lot_paid_before() -> None:
    beside_the_rival = an_appointment(rivals=(RIVAL.uscc,))
    found = finding(E101, beside_the_rival, *payments(RIVAL, ["2025-03"]), *payments(months=["2025-04", "2025-05"]))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)


def test_an_earlier_month_of_another_scheme_does_not_make_a_change() -> None:
    found = finding(E101, a_payment(), a_payment(payer=RIVAL, month="2025-03", scheme="medical"))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_an_earlier_branch_or_agent_is_not_another_employer() -> None:
    found = finding(E101, *payments(BRANCH, ["2025-03"]), *payments(AGENT, ["2025-04"]), a_payment())
    assert found.outcome is FindingOutcome.CONSISTENT


@pytest.mark.parametrize(
    ("month", "outcome"),
    [
        ("2025-02", FindingOutcome.NO_EVIDENCE),
        ("2025-03", FindingOutcome.MISMATCH),
        ("2025-05", FindingOutcome.MISMATCH),
        ("2025-06", FindingOutcome.NO_EVIDENCE),
    ],
)
def test_only_the_months_of_the_lookback_count(month: str, outcome: FindingOutcome) -> None:
    assert finding(E101, a_payment(payer=RIVAL, month=month)).outcome is outcome


def test_the_day_of_the_opening_is_that_of_shanghai() -> None:
    just_july = an_appointment(opened_at="2025-06-30T16:00:00Z")
    assert finding(E101, just_july, a_payment(payer=RIVAL, month="2025-06")).outcome is FindingOutcome.MISMATCH
    still_june = an_appointment(opened_at="2025-06-30T15:59:59Z")
    assert finding(E101, still_june, a_payment(payer=RIVAL, month="2025-06")).outcome is FindingOutcome.NO_EVIDENCE


def test_the_lookback_is_as_long_as_the_jurisdiction_says() -> None:
    found = finding(E101, a_payment(payer=RIVAL, month="2024-12"), policy=Policy(lookback_months=6))
    assert found.outcome is FindingOutcome.MISMATCH


def test_an_exemption_whose_workplace_is_the_registration_employer_exempts() -> None:
    found = finding(E101, *payments(RIVAL), a_registration(), an_exemption())
    assert (found.outcome, found.severity) == (FindingOutcome.EXEMPT, None)


def test_an_exemption_at_a_branch_of_the_registration_employer_exempts() -> None:
    assert finding(E101, *payments(RIVAL), a_registration(), an_exemption(workplace=BRANCH)).outcome is (
        FindingOutcome.EXEMPT
    )


@pytest.mark.parametrize(
    "exemption",
    [
        an_exemption(workplace=THIRD),
        an_exemption(valid_from="2025-06-19"),
        an_exemption(valid_to="2025-06-17"),
        an_exemption(payer=THIRD),
        an_exemption(payer=None),
        an_exemption(ground="retired", payer=None),
        an_exemption(ground="university"),
        an_exemption(ground="ex-military", payer=None),
        an_exemption(ground="other"),
    ],
    ids=[
        "other workplace",
        "not yet valid",
        "no longer valid",
        "another payer",
        "no payer named",
        "retired, and insured by a stranger",
        "not a firm of a university's trades",
        "former military, and insured by a stranger",
        "no deciding authority",
    ],
)
def test_an_exemption_that_does_not_apply_changes_nothing(exemption: FactData) -> None:
    found = finding(E101, *payments(RIVAL), a_registration(), exemption)
    assert found.outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize("dates", [{"valid_from": "2025-06-18"}, {"valid_to": "2025-06-18"}])
def test_an_exemption_valid_on_the_day_of_the_opening_alone_exempts(dates: dict[str, str]) -> None:
    found = finding(E101, *payments(RIVAL), a_registration(), an_exemption(**dates))
    assert found.outcome is FindingOutcome.EXEMPT


def test_a_late_payment_of_the_bidder_clears_and_a_late_one_of_a_rival_accuses() -> None:
    known = payments(RIVAL, ["2025-05"])
    assert finding(E101, *known, a_payment(paid_on="2025-07-20")).outcome is FindingOutcome.CONSISTENT
    april = payments(months=["2025-04"])
    assert finding(E101, *april).outcome is FindingOutcome.CONSISTENT
    assert finding(E101, *april, *known).outcome is FindingOutcome.MISMATCH


def test_a_late_rename_clears() -> None:
    old_name = payments(a_firm("广州旧名建设有限公司"))
    assert finding(E101, *old_name).outcome is FindingOutcome.MISMATCH
    assert finding(E101, *old_name, a_renaming()).outcome is FindingOutcome.CONSISTENT


def test_a_rename_between_opening_and_payment_holds_for_the_payment() -> None:
    bidder = an_appointment(bidder=a_firm("广州旧名建设有限公司"))
    new_name = payments(a_firm(BIDDER.name), ["2025-05"], paid_on="2025-07-05")
    assert finding(E101, bidder, *new_name, a_renaming(on="2025-07-01")).outcome is FindingOutcome.CONSISTENT


def test_it_rests_on_the_appointment_and_the_payments_that_decide() -> None:
    found = finding(E101, *payments())
    assert [(ref.id, ref.type.split(".")[1]) for ref in found.facts] == [
        ("0001", "lead-appointed"),
        ("0004", "insurance-paid"),
    ]


def test_the_lead_of_a_consortium_is_insured_by_its_leader_or_by_any_member_where_policy_says_so() -> None:
    together = an_appointment(consortium=(BIDDER, RIVAL))
    any_member = Policy(consortium_leads="any")
    assert finding(E101, together, *payments()).outcome is FindingOutcome.CONSISTENT
    assert finding(E101, together, *payments(RIVAL)).outcome is FindingOutcome.MISMATCH
    assert finding(E101, together, *payments(RIVAL), policy=any_member).outcome is FindingOutcome.CONSISTENT
    assert finding(E101, together, *payments(THIRD), policy=any_member).outcome is FindingOutcome.MISMATCH


def test_a_consortium_that_bids_under_a_joint_name_is_taken_apart() -> None:
    joint = an_appointment(bidder=Org(name=f"{BIDDER.name}、{RIVAL.name}联合体"))
    assert finding(E101, joint, *payments()).outcome is FindingOutcome.CONSISTENT
    assert finding(E101, joint, *payments(THIRD)).outcome is FindingOutcome.MISMATCH
    assert finding("E108", joint, a_registration()).outcome is FindingOutcome.CONSISTENT
