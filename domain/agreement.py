"""Whether payer, registration employer and bidder agree, judged by the jurisdiction's policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.employers import CLOSENESS, EmployerMatch, Outcome
from domain.evidence import AppointmentCase
from domain.evidence.payments import Payment, current_payments, deciding_payments
from domain.evidence.registrations import Registration
from domain.facts.fact import Org
from domain.policy import Policy
from domain.rule import FindingOutcome

AGENT_RULE: Final = "agent"
"""The employer comparison's reason where the payer is an agent 人力资源代理."""

_TREATED_AS: Final = {
    "accept": FindingOutcome.CONSISTENT,
    "look": FindingOutcome.SUSPECT,
    "refuse": FindingOutcome.MISMATCH,
}
_OUTCOMES: Final = (FindingOutcome.CONSISTENT, FindingOutcome.SUSPECT, FindingOutcome.MISMATCH)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The result of comparing ``left`` with ``right``.

    ``outcome`` is consistent, suspect or mismatch. ``payment`` is set where ``left`` is a payer.
    """

    outcome: FindingOutcome
    match: EmployerMatch
    left: Org
    right: Org
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class PayerJudgement:
    """What the deciding scheme says about the bidder as payer.

    ``payment`` is the current payment that agrees best. ``changed`` are payments of other employers
    for earlier look-back months, where the current payer agrees. ``grave``: there the bidder paid
    every month late, or the other employer is a rival of the lot.
    """

    agreement: Agreement
    payment: Payment
    current: tuple[Payment, ...]
    changed: tuple[Payment, ...]
    grave: bool = False

    @property
    def outcome(self) -> FindingOutcome:
        return FindingOutcome.SUSPECT if self.changed else self.agreement.outcome


def payer_agreement(case: AppointmentCase, payment: Payment, employer: Org) -> Agreement:
    """The payer of ``payment`` compared with ``employer``, with the policy on branches and agents."""
    # A rename counts from its day on. A payment made after the opening names the payer as it was
    # called on the day of the payment, so the later of the two days decides which renames count.
    match = case.compare(payment.payer, employer, on=max(case.opened_on, payment.paid_on))
    return Agreement(_payer_outcome(match, case.policy), match, payment.payer, employer, payment)


def bidder_agreement(case: AppointmentCase, payment: Payment) -> Agreement:
    """The payer compared with the bidder, or with the firm of the consortium that is closest."""
    match = case.compare_to_bidder(payment.payer, on=max(case.opened_on, payment.paid_on))
    return Agreement(_payer_outcome(match, case.policy), match, payment.payer, case.bidder, payment)


def registration_agreement(case: AppointmentCase, registration: Registration) -> Agreement:
    """The registration employer compared with the bidder; the policy on payers does not apply."""
    match = case.compare_to_bidder(registration.employer)
    return Agreement(_plain_outcome(match), match, registration.employer, case.bidder)


def best(agreements: Iterable[Agreement]) -> Agreement:
    """The agreement that speaks most for the lead; ties are broken by scheme and names."""
    return min(agreements, key=_order_for_the_lead)


def judge_payer(case: AppointmentCase, payments: tuple[Payment, ...]) -> PayerJudgement | None:
    """Compare the current payer in ``payments`` with the bidder; None without a payment of a deciding scheme."""
    deciding = deciding_payments(payments)
    current = current_payments(payments)
    if not current:
        return None
    agreement = best(bidder_agreement(case, payment) for payment in current)
    payment = agreement.payment
    assert payment is not None
    changed: tuple[Payment, ...] = ()
    if agreement.outcome is FindingOutcome.CONSISTENT:
        earlier = [other for other in deciding if other.month < payment.month]
        changed = tuple(other for other in earlier if _to_bidder(case, other) is FindingOutcome.MISMATCH)
    return PayerJudgement(agreement, payment, current, changed, grave=_is_grave(case, deciding, changed))


def _is_grave(case: AppointmentCase, deciding: Iterable[Payment], changed: Iterable[Payment]) -> bool:
    """Another employer paid before, and it is a rival, or the bidder paid nothing in time."""
    others = tuple(changed)
    if not others:
        return False
    by_bidder = [payment for payment in deciding if _to_bidder(case, payment) is FindingOutcome.CONSISTENT]
    return all(map(case.paid_late, by_bidder)) or any(
        payment.payer.key in case.appointment.rivals for payment in others
    )


def _to_bidder(case: AppointmentCase, payment: Payment) -> FindingOutcome:
    return bidder_agreement(case, payment).outcome


def _payer_outcome(match: EmployerMatch, policy: Policy) -> FindingOutcome:
    if match.outcome is Outcome.BRANCH_OR_GROUP:
        return _TREATED_AS[policy.branch_payers]
    if match.outcome is Outcome.UNKNOWN and match.rule == AGENT_RULE:
        return _TREATED_AS[policy.agent_payers]
    return _plain_outcome(match)


def _plain_outcome(match: EmployerMatch) -> FindingOutcome:
    if match.outcome is Outcome.SAME:
        return FindingOutcome.CONSISTENT
    return FindingOutcome.MISMATCH if match.outcome is Outcome.DIFFERENT else FindingOutcome.SUSPECT


def _order_for_the_lead(agreement: Agreement) -> tuple[object, ...]:
    left, right = agreement.left, agreement.right
    # Names and keys come last to make the order total: the finding must not depend on the order in
    # which the facts arrived.
    return (
        _OUTCOMES.index(agreement.outcome),
        CLOSENESS.index(agreement.match.outcome),
        agreement.payment.scheme_rank if agreement.payment else 0,
        left.key,
        left.name,
        right.key,
        right.name,
        agreement.match.rule,
    )
