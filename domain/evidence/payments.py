"""Social-insurance payments 社保缴纳 of the look-back months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.evidence.recorded import RecordedFact
from domain.facts.fact import Org
from domain.facts.insurance import InsurancePaid, InsuranceStated

DECIDING_SCHEMES: tuple[str, ...] = ("pension", "unemployment", "medical")
"""The schemes that tell who employs a person; the first of them with a payment decides.

Work-injury insurance 工伤保险 decides nothing: it is bought for a project, also by others than the
employer. Maternity insurance is paid with medical insurance and counts as it. The housing fund is
no social insurance.
"""
_COUNTED_AS = {"maternity": "medical"}
_SCHEMES: tuple[str, ...] = (*DECIDING_SCHEMES, "maternity", "injury", "housing-fund")
_SCHEME_RANKS = {scheme: rank for rank, scheme in enumerate(_SCHEMES)}


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
        """Breaks ties between payments of one month."""
        return scheme_rank(self.scheme)

    @property
    def counted_as(self) -> str:
        """The scheme as which the payment counts."""
        return _COUNTED_AS.get(self.scheme, self.scheme)

    @property
    def can_decide(self) -> bool:
        """Whether payments of this scheme tell who employs a person."""
        return self.counted_as in DECIDING_SCHEMES


def scheme_rank(scheme: str) -> int:
    """Sorts schemes: what decides before what does not."""
    return _SCHEME_RANKS[scheme]


def fold_payments(facts: Iterable[RecordedFact]) -> tuple[Payment, ...]:
    """All payments, sorted by month, scheme and content; those that answers to enquiries name count alike."""
    payments = [
        Payment(paid.payer, paid.month, paid.scheme, paid.paid_on, fact)
        for fact in facts
        if isinstance(data := fact.data, InsurancePaid | InsuranceStated)
        for paid in (data.payments if isinstance(data, InsuranceStated) else (data,))
    ]
    return tuple(sorted(payments, key=_order))


def deciding_payments(payments: Iterable[Payment]) -> tuple[Payment, ...]:
    """The payments of the deciding scheme: pension, or the next of the deciding schemes with any payment."""
    payments = tuple(payments)
    by_scheme = (tuple(each for each in payments if each.counted_as == scheme) for scheme in DECIDING_SCHEMES)
    return next((paid for paid in by_scheme if paid), ())


def current_payments(payments: Iterable[Payment]) -> tuple[Payment, ...]:
    """The payments of the deciding scheme for the latest month that has one."""
    deciding = deciding_payments(payments)
    latest = max((payment.month for payment in deciding), default=None)
    return tuple(payment for payment in deciding if payment.month == latest)


def _order(payment: Payment) -> tuple[str, int, str, str, date, tuple[str, str]]:
    return (
        payment.month,
        payment.scheme_rank,
        payment.payer.key,
        payment.payer.name,
        payment.paid_on,
        payment.fact.identity,
    )
