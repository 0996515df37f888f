"""Social insurance month by month: who is insured by whom, and when the bureaus' files arrive."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from infra.simulation.months import Month, at, first_day, month_text
from infra.simulation.people import Person
from infra.simulation.stints import Stint
from infra.simulation.wire import Reference, Sent, envelope, insurance_source

KIND = "insurance-paid"
_SCHEME_LETTERS = {"pension": "P", "medical": "M", "unemployment": "U", "housing-fund": "H", "injury": "G"}


def paid_on(person: Person, stint: Stint, month: Month) -> date:
    """Between the 5th and the 24th of the month itself, unless paid back."""
    return stint.paid_on or first_day(month) + timedelta(days=4 + (person.number * 7 + month * 3) % 20)


def reference(person: Person, stint: Stint, month: Month, scheme: str) -> Reference:
    """The same wherever it is asked, so that a correction can name the payment."""
    place = person.stints.index(stint)
    number = f"SI{stint.payer.city}-{month_text(month)}-{person.number:06d}-{_SCHEME_LETTERS[scheme]}{place}"
    return Reference(insurance_source(stint.payer.city), number)


def payment(person: Person, payer: dict[str, Any], month: Month, scheme: str, day: date) -> dict[str, Any]:
    """The data of one payment, for a correction's replacement."""
    return {
        "person": person.door,
        "payer": payer,
        "month": month_text(month),
        "scheme": scheme,
        "paid_on": day.isoformat(),
    }


class InsuranceFiles:
    """One file per bureau and month, in the first week of the next month or, seldom, weeks late."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self.rows: Counter[tuple[str, Month]] = Counter()
        """The payments played so far, by city and month."""

    def of_month(self, people: Iterable[Person], month: Month) -> Iterator[Sent]:
        arrivals: dict[str, datetime] = {}
        for person in people:
            for place, stint in enumerate(person.stints):
                if stint.first <= month <= stint.last:
                    city = stint.payer.city
                    if city not in arrivals:
                        arrivals[city] = self.arrival(city, month)
                    yield from self._payments(person, (place, stint), month, arrivals[city])

    def arrival(self, city: str, month: Month) -> datetime:
        """When the bureau of ``city`` sends its file of ``month``."""
        rng = Random(f"{self._seed}:insurance:{city}:{month}")
        days_late = rng.randrange(14, 36) if rng.random() < 0.08 else 0
        return at(first_day(month + 1), 2) + timedelta(days=days_late, minutes=rng.randrange(1, 7 * 24 * 60))

    def _payments(
        self, person: Person, placed: tuple[int, Stint], month: Month, file_arrival: datetime
    ) -> Iterator[Sent]:
        place, stint = placed
        day = paid_on(person, stint, month)
        arrival = stint.arrives or max(file_arrival, at(day, 23))
        source = insurance_source(stint.payer.city)
        text = month_text(month)
        for scheme in stint.schemes:
            number = f"SI{stint.payer.city}-{text}-{person.number:06d}-{_SCHEME_LETTERS[scheme]}{place}"
            data = (
                f'{{"person":{stint.person or person.fragment},"payer":{stint.payer.org},'
                f'"month":"{text}","scheme":"{scheme}","paid_on":"{day}"}}'
            )
            self.rows[stint.payer.city, month] += 1
            happened, recorded = f"{day}T10:00:00+08:00", f"{day}T21:30:00+08:00"
            yield Sent(arrival, KIND, envelope(KIND, Reference(source, number), happened, recorded, data))
