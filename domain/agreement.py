"""Whether payer, registration employer and bidder agree, judged by the jurisdiction's policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.employers import EmployerMatch, Outcome
from domain.evidence import AppointmentCase
from domain.evidence.payments import Payment, current_payments
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
_CLOSENESS: Final = (
    Outcome.SAME,
    Outcome.PROBABLY_SAME,
    Outcome.BRANCH_OR_GROUP,
    Outcome.UNKNOWN,
    Outcome.DIFFERENT,
)


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
    """Whether the bidder paid the lead's insurance in the look-back months.

    ``payment`` is the current payment that speaks most for the lead, and ``agreement`` compares its
    payer with the bidder. ``changed`` are payments of the same scheme for earlier months by another
    employer; it is empty unless the current payer agrees.
    """

    agreement: Agreement
    payment: Payment
    current: tuple[Payment, ...]
    changed: tuple[Payment, ...]

    @property
    def outcome(self) -> FindingOutcome:
        return FindingOutcome.SUSPECT if self.changed else self.agreement.outcome


def payer_agreement(case: AppointmentCase, payment: Payment, employer: Org) -> Agreement:
    """The payer of ``payment`` compared with ``employer``, with the policy on branches and agents."""
    # A rename counts from its day on. A payment made after the opening names the payer as it was
    # called on the day of the payment, so the later of the two days decides which renames count.
    match = case.compare(payment.payer, employer, on=max(case.opened_on, payment.paid_on))
    return Agreement(_payer_outcome(match, case.policy), match, payment.payer, employer, payment)


def registration_agreement(case: AppointmentCase, registration: Registration) -> Agreement:
    """The registration employer compared with the bidder; the policy on payers does not apply."""
    match = case.compare(registration.employer, case.bidder)
    return Agreement(_plain_outcome(match), match, registration.employer, case.bidder)


def best(agreements: Iterable[Agreement]) -> Agreement:
    """The agreement that speaks most for the lead; ties are broken by scheme and names."""
    return min(agreements, key=_order_for_the_lead)


def judge_payer(case: AppointmentCase, payments: tuple[Payment, ...]) -> PayerJudgement | None:
    """Compare the current payer in ``payments`` with the bidder; None where there is no payment."""
    current = current_payments(payments)
    if not current:
        return None
    agreement = best(payer_agreement(case, payment, case.bidder) for payment in current)
    payment = agreement.payment
    assert payment is not None
    changed: tuple[Payment, ...] = ()
    if agreement.outcome is FindingOutcome.CONSISTENT:
        changed = tuple(earlier for earlier in payments if _by_another_employer(case, payment, earlier))
    return PayerJudgement(agreement, payment, current, changed)


def _by_another_employer(case: AppointmentCase, current: Payment, earlier: Payment) -> bool:
    return (
        earlier.month < current.month
        and earlier.scheme == current.scheme
        and payer_agreement(case, earlier, case.bidder).outcome is FindingOutcome.MISMATCH
    )


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
        _CLOSENESS.index(agreement.match.outcome),
        agreement.payment.scheme_rank if agreement.payment else 0,
        left.key,
        left.name,
        right.key,
        right.name,
        agreement.match.rule,
    )
