"""T402: a lead's payer is another bidder of the same lot."""

from typing import Any

import pytest

from domain.facts.fact import Org
from domain.rule import Finding, FindingOutcome, Severity, judge
from tests.builders import BIDDER, LEAD, RIVAL, SOMEONE_ELSE, THIRD, a_bid, a_firm, a_renaming
from tests.cross_bid_builders import a_lot, a_statement, insured_leads, said

LOT = a_lot(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE))


def found(*statements: Any, **given: Any) -> list[Finding]:
    return [finding for case in insured_leads(LOT, *statements, **given) for finding in judge(case)]


def test_a_rival_as_payer_is_a_mismatch_of_high_severity() -> None:
    statement = a_statement(payer=RIVAL)
    (finding,) = found(statement)
    assert (finding.rule, finding.outcome, finding.severity) == ("T402", FindingOutcome.MISMATCH, Severity.HIGH)
    assert finding.subject == f"{LEAD.person_id}|{BIDDER.key}|T-2025-001/1"
    assert BIDDER.name in finding.explanation.zh
    assert RIVAL.name in finding.explanation.en
    assert finding.employer_match is not None
    assert said(statement).id in {fact.id for fact in finding.facts}
    assert len(finding.facts) == 2


def test_a_payer_that_did_not_bid_says_nothing() -> None:
    assert found(a_statement(payer=THIRD)) == []


@pytest.mark.parametrize("payer", [Org(name=RIVAL.name), Org(name=f"单位名称：{RIVAL.name}", aliases=())])
def test_the_rival_is_known_by_its_name_alone(payer: Org) -> None:
    assert len(found(a_statement(payer=payer))) == 1


@pytest.mark.parametrize(
    "payer",
    [Org(name=f"{RIVAL.name}佛山分公司"), Org(name=RIVAL.name.replace("泰和", "泰禾")), Org(name="—")],
    ids=["branch", "homophone", "unreadable"],
)
def test_a_payer_that_is_not_surely_the_rival_accuses_nobody(payer: Org) -> None:
    assert found(a_statement(payer=payer)) == []


def test_a_rename_learned_late_flips_it() -> None:
    former = a_statement(payer=a_firm("深圳旧名市政工程有限公司"))
    assert found(former) == []
    renaming = a_renaming(uscc=RIVAL.uscc, old_name="深圳旧名市政工程有限公司", new_name=RIVAL.name)
    assert len(found(former, renamed=[renaming])) == 1


def test_a_statement_taken_back_says_nothing_and_said_again_says_the_same() -> None:
    statement = a_statement(payer=RIVAL)
    taken_back = statement.model_copy(update={"turn": 1})
    assert found(statement, taken_back) == []
    again = a_statement(**{**statement.model_dump(), "turn": 2})
    facts = [said(statement), said(taken_back), said(again)]
    assert len({fact.identity for fact in facts}) == 2


def test_two_payers_of_one_lead_are_one_finding() -> None:
    statements = (a_statement(payer=RIVAL), a_statement(payer=Org(name=RIVAL.name)), a_statement(payer=THIRD))
    (finding,) = found(*statements)
    assert len(finding.facts) == 3


def test_month_and_scheme_are_named_and_the_message_that_names_them_is_the_evidence() -> None:
    plain, dated = a_statement(), a_statement(scheme="unemployment", month="2025-05")
    (finding,) = found(plain, dated)
    assert "项目负责人2025年5月失业保险由同一标段另一投标人" in finding.explanation.zh
    assert "unemployment insurance for 2025-05 of the lead" in finding.explanation.en
    assert [fact.id for fact in finding.facts][1:] == [said(dated).id]


def test_of_two_months_the_latest_is_named() -> None:
    """In a cluster what takes the former month back may come a moment later."""
    april, may = (a_statement(scheme="pension", month=month) for month in ("2025-04", "2025-05"))
    (finding,) = found(may, april)
    assert "2025年5月养老保险" in finding.explanation.zh
    assert finding.explanation == found(may)[0].explanation
    assert said(april).id not in {fact.id for fact in finding.facts}


def test_a_message_without_a_month_still_accuses_and_names_none() -> None:
    (finding,) = found(a_statement())
    assert "项目负责人社保由同一标段另一投标人" in finding.explanation.zh
    assert "the insurance of the lead" in finding.explanation.en


def test_a_disqualified_rival_counts_too() -> None:
    lot = a_lot(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, disqualified=True))
    ((finding,),) = [judge(case) for case in insured_leads(lot, a_statement())]
    assert finding.rule == "T402"
