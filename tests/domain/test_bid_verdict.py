"""One word for each bid: the gravest that any rule found, and ``unknown`` where none had evidence."""

import pytest

from domain.bid_verdict import BidVerdict, bid_verdicts
from domain.facts.fact import FactData
from domain.rule import Finding, FindingOutcome, Severity, judge
from tests.builders import (
    RIVAL,
    a_bid_opening,
    a_case,
    a_licence,
    a_registration,
    a_safety_certificate,
    an_exemption,
    payments,
)
from tests.domain.rules.test_lead_not_identified import an_opening, an_unread, without_lead

SOUND = (*payments(), a_registration(), a_licence(), a_safety_certificate())


def verdict_on(*facts: FactData) -> BidVerdict:
    case = a_case(*facts)
    (verdict,) = bid_verdicts([(case, judge(case))])
    return verdict


def from_outcomes(*outcomes: FindingOutcome) -> BidVerdict:
    case, (model, *_) = a_case(), judge(a_case(*SOUND))
    findings = [
        Finding(f"R{number}", 1, model.subject, outcome, Severity.LOW, (), model.explanation)
        for number, outcome in enumerate(outcomes)
    ]
    (verdict,) = bid_verdicts([(case, findings)])
    return verdict


def test_a_lead_who_belongs_to_the_bidder_is_consistent_by_the_rules_that_compared() -> None:
    verdict = verdict_on(*SOUND)
    assert verdict.verdict == "consistent"
    assert {"E101", "E102", "E108"} <= set(verdict.rules)


def test_a_lead_whom_a_rival_insures_is_a_mismatch_by_every_rule_that_raised_a_clue() -> None:
    verdict = verdict_on(*payments(RIVAL), *SOUND[3:])
    assert (verdict.verdict, verdict.rules) == ("mismatch", ("E101", "E102"))


def test_an_exemption_counts_as_consistent() -> None:
    assert verdict_on(*payments(RIVAL), an_exemption(), *SOUND[3:]).verdict == "consistent"


@pytest.mark.parametrize(
    ("outcomes", "verdict", "rules"),
    [
        ("no_evidence no_evidence", "unknown", ()),
        ("no_evidence consistent", "consistent", ("R1",)),
        ("exempt no_evidence", "consistent", ("R0",)),
        ("consistent suspect", "suspect", ("R1",)),
        ("suspect mismatch consistent", "mismatch", ("R0", "R1")),
    ],
)
def test_the_gravest_finding_decides(outcomes: str, verdict: str, rules: tuple[str, ...]) -> None:
    said = from_outcomes(*(FindingOutcome(outcome) for outcome in outcomes.split()))
    assert (said.verdict, said.rules) == (verdict, rules)


def test_a_bid_without_identified_lead_is_suspect_and_names_nobody() -> None:
    (verdict,) = bid_verdicts((case, judge(case)) for case in without_lead(an_opening()))
    assert (verdict.bidder, verdict.person_id, verdict.verdict, verdict.rules) == (
        RIVAL.name,
        None,
        "suspect",
        ("D904",),
    )


def test_a_bid_of_which_nothing_can_be_read_names_no_bidder() -> None:
    opening = a_bid_opening(unread=(an_unread("", ("bidder.name", "missing")),))
    (verdict,) = bid_verdicts((case, judge(case)) for case in without_lead(opening))
    assert (verdict.bidder, verdict.verdict) == (None, "suspect")
