"""The follow-ups of an appointment whose lead another organisation insures: messages to payer and lot.

Only such leads cost a message. A lead insured by the bidder, or lawfully by another, causes none.
Unlike a bid opening, such evidence may become true again: a later month shows another payer, and a
correction removes it. So a statement is taken back and made again by further messages
(docs/decisions/0015). Findings rest on the first message of a statement, which is the same in
whatever order the evidence arrived.

The payer is told of whom it insures, and the lot also for which month and scheme: another month is
another statement there (docs/decisions/0040).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from domain.employers import Outcome
from domain.employers.agents import is_agent
from domain.evidence import AppointmentCase, Horizon, RecordedFact, StaffCase, case_subject
from domain.evidence.payments import Payment
from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData
from domain.facts.insurance import LeadInsured
from domain.follow_ups.follow_up import FollowUp, follow_up_id


def standing_statements(facts: Iterable[RecordedFact]) -> tuple[RecordedFact, ...]:
    """The first message of each statement that stands, sorted by source and id."""
    # Messages alternate between making and taking back, so an odd number means that it stands. Where
    # the first message is missing, the rest has not arrived in this shard yet, and nothing counts.
    by_statement = _messages(facts).values()
    first = (messages[0] for messages in by_statement if len(messages) % 2 and _data(messages[0]).turn == 0)
    return tuple(sorted(first, key=lambda fact: fact.identity))


def statements_about(case: AppointmentCase) -> Iterator[FollowUp]:
    """What is to be said first of the payers of a lead."""
    return (_first(case, statement, payment) for statement, payment in _wanted(case))


def outstanding(
    subject: str, case: AppointmentCase | None, person_facts: Iterable[RecordedFact]
) -> tuple[FollowUp, ...]:
    """The messages still to be sent about one appointment, whose case has this ``subject``.

    ``case`` is None where the appointment was retracted. ``person_facts`` are all facts recorded about
    the person, earlier statements and corrections included; those that cannot concern the
    appointment may be left out. The time of a message is that of the last fact it may follow from.
    """
    facts = tuple(person_facts)
    wanted = {statement.statement: (statement, payment) for statement, payment in (_wanted(case) if case else ())}
    sent = _messages(
        fact for fact in facts if isinstance(fact.data, LeadInsured) and case_subject(fact.data) == subject
    )
    new = [_first(case, *wanted[identity]) for identity in wanted if case and identity not in sent]
    changed = [messages for identity, messages in sent.items() if (identity in wanted) != bool(len(messages) % 2)]
    return (*new, *(_next(messages, facts, _concerning(case)) for messages in changed))


def _wanted(case: AppointmentCase) -> Iterator[tuple[LeadInsured, Payment]]:
    """The statements about each current payer; none where one of them is the bidder or the lead is exempt."""
    # Whoever insures the staff of a bid supplies no lead.
    if isinstance(case, StaffCase) or case.exemption:
        return
    relations = [(payment, _relation(case, payment)) for payment in case.current_payments]
    if any(relation is Outcome.SAME for _, relation in relations):
        return
    for payment, relation in relations:
        if not (case.policy.agent_payers == "accept" and is_agent(payment.payer)):
            yield _statement(case, payment, relation), payment
            yield _statement(case, payment, relation, scheme=payment.scheme, month=payment.month), payment


def _relation(case: AppointmentCase, payment: Payment) -> Outcome:
    return case.compare_to_bidder(payment.payer, on=max(case.opened_on, payment.paid_on)).outcome


def _statement(case: AppointmentCase, payment: Payment, relation: Outcome, **paid: str) -> LeadInsured:
    """The statement about a payer; with ``paid``, scheme and month, the one for the lot alone."""
    appointment, payer = case.appointment, payment.payer
    # Without them the id follows from payer and relation alone, so that the next month's payment by the same
    # payer makes no new statement to it. Some payers insure thousands.
    content = "".join((payer.model_dump_json(), relation, *paid.values()))
    digest = blake2b(content.encode(), digest_size=16).hexdigest()
    data: dict[str, Any] = {
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
        "statement": follow_up_id(case.appointed, f"payer/{digest}"),
        **paid,
    }
    return LeadInsured(**data)


def _first(case: AppointmentCase, statement: LeadInsured, payment: Payment) -> FollowUp:
    causes = payment.fact, case.appointed
    known = [fact.fact.recordedtime for fact in causes if fact.fact.recordedtime is not None]
    return FollowUp(statement.statement, statement, _latest(causes), max(known) if len(known) == len(causes) else None)


def _concerning(case: AppointmentCase | None) -> Callable[[FactData], bool]:
    """Whether a fact may have changed the statements; without a case, only a correction may."""
    if case is None:
        return lambda data: isinstance(data, FactCorrected)
    return Horizon.of(case.appointment, case.policy).holds


def _next(
    messages: Sequence[RecordedFact], facts: Iterable[RecordedFact], concerns: Callable[[FactData], bool]
) -> FollowUp:
    """The next message of a statement: it takes the statement back, or makes it again."""
    turn = len(messages)
    cause = _latest(fact for fact in facts if concerns(fact.data))
    data = _data(messages[0]).model_copy(update={"turn": turn})
    return FollowUp(follow_up_id(messages[0], f"turn/{turn}"), data, cause, cause.fact.recordedtime)


def _latest(facts: Iterable[RecordedFact]) -> RecordedFact:
    return max(facts, key=lambda fact: fact.position)


def _messages(facts: Iterable[RecordedFact]) -> dict[str, list[RecordedFact]]:
    """The messages of each statement, sorted by ``turn``."""
    by_turn: defaultdict[str, dict[int, RecordedFact]] = defaultdict(dict)
    for fact in facts:
        if isinstance(fact.data, LeadInsured):
            by_turn[fact.data.statement][fact.data.turn] = fact
    return {statement: [messages[turn] for turn in sorted(messages)] for statement, messages in by_turn.items()}


def _data(fact: RecordedFact) -> LeadInsured:
    assert isinstance(fact.data, LeadInsured)
    return fact.data
