"""S504: a special-operations check-in without a valid certificate of that trade."""

import pytest

from domain.rule import FindingOutcome, Severity
from tests.builders import SOMEONE_ELSE, a_licence_change, a_register_closed
from tests.site_builders import an_operators_certificate, checked, site_finding, site_findings

S504 = "S504"
AT_WORK = checked("08-04 08:00", trade="建筑电工")


def test_a_check_in_after_the_certificate_ended_is_a_mismatch() -> None:
    found = site_finding(S504, AT_WORK, an_operators_certificate(valid_to="2025-08-03"))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert "2025-08-04" in found.explanation.zh
    assert "valid only from 2024-01-01 to 2025-08-03" in found.explanation.en
    assert len(found.facts) == 2


@pytest.mark.parametrize("given", [{"valid_to": "2025-08-04"}, {"valid_from": "2025-08-04"}, {"valid_to": None}])
def test_a_certificate_valid_on_that_very_day_is_consistent(given: dict[str, str]) -> None:
    found = site_finding(S504, AT_WORK, an_operators_certificate(**given))
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


def test_a_suspended_certificate_is_a_mismatch() -> None:
    certificate = an_operators_certificate()
    suspended = a_licence_change(**{**certificate.model_dump(), "status": "suspended", "valid_from": "2025-08-01"})
    assert site_finding(S504, AT_WORK, certificate, suspended).outcome is FindingOutcome.MISMATCH


def test_a_certificate_of_another_trade_or_another_person_does_not_help() -> None:
    other_trade = an_operators_certificate(trade="建筑架子工")
    assert site_finding(S504, AT_WORK, other_trade).outcome is FindingOutcome.MISMATCH
    other_person = an_operators_certificate(holder=SOMEONE_ELSE)
    assert site_finding(S504, AT_WORK, other_person).outcome is FindingOutcome.NO_EVIDENCE


def test_the_type_code_may_name_the_trade_and_spelling_does_not_matter() -> None:
    by_code = an_operators_certificate(trade=None, type_code="a01")
    assert site_finding(S504, checked("08-04 08:00", trade="Ａ01 "), by_code).outcome is FindingOutcome.CONSISTENT


def test_a_valid_certificate_that_names_no_trade_is_suspect() -> None:
    found = site_finding(S504, AT_WORK, an_operators_certificate(trade=None))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


@pytest.mark.parametrize("kind", ["special-operations", "certificate-issued"])
def test_nothing_known_is_no_evidence_unless_the_register_is_closed(kind: str) -> None:
    unknown = site_finding(S504, AT_WORK)
    assert unknown.outcome is FindingOutcome.NO_EVIDENCE
    assert "not connected" in unknown.explanation.en
    assert site_finding(S504, AT_WORK, closed=[a_register_closed(kind, "2025-08-03")]).severity is None
    assert site_finding(S504, AT_WORK, closed=[a_register_closed(kind, "2025-08-04")]).severity is Severity.HIGH


def test_the_first_day_of_a_trade_that_is_covered_decides() -> None:
    later = checked("08-20 08:00", trade="建筑电工")
    found = site_finding(S504, AT_WORK, later, closed=[a_register_closed("special-operations", "2025-08-10")])
    assert found.outcome is FindingOutcome.MISMATCH
    assert "2025-08-04" in found.explanation.zh


def test_a_check_in_without_a_trade_says_nothing() -> None:
    assert site_findings(S504, checked("08-04 08:00"), an_operators_certificate(valid_to="2025-01-01")) == []


@pytest.mark.parametrize(
    "role", ["项目负责人", "项目经理", "施工项目负责人", "项目负责人（一级建造师）", "Project lead"]
)
def test_the_role_of_the_lead_is_no_special_operation(role: str) -> None:
    assert (
        site_findings(S504, checked("08-04 08:00", trade=role), an_operators_certificate(valid_to="2025-01-01")) == []
    )


@pytest.mark.parametrize("trade", ["项目副经理", "项目经理助理", "建筑电工"])
def test_other_roles_are_taken_for_trades_as_before(trade: str) -> None:
    assert site_finding(S504, checked("08-04 08:00", trade=trade)).outcome is FindingOutcome.NO_EVIDENCE


def test_there_is_one_finding_per_trade_and_month_about_the_first_of_the_worst_days() -> None:
    days = [checked(f"08-{day:02d} 08:00", trade="建筑电工") for day in (4, 5, 6, 7)]
    certificate = an_operators_certificate(valid_to="2025-08-05")
    others = (checked("08-04 08:00", trade="建筑架子工"), checked("09-01 08:00", trade="建筑电工"))
    found = site_findings(S504, *days, *others, certificate)
    assert {finding.discriminator for finding in found} == {
        "2025-08|建筑电工",
        "2025-08|建筑架子工",
        "2025-09|建筑电工",
    }
    (august,) = (finding for finding in found if finding.discriminator == "2025-08|建筑电工")
    assert "2025-08-06" in august.explanation.zh


def test_a_certificate_learned_late_clears() -> None:
    expired = an_operators_certificate(valid_to="2025-08-01")
    renewed = an_operators_certificate(certificate_no="T-2", valid_from="2025-08-02")
    assert site_finding(S504, AT_WORK, expired).outcome is FindingOutcome.MISMATCH
    assert site_finding(S504, AT_WORK, expired, renewed).outcome is FindingOutcome.CONSISTENT
