"""E109: while the won project runs, another employer pays the lead's pension insurance, or payments stop."""

from datetime import date
from typing import Any

import pytest

from domain.facts.fact import FactData
from domain.facts.insurance import StatedPayment
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BIDDER,
    BRANCH,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_candidacy,
    a_firm,
    a_payment,
    a_registration,
    a_renaming,
    a_statement,
    a_won_case,
    an_appointment,
    an_exemption,
    payments,
    payments_closed,
    won_findings,
)
from tests.site_builders import a_lead_change, a_start, a_stop, an_acceptance

E109 = "E109"
AWARD = a_candidacy(rank=None)
"""The award is announced on 2025-06-25."""
SOUND = (AWARD, a_registration(), *payments())


def accused(*facts: FactData, policy: Policy | None = None) -> list[str]:
    """The months in which another employer paid."""
    found = won_findings(E109, *facts, policy=policy)
    return [each.discriminator for each in found if each.outcome is FindingOutcome.MISMATCH]


def paid_by_another(*months: str, **given: Any) -> tuple[FactData, ...]:
    return payments(THIRD, months, **given)


def test_each_month_after_the_award_paid_by_another_employer_is_a_mismatch_of_medium_severity() -> None:
    found = won_findings(E109, *SOUND, a_start(), *paid_by_another("2025-07", "2025-08"))
    assert [(each.discriminator, each.outcome, each.severity) for each in found] == [
        ("2025-07", FindingOutcome.MISMATCH, Severity.MEDIUM),
        ("2025-08", FindingOutcome.MISMATCH, Severity.MEDIUM),
    ]
    for said in (found[0].explanation.zh, found[0].explanation.en):
        assert all(value in said for value in ("2025-06-18", "2025-06-25", THIRD.name, BIDDER.name))


def test_a_lead_whom_the_bidder_goes_on_insuring_is_not_accused() -> None:
    assert accused(*SOUND, a_start(), *payments(BIDDER, ["2025-07", "2025-08"])) == []


def test_a_bid_that_did_not_win_is_not_looked_at() -> None:
    assert a_won_case(a_candidacy(rank=1), *payments(), *paid_by_another("2025-07")) is None
    assert a_won_case(a_start(contractor=RIVAL), *paid_by_another("2025-07")) is None


def test_a_bidder_that_builds_the_project_has_won_it_although_no_award_was_announced() -> None:
    known = (a_registration(), *payments(), a_start())
    assert accused(*known, *paid_by_another("2025-07", "2025-08")) == ["2025-08"]


def test_the_month_of_the_award_and_the_month_of_acceptance_do_not_count() -> None:
    moved = paid_by_another("2025-06", "2025-07", "2025-08", "2025-09", "2025-10")
    assert accused(*SOUND, a_start(), an_acceptance(on="2025-09-15"), *moved) == ["2025-07", "2025-08"]


@pytest.mark.parametrize(("on", "months"), [("2025-08-31", ["2025-07"]), ("2025-09-01", ["2025-07", "2025-08"])])
def test_a_month_in_which_the_lead_hands_over_with_consent_does_not_count(on: str, months: list[str]) -> None:
    moved = paid_by_another("2025-07", "2025-08", "2025-09")
    assert accused(*SOUND, a_start(), a_lead_change(on=on), *moved) == months


def test_consent_before_the_project_begins_counts_too() -> None:
    assert accused(*SOUND, a_lead_change(on="2025-07-01"), *paid_by_another("2025-07")) == []


def test_who_is_named_as_lead_by_the_project_itself_counts() -> None:
    assert accused(*SOUND, a_start(lead=SOMEONE_ELSE), *paid_by_another("2025-07")) == []


def test_without_a_known_start_three_months_are_looked_at() -> None:
    months = ["2025-07", "2025-08", "2025-09", "2025-10"]
    assert accused(*SOUND, *paid_by_another(*months)) == months[:3]
    assert accused(*SOUND, *paid_by_another(*months), policy=Policy(unstarted_months=1)) == months[:1]


