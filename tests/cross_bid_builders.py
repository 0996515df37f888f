"""Lots, their bids and who insures whose leads, as facts and as cases."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from domain.employers import NO_RENAMES, Renames
from domain.evidence import RecordedFact
from domain.evidence.lot import InsuredLeadCase, LotCase, insured_lead_cases, lot_case
from domain.evidence.payer import PayerCase, payer_cases
from domain.facts.bidding import Bid, StaffMember
from domain.facts.employers import EmployerRenamed
from domain.facts.fact import Org, Person
from domain.facts.insurance import LeadInsured
from domain.follow_ups.insured_leads import standing_statements
from domain.policy import Policy, PolicyBook
from domain.rule import Finding, judge
from tests.builders import BIDDER, LEAD, RIVAL, a_bid, a_bid_opening, a_firm, in_order, recorded

_statements = count(1)


def person(number: int) -> Person:
    return Person(person_id=f"{number:064x}")


def firm(number: int) -> Org:
    """A firm like no other, with a code; the same for the same number."""
    trade = "".join(chr(0x7532 + int(digit)) for digit in f"{number:04d}")
    return a_firm(f"深圳{trade}建设工程有限公司", 100 + number)


def bids(*prices: str | None, **given: Any) -> tuple[Bid, ...]:
    """A bid of a firm of its own, with a lead of its own, for each price."""
    return tuple(
        a_bid(bidder=firm(number), person=person(number), price=price, **given)
        for number, price in enumerate(prices, 1)
    )


def staff(*people: Person) -> tuple[StaffMember, ...]:
    return tuple(StaffMember(person=each, role="安全员") for each in people)


def a_lot(*bids: Bid, policy: Policy | None = None, **given: Any) -> LotCase:
    case = lot_case(in_order([a_bid_opening(bids=bids, **given)]), policies=PolicyBook(default=policy or Policy()))
    assert case is not None
    return case


def lot_findings(code: str, *bids: Bid, policy: Policy | None = None) -> list[Finding]:
    """What one rule says about a lot with these bids."""
    return [finding for finding in judge(a_lot(*bids, policy=policy)) if finding.rule == code]


def a_statement(**given: Any) -> LeadInsured:
    """``RIVAL`` insures the default lead of the default bidder."""
    number = next(_statements)
    return LeadInsured(
        **{
            "tender_id": "T-2025-001",
            "lot_id": "1",
            "person": LEAD,
            "bidder": BIDDER,
            "payer": RIVAL,
            "relation": "different",
            "jurisdiction": "440100",
            "title": "测试路改造工程",
            "opened_at": "2025-06-18T09:30:00+08:00",
            "appointed": f"appointed-{number}",
            "statement": f"statement-{number:04d}",
            **given,
        }
    )


def said(statement: LeadInsured) -> RecordedFact:
    """As recorded."""
    return recorded(statement, id=statement.statement if statement.turn == 0 else f"{statement.statement}/turn")


def supplied(payer: Org, *bidders: Org, on: str = "2025-06-18", **given: Any) -> tuple[LeadInsured, ...]:
    """A lead of his own for each bidder."""
    at = f"{on}T09:30:00+08:00"
    return tuple(
        a_statement(payer=payer, bidder=bidder, person=person(next(_statements)), opened_at=at, **given)
        for bidder in bidders
    )


def payers(
    *statements: LeadInsured, policy: Policy | None = None, renamed: Iterable[EmployerRenamed] = ()
) -> tuple[PayerCase, ...]:
    renames = Renames.of(renamed) if renamed else NO_RENAMES
    facts = standing_statements(map(said, statements))
    return payer_cases(facts, renames, policies=PolicyBook(default=policy or Policy()))


def payer_findings(*statements: LeadInsured, **given: Any) -> list[Finding]:
    """What T403 says about every payer named."""
    return [finding for case in payers(*statements, **given) for finding in judge(case)]


def insured_leads(
    lot: LotCase, *statements: LeadInsured, renamed: Iterable[EmployerRenamed] = ()
) -> tuple[InsuredLeadCase, ...]:
    renames = Renames.of(renamed) if renamed else NO_RENAMES
    return insured_lead_cases(lot, standing_statements(map(said, statements)), renames)
