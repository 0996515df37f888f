"""Social-insurance payments 社保缴纳 of the look-back months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.evidence.recorded import RecordedFact
from domain.facts.fact import Org
from domain.facts.insurance import InsurancePaid

SCHEMES: tuple[str, ...] = ("pension", "medical", "unemployment", "injury", "maternity", "housing-fund")
"""The schemes in the order in which they decide. Pension comes first; the order of the others only breaks ties."""
_SCHEME_RANKS = {scheme: rank for rank, scheme in enumerate(SCHEMES)}


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment: ``payer`` paid ``scheme`` for ``month`` (``YYYY-MM``) on ``paid_on``."""

    payer: Org
    month: str
    scheme: str
    paid_on: date
    fact: RecordedFact

    @property
    def scheme_rank(self) -> int:
        return _SCHEME_RANKS[self.scheme]


def fold_payments(facts: Iterable[RecordedFact]) -> tuple[Payment, ...]:
    """All payments, sorted by month, scheme and content."""
    payments = [
        Payment(data.payer, data.month, data.scheme, data.paid_on, fact)
        for fact in facts
        if isinstance(data := fact.data, InsurancePaid)
    ]
    return tuple(sorted(payments, key=_order))


def current_payments(payments: Iterable[Payment]) -> tuple[Payment, ...]:
    """The payments for the latest month that has any: those for pension, else those for all other schemes."""
    payments = tuple(payments)
    latest = max((payment.month for payment in payments), default=None)
    current = tuple(payment for payment in payments if payment.month == latest)
    pension = tuple(payment for payment in current if payment.scheme == "pension")
    return pension or current


def _order(payment: Payment) -> tuple[str, int, str, str, date, tuple[str, str]]:
    return (
        payment.month,
        payment.scheme_rank,
        payment.payer.key,
        payment.payer.name,
        payment.paid_on,
        payment.fact.identity,
    )