def test_months_are_looked_at_no_longer_than_the_policy_says() -> None:
    months = ["2025-07", "2025-08", "2025-09"]
    assert accused(*SOUND, a_start(), *paid_by_another(*months), policy=Policy(award_months=2)) == months[:2]


def test_a_month_for_which_the_bidder_paid_too_is_consistent() -> None:
    assert accused(*SOUND, a_start(), *paid_by_another("2025-07"), a_payment(month="2025-07")) == []


def test_only_pension_insurance_counts() -> None:
    other = [*paid_by_another("2025-07", scheme="injury"), *paid_by_another("2025-07", scheme="medical")]
    assert accused(*SOUND, a_start(), *other) == []


def test_a_branch_an_agent_and_a_lost_character_accuse_nobody_unless_refused() -> None:
    agent = a_firm("广州众才人力资源服务有限公司", 31)
    assert accused(*SOUND, a_start(), *payments(BRANCH, ["2025-07"]), *payments(agent, ["2025-08"])) == []
    refusing = Policy(agent_payers="refuse")
    assert accused(*SOUND, a_start(), *payments(agent, ["2025-08"]), policy=refusing) == ["2025-08"]
    lossy = a_firm(BIDDER.name.replace("图", "?"))
    assert accused(*SOUND, a_start(), *payments(lossy, ["2025-07"])) == []


def test_a_new_name_of_the_bidder_is_the_bidder() -> None:
    renamed = a_renaming(old_name=BIDDER.name, new_name="广州宏图建设集团有限公司", on="2025-07-10")
    assert accused(*SOUND, a_start(), renamed, *payments(a_firm("广州宏图建设集团有限公司"), ["2025-07"])) == []


def test_where_the_payer_was_another_at_the_opening_already_it_has_not_changed_until_the_bidder_pays() -> None:
    always = (AWARD, a_registration(), a_start(), *payments(THIRD))
    assert accused(*always, *paid_by_another("2025-07", "2025-08")) == []
    back = a_payment(month="2025-07")
    assert accused(*always, back, *paid_by_another("2025-08")) == ["2025-08"]


def test_an_exemption_covers_the_months_in_which_it_is_valid() -> None:
    granted = an_exemption(payer=THIRD, valid_from="2025-08-01")
    found = won_findings(E109, *SOUND, a_start(), granted, *paid_by_another("2025-07", "2025-08"))
    assert [each.outcome for each in found] == [FindingOutcome.MISMATCH, FindingOutcome.EXEMPT]


def test_a_payment_an_acceptance_and_consent_learned_late_clear() -> None:
    known = (*SOUND, a_start(), *paid_by_another("2025-07"))
    assert accused(*known) == ["2025-07"]
    for late in (a_payment(month="2025-07"), an_acceptance(on="2025-07-20"), a_lead_change(on="2025-07-01")):
        assert accused(*known, late) == []


def test_another_lot_of_the_person_says_nothing_about_this_one() -> None:
    elsewhere = a_candidacy(rank=None, tender_id="T-2025-002")
    assert a_won_case(an_appointment(), elsewhere, *paid_by_another("2025-07")) is None


JULY, AUGUST, SEPTEMBER = "2025-07", "2025-08", "2025-09"
CLOSED = payments_closed([JULY, AUGUST])


def test_payments_that_stop_for_two_covered_months_are_a_mismatch_about_the_second_and_each_later_one() -> None:
    found = won_findings(E109, *SOUND, a_start(), *CLOSED)
    assert [(each.discriminator, each.outcome, each.severity) for each in found] == [
        (AUGUST, FindingOutcome.MISMATCH, Severity.MEDIUM)
    ]
    assert len(found[0].facts) == len(("bid", "award", "last payment", *CLOSED))
    for said in (found[0].explanation.zh, found[0].explanation.en):
        assert all(value in said for value in ("2025-06-18", "2025-06-25", BIDDER.name))
    assert accused(*SOUND, a_start(), *CLOSED, *payments_closed([SEPTEMBER])) == [AUGUST, SEPTEMBER]


