"""Social-insurance payments 社保缴纳."""

from typing import Literal

from domain.facts.fact import Day, FactData, Month, Org, PersonRef

Scheme = Literal["pension", "medical", "unemployment", "injury", "maternity", "housing-fund"]


class InsurancePaid(FactData):
    """``payer`` paid ``scheme`` for ``month`` on ``paid_on`` (later than the month: back-payment)."""

    KIND = "insurance-paid"

    person: PersonRef
    payer: Org
    month: Month
    scheme: Scheme
    paid_on: Day

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)
