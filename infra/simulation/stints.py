"""Who pays someone's social insurance, and for which months."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from infra.simulation.firms import Firm
from infra.simulation.months import Month
from infra.simulation.wire import fragment


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer as its city's bureau writes it."""

    org: str
    city: str

    @staticmethod
    @lru_cache(maxsize=4_096)
    def of(firm: Firm) -> "Payer":
        return Payer(firm.fragment, firm.city)

    @classmethod
    def written(cls, name: str, city: str, uscc: str | None = None) -> "Payer":
        return cls(fragment({"name": name} | ({"uscc": uscc} if uscc else {})), city)


@dataclass(frozen=True, slots=True)
class Stint:
    """Months (both inclusive) one payer pays ``schemes``.

    ``paid_on`` is set where all of them were paid on one day, ``arrives`` where the bureau
    sent them in a file of their own, ``person`` where it writes the person in another way.
    """

    payer: Payer
    first: Month
    last: Month
    schemes: tuple[str, ...] = ("pension",)
    paid_on: date | None = None
    arrives: datetime | None = None
    person: str | None = None
