"""D903: what is known contradicts the ground of an exemption."""

from typing import Any

import pytest

from domain.facts.fact import FactData
from domain.rule import RULEBOOK, FindingOutcome, Severity
from tests.builders import BIDDER, RIVAL, THIRD, a_firm, a_payment, a_registration, an_exemption, finding, payments

D903 = "D903"
SURVEY_FIRM = a_firm("华南理工大学勘察设计院有限公司", 21)
OWN_ACCOUNT = a_firm("个人缴费窗口")


def outcome(*facts: FactData, **granted: Any) -> FindingOutcome:
    return finding(D903, *facts, a_registration(), an_exemption(**granted)).outcome


def test_an_exemption_that_fits_is_consistent_and_none_is_no_evidence() -> None:
    assert outcome(*payments(RIVAL)) is FindingOutcome.CONSISTENT
    assert finding(D903, *payments(RIVAL), a_registration()).outcome is FindingOutcome.NO_EVIDENCE


def test_somebody_too_young_to_have_retired_is_suspect_of_medium_severity_and_told_to_supervisors() -> None:
    granted = an_exemption(ground="retired", payer=None, of_retirement_age=False)
    found = finding(D903, a_registration(), granted)
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert "退休" in found.explanation.zh
    assert RULEBOOK[D903].supervisors_only


@pytest.mark.parametrize("age", [True, None])
def test_who_is_old_enough_or_whose_age_is_not_known_may_have_retired(age: bool | None) -> None:
    assert outcome(ground="retired", payer=None, of_retirement_age=age) is FindingOutcome.CONSISTENT


def test_who_has_retired_is_not_insured_by_a_stranger() -> None:
    assert outcome(*payments(RIVAL), ground="retired", payer=None) is FindingOutcome.SUSPECT
    assert outcome(*payments(BIDDER), ground="retired", payer=None) is FindingOutcome.CONSISTENT
    assert outcome(*payments(RIVAL), ground="retired", payer=RIVAL) is FindingOutcome.CONSISTENT
    assert outcome(*payments(RIVAL, scheme="medical"), ground="retired", payer=None) is FindingOutcome.CONSISTENT


def test_a_public_institution_is_the_payer_it_is_said_to_be() -> None:
    assert outcome(*payments(THIRD)) is FindingOutcome.SUSPECT
    assert outcome(*payments(RIVAL), payer=None) is FindingOutcome.SUSPECT
    assert outcome(*payments(RIVAL, ["2025-03"]), *payments(BIDDER, ["2025-04"])) is FindingOutcome.CONSISTENT


def test_a_university_covers_its_survey_design_supervision_and_cost_firms_only() -> None:
    at_the_firm = a_registration(employer=SURVEY_FIRM), an_exemption(ground="university", workplace=SURVEY_FIRM)
    assert finding(D903, *payments(RIVAL), *at_the_firm).outcome is FindingOutcome.CONSISTENT
    assert outcome(*payments(RIVAL), ground="university") is FindingOutcome.SUSPECT


@pytest.mark.parametrize("ground", ["ex-military", "buy-out"])
def test_former_military_and_bought_out_pay_themselves_or_are_paid_by_the_named(ground: str) -> None:
    assert outcome(ground=ground, payer=None) is FindingOutcome.CONSISTENT
    assert outcome(*payments(OWN_ACCOUNT), ground=ground, payer=None) is FindingOutcome.CONSISTENT
    assert outcome(*payments(RIVAL), ground=ground) is FindingOutcome.CONSISTENT
    assert outcome(*payments(THIRD), ground=ground) is FindingOutcome.SUSPECT


def test_another_ground_names_payer_and_deciding_authority() -> None:
    assert outcome(*payments(RIVAL), ground="other", authority="某省住房和城乡建设厅") is FindingOutcome.CONSISTENT
    assert outcome(*payments(RIVAL), ground="other") is FindingOutcome.SUSPECT


def test_a_workplace_elsewhere_is_suspect_and_where_no_registration_is_known_nothing_follows() -> None:
    assert outcome(workplace=THIRD) is FindingOutcome.SUSPECT
    assert finding(D903, an_exemption(workplace=THIRD)).outcome is not FindingOutcome.SUSPECT


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"valid_to": "2025-06-18"}, FindingOutcome.SUSPECT),
        ({"valid_to": "2025-06-17"}, FindingOutcome.NO_EVIDENCE),
        ({"valid_from": "2025-06-18"}, FindingOutcome.SUSPECT),
        ({"valid_from": "2025-06-19"}, FindingOutcome.NO_EVIDENCE),
    ],
)
def test_only_an_exemption_valid_on_the_day_of_the_opening_is_looked_at(
    dates: dict[str, str], expected: FindingOutcome
) -> None:
    assert outcome(*payments(THIRD), **dates) is expected


def test_another_exemption_that_covers_the_lead_and_a_payment_learned_late_clear() -> None:
    assert outcome(*payments(THIRD)) is FindingOutcome.SUSPECT
    assert outcome(*payments(THIRD), an_exemption(payer=THIRD, document_no="EX-2")) is FindingOutcome.CONSISTENT
    assert outcome(ground="retired", payer=None) is FindingOutcome.CONSISTENT
    assert outcome(a_payment(payer=RIVAL), ground="retired", payer=None) is FindingOutcome.SUSPECT