def test_months_that_nobody_closed_are_no_gap() -> None:
    assert accused(*SOUND, a_start()) == []
    assert accused(*SOUND, a_start(), *payments_closed([JULY])) == []
    assert accused(*SOUND, a_start(), *payments_closed([JULY, SEPTEMBER])) == []
    assert accused(*SOUND, a_start(), *payments_closed([JULY, AUGUST], area="440300")) == []


def test_every_required_area_must_be_closed() -> None:
    both = Policy(required_areas={"insurance-paid": ("city", "440300")})
    assert accused(*SOUND, a_start(), *CLOSED, policy=both) == []
    assert accused(*SOUND, a_start(), *CLOSED, *payments_closed([JULY, AUGUST], area="440300"), policy=both) == [AUGUST]


def test_an_answer_to_an_enquiry_covers_its_months_and_its_payments_count() -> None:
    assert accused(*SOUND, a_start(), a_statement(months=(JULY, AUGUST))) == [AUGUST]
    assert accused(*SOUND, a_start(), a_statement(months=(JULY, AUGUST), person=SOMEONE_ELSE)) == []
    paid = StatedPayment(payer=BIDDER, month=JULY, scheme="pension", paid_on=date(2025, 7, 20))
    assert accused(*SOUND, a_start(), a_statement(months=(JULY, AUGUST), payments=(paid,))) == []
    moved = StatedPayment(payer=THIRD, month=JULY, scheme="pension", paid_on=date(2025, 7, 20))
    assert accused(*SOUND, a_start(), a_statement(months=(JULY, AUGUST), payments=(moved,))) == [JULY]


def test_how_long_a_gap_must_be_is_a_threshold() -> None:
    closed = payments_closed([JULY, AUGUST, SEPTEMBER])
    for gap, months in ((1, [JULY, AUGUST, SEPTEMBER]), (3, [SEPTEMBER]), (4, [])):
        assert accused(*SOUND, a_start(), *closed, policy=Policy(thresholds={E109: {"gap_months": gap}})) == months


@pytest.mark.parametrize(
    "known",
    [
        (a_payment(month=AUGUST),),
        (a_payment(month=JULY, scheme="medical"),),
        (a_payment(month=AUGUST, payer=BRANCH),),
        (an_acceptance(on="2025-08-20"),),
        (a_lead_change(on="2025-08-15"),),
        (a_stop(on="2025-08-03"),),
        (an_exemption(ground="retired", payer=None, valid_from="2025-06-01"),),
    ],
)
def test_a_payment_an_acceptance_a_stop_consent_and_an_exemption_break_a_gap(known: tuple[FactData, ...]) -> None:
    assert accused(*SOUND, a_start(), *CLOSED) == [AUGUST]
    assert accused(*SOUND, a_start(), *CLOSED, *known) == []


def test_injury_insurance_and_the_housing_fund_break_no_gap() -> None:
    other = (a_payment(month=JULY, scheme="injury"), a_payment(month=AUGUST, scheme="housing-fund"))
    assert accused(*SOUND, a_start(), *CLOSED, *other) == [AUGUST]


def test_the_month_of_the_award_is_no_part_of_a_gap() -> None:
    assert accused(*SOUND, a_start(), *payments_closed(["2025-06", JULY])) == []


def test_a_lead_whom_nobody_insured_before_has_not_stopped() -> None:
    assert accused(AWARD, a_registration(), a_start(), *CLOSED) == []
    assert accused(AWARD, a_registration(), a_start(), *CLOSED, a_payment(month="2025-06")) == [AUGUST]


def test_a_lead_whom_another_employer_insured_and_insures_no_more_has_stopped() -> None:
    assert accused(AWARD, a_registration(), a_start(), *payments(THIRD), *CLOSED) == [AUGUST]


def test_only_months_without_a_payment_are_asked_about() -> None:
    paid = a_won_case(*SOUND, *payments(BIDDER, [JULY]))
    assert paid is not None
    assert {ask.period for ask in paid.open_asks} == {AUGUST, SEPTEMBER}
