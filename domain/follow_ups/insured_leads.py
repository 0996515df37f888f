"""Leads whom another organisation than their bidder insures: what its payer and the lot are told.

Only such leads cost a message; of a lead insured by the bidder, or lawfully by another, nothing
is said. Unlike a bid opening, evidence may become true again: a later month shows another payer,
and is corrected away. So a statement is taken back and said again by turns, and whatever is found
rests on the message that said it first, the same in whatever order the evidence arrived.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from domain.employers import Outcome
from domain.employers.agents import is_agent
from domain.evidence import AppointmentCase, Horizon, RecordedFact, case_subject
from domain.evidence.payments import Payment
from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData, Org
from domain.facts.insurance import LeadInsured
from domain.follow_ups.follow_up import FollowUp, follow_up_id
from domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Statements:
    """What is to be said of the payers of one appointment's lead: a case by which nothing is judged."""

    subject: str
    policy: Policy


def said_now(facts: Iterable[RecordedFact]) -> tuple[RecordedFact, ...]:
    """The statements that stand, each by the message that said it first, sorted by source and id."""
    first = (turns[0] for turns in _turns(facts).values() if len(turns) % 2 and _said(turns[0]).turn == 0)
    return tuple(sorted(first, key=lambda fact: fact.identity))


def outstanding(
    subject: str, case: AppointmentCase | None, person_facts: Iterable[RecordedFact]
) -> tuple[FollowUp, ...]:
    """What must be said or taken back about one appointment, by its case's ``subject``.

    There is no ``case`` where the appointment was taken back. ``person_facts`` are what is recorded
    of the person, earlier statements and corrections included; those that cannot concern the
    appointment may be left out. A message happened with the fact that came last of those it may
    follow from.
    """
    facts = tuple(person_facts)
    wanted = {statement.statement: (statement, payment) for statement, payment in (_wanted(case) if case else ())}
    turns = _turns(fact for fact in facts if isinstance(fact.data, LeadInsured) and case_subject(fact.data) == subject)
    new = [_first(case, *wanted[identity]) for identity in wanted if case and identity not in turns]
    changed = [said for identity, said in turns.items() if (identity in wanted) != bool(len(said) % 2)]
    return (*new, *(_next(said, facts, _concerning(case)) for said in changed))


def _wanted(case: AppointmentCase) -> Iterator[tuple[LeadInsured, Payment]]:
    """One statement for each current payer, unless one of them is the bidder or the lead is exempt."""
    if case.exemption:
        return
    relations = [(payment, _relation(case, payment)) for payment in case.current_payments]
    if any(relation is Outcome.SAME for _, relation in relations):
        return
    for payment, relation in relations:
        if not (case.policy.agent_payers == "accept" and is_agent(payment.payer)):
            yield _statement(case, payment.payer, relation), payment


def _relation(case: AppointmentCase, payment: Payment) -> Outcome:
    return case.compare(payment.payer, case.bidder, on=max(case.opened_on, payment.paid_on)).outcome


def _statement(case: AppointmentCase, payer: Org, relation: Outcome) -> LeadInsured:
    appointment = case.appointment
    told = blake2b(f"{payer.model_dump_json()}{relation}".encode(), digest_size=16).hexdigest()
    said: dict[str, Any] = {
        "tender_id": appointment.tender_id,
        "lot_id": appointment.lot_id,
        "person": appointment.person,
        "bidder": appointment.bidder,
        "payer": payer,
        "relation": relation,
        "jurisdiction": appointment.jurisdiction,
        "title": appointment.title,
        "opened_at": appointment.opened_at,
        "appointed": case.appointed.id,
        "statement": follow_up_id(case.appointed, f"payer/{told}"),
    }
    return LeadInsured(**said)


def _first(case: AppointmentCase, statement: LeadInsured, payment: Payment) -> FollowUp:
    causes = payment.fact, case.appointed
    known = [fact.fact.recordedtime for fact in causes if fact.fact.recordedtime is not None]
    return FollowUp(statement.statement, statement, _latest(causes), max(known) if len(known) == len(causes) else None)


def _concerning(case: AppointmentCase | None) -> Callable[[FactData], bool]:
    """Which facts may have changed what is to be said; where there is no case any more, corrections alone."""
    if case is None:
        return lambda data: isinstance(data, FactCorrected)
    return Horizon.of(case.appointment, case.policy).holds


def _next(
    said: Sequence[RecordedFact], facts: Iterable[RecordedFact], concerns: Callable[[FactData], bool]
) -> FollowUp:
    turn = len(said)
    cause = _latest(fact for fact in facts if concerns(fact.data))
    data = _said(said[0]).model_copy(update={"turn": turn})
    return FollowUp(follow_up_id(said[0], f"turn/{turn}"), data, cause, cause.fact.recordedtime)


def _latest(facts: Iterable[RecordedFact]) -> RecordedFact:
    return max(facts, key=lambda fact: fact.position)


def _turns(facts: Iterable[RecordedFact]) -> dict[str, list[RecordedFact]]:
    """All messages about each statement, in turn."""
    by_turn: defaultdict[str, dict[int, RecordedFact]] = defaultdict(dict)
    for fact in facts:
        if isinstance(fact.data, LeadInsured):
            by_turn[fact.data.statement][fact.data.turn] = fact
    return {statement: [said[turn] for turn in sorted(said)] for statement, said in by_turn.items()}


def _said(fact: RecordedFact) -> LeadInsured:
    assert isinstance(fact.data, LeadInsured)
    return fact.data
