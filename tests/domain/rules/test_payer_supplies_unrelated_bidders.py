"""T403: one payer supplies leads to three or more unrelated bidders in twelve months."""

import pytest

from domain.facts.fact import Org
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import BIDDER, BRANCH, RIVAL, THIRD, a_firm, a_renaming
from tests.cross_bid_builders import firm, payer_findings, payers, supplied

BROKER = a_firm("广州中间人科技有限公司", 77)
AGENT = a_firm("广州众才人力资源服务有限公司", 78)


def test_three_unrelated_bidders_are_a_mismatch_of_high_severity() -> None:
    (found,) = payer_findings(*supplied(BROKER, BIDDER, RIVAL, THIRD))
    assert (found.rule, found.outcome, found.severity) == ("T403", FindingOutcome.MISMATCH, Severity.HIGH)
    assert (found.subject, found.discriminator) == (f"org:{BROKER.uscc}", "")
    assert len(found.facts) == 3
    assert all(bidder.name in found.explanation.zh for bidder in (BROKER, BIDDER, RIVAL, THIRD))
    assert "3 leads of 3 unrelated bidders" in found.explanation.en


def test_two_bidders_say_nothing_however_many_leads_they_have() -> None:
    assert payer_findings(*supplied(BROKER, *[BIDDER, RIVAL] * 4)) == []


@pytest.mark.parametrize(("last", "rings"), [("2025-06-18", 1), ("2025-06-19", 0)])
def test_the_twelve_months_hold_both_ends(last: str, rings: int) -> None:
    spread = (
        *supplied(BROKER, BIDDER, on="2024-06-18"),
        *supplied(BROKER, RIVAL, on="2025-01-10"),
        *supplied(BROKER, THIRD, on=last),
    )
    assert len(payer_findings(*spread)) == rings


def test_the_window_slides_and_the_largest_is_reported() -> None:
    early = supplied(BROKER, firm(1), firm(2), firm(3), on="2023-03-01")
    late = supplied(BROKER, firm(4), firm(5), firm(6), firm(7), on="2025-03-01")
    (found,) = payer_findings(*early, *late)
    assert "on 2025-03-01" in found.explanation.en
    assert len(found.facts) == 4


def test_of_windows_as_large_the_earliest_is_reported() -> None:
    first = (*supplied(BROKER, firm(1), firm(2), firm(3), on="2025-03-01"), *supplied(BROKER, firm(1), on="2025-04-01"))
    (found,) = payer_findings(*first)
    assert "on 2025-03-01" in found.explanation.en


@pytest.mark.parametrize(
    "related",
    [
        BRANCH,
        a_firm("广州宏图建设工程集团有限公司", 41),
        Org(name="广州宏途建设工程有限公司"),
        Org(name=BIDDER.name),
        Org(name="—"),
    ],
    ids=["branch", "group", "homophone", "same without a code", "unreadable"],
)
def test_bidders_that_may_belong_together_count_once(related: Org) -> None:
    assert payer_findings(*supplied(BROKER, BIDDER, related, RIVAL)) == []
    assert len(payer_findings(*supplied(BROKER, BIDDER, related, RIVAL, THIRD))) == 1


def test_those_related_through_another_count_once() -> None:
    parent = a_firm("广州宏图集团有限公司", 51)
    daughters = [a_firm(f"广州宏图集团{trade}有限公司", 52 + n) for n, trade in enumerate(("路桥工程", "市政工程"))]
    assert len(payer_findings(*supplied(BROKER, *daughters, RIVAL))) == 1
    assert payer_findings(*supplied(BROKER, parent, *daughters, RIVAL)) == []


@pytest.mark.parametrize("relation", ["branch_or_group", "probably_same", "unknown"])
def test_a_bidder_that_may_be_the_payers_own_is_not_supplied(relation: str) -> None:
    own = supplied(BROKER, THIRD, relation=relation)
    assert payer_findings(*supplied(BROKER, BIDDER, RIVAL), *own) == []


def test_an_agent_is_reported_apart_as_a_suspicion_of_low_severity() -> None:
    statements = (*supplied(AGENT, BIDDER, RIVAL), *supplied(AGENT, THIRD, relation="unknown"))
    (found,) = payer_findings(*statements)
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)
    assert found.discriminator == "agent"
    assert "agent" in found.explanation.en
    assert payer_findings(*statements[:2]) == []


def test_a_payer_named_without_its_code_is_the_one_with_that_name() -> None:
    by_name = a_firm(BROKER.name)
    (found,) = payer_findings(*supplied(BROKER, BIDDER, RIVAL), *supplied(by_name, THIRD))
    assert found.subject == f"org:{BROKER.uscc}"


def test_a_name_that_two_firms_bear_is_neither() -> None:
    namesake = a_firm(BROKER.name, 79)
    statements = (*supplied(BROKER, BIDDER), *supplied(namesake, RIVAL), *supplied(a_firm(BROKER.name), THIRD))
    assert len(payers(*statements)) == 3
    assert payer_findings(*statements) == []


def test_a_late_lead_raises_it_and_one_taken_back_withdraws_it() -> None:
    known, (late,) = supplied(BROKER, BIDDER, RIVAL), supplied(BROKER, THIRD)
    assert payer_findings(*known) == []
    assert len(payer_findings(*known, late)) == 1
    assert payer_findings(*known, late, late.model_copy(update={"turn": 1})) == []


def test_a_rename_learned_late_makes_two_bidders_one() -> None:
    statements = supplied(BROKER, BIDDER, RIVAL, a_firm("广州旧名建设有限公司"))
    assert len(payer_findings(*statements)) == 1
    assert payer_findings(*statements, renamed=[a_renaming()]) == []


def test_a_rename_learned_late_makes_two_payers_one() -> None:
    statements = (*supplied(BROKER, BIDDER, RIVAL), *supplied(a_firm("广州旧中间人有限公司"), THIRD))
    assert payer_findings(*statements) == []
    renaming = a_renaming(uscc=BROKER.uscc, old_name="广州旧中间人有限公司", new_name=BROKER.name)
    assert len(payer_findings(*statements, renamed=[renaming])) == 1


def test_thresholds_are_the_jurisdictions_and_are_recorded() -> None:
    two = Policy(thresholds={"T403": {"fewest_bidders": 2}})
    (found,) = payer_findings(*supplied(BROKER, BIDDER, RIVAL), policy=two)
    assert found.thresholds == (("fewest_bidders", "2"), ("window_months", "12"))


def test_many_bidders_are_counted_and_eight_are_named() -> None:
    (found,) = payer_findings(*supplied(BROKER, *map(firm, range(1, 13))))
    assert "12 unrelated bidders" in found.explanation.en
    assert found.explanation.zh.count("“") == 1 + 8
