"""What the sources of the city state to be complete, and the places where they do not.

Only in Guangzhou everything is delivered. In four other places a bid is opened of whose leads no
payment is known: there is no evidence against them, because the deliveries are late, replaced or
never made.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final

from infra.simulation.insurance import InsuranceFiles
from infra.simulation.months import LOOKBACK_MONTHS, Month, Window, at, first_day, last_day, month_of, month_text
from infra.simulation.people import Person
from infra.simulation.scenarios import HONEST
from infra.simulation.scenarios.plot import Plot, Town
from infra.simulation.tenders import SYNTHETIC, Bid, Lot
from infra.simulation.wire import (
    ATTENDANCE,
    CERTIFICATES,
    REGISTRATIONS,
    Reference,
    Sent,
    envelope,
    fragment,
    insurance_source,
    stamp,
)

KIND: Final = "delivery-closed"
CITY: Final = "440100"
PROVINCE: Final = "440000"
LATE, NEVER, REPLACED, OUTSIDE = "440600", "440500", "440700", "430100"
UNEVEN: Final[Mapping[str, tuple[str, str]]] = {
    LATE: ("佛山市", "The bureau has closed no month since the half of the time."),
    NEVER: ("汕头市", "The bureau has never delivered anything."),
    REPLACED: ("江门市", "The delivery of a look-back month was replaced by one for another month."),
    OUTSIDE: ("长沙市", "Another province, of which nothing is connected: neither payments nor registers."),
}
"""Places besides Guangzhou, each with its name and why a missing record there is no evidence."""
_REGISTERS: Final = {"registration-recorded": REGISTRATIONS, "certificate-issued": CERTIFICATES}
_LONGEST_WAIT: Final = timedelta(days=60)
"""A bureau does not wait longer than this for a file of its own."""
_ATTENDANCE_DAYS: Final = 12
"""Check-ins may come six weeks late; a month is closed this many days after the end of the next."""


def plant_uneven(town: Town, seed: str) -> list[Lot]:
    """One lot in each place, with a lead of whom nothing is known that could be missed there."""
    rng = Random(f"{seed}:uneven")
    day = town.window.opening_days()[-1]
    lots = []
    for number, (place, (name, _)) in enumerate(UNEVEN.items(), 1):
        tenderer = rng.choice(town.firms.tenderers)
        code = f"{day:%y%m}-{place}-04-01-{990_000 + number}"
        title = f"{SYNTHETIC}{name}第{number}号道路改造工程施工总承包"
        lot = Lot(f"JG{day.year}-W{number:04d}", "01", code, title, place, tenderer, at(day, 9, number))
        for bidder, price in zip(rng.sample(town.firms.contractors, 2), rng.sample(range(10, 99), 2), strict=True):
            plot = Plot(town, bidder, day, town.births.person())
            if place != OUTSIDE:
                plot.registered(bidder)
                plot.safety_certificate().issued(plot.day(-600), plot.day(495))
            lot.bids.append(Bid(bidder, plot.lead, plot.certificate_no, HONEST, f"{price}000000.00"))
        lots.append(lot)
    return lots


class Deliveries:
    """The closings of a city, by the month in which they are stated.

    ``counted`` must be played before a closing is asked for, so that it can say how many rows there were.
    """

    def __init__(self, window: Window, files: InsuranceFiles, people: Iterable[Person]) -> None:
        self._window = window
        self._files = files
        self._rows: Counter[str] = Counter()
        self._last_file = _last_files(people, window)

    def counted(self, lines: Iterable[Sent]) -> Iterator[Sent]:
        """The same lines, counted by kind."""
        for line in lines:
            self._rows[line.kind] += 1
            yield line

    def stated_in(self, month: Month) -> list[Sent]:
        """What is closed in ``month``: the data of two months ago."""
        closed = month - 2
        if closed not in self._window:
            return []
        opened = at(first_day(month), 0)
        lines = [self._insurance(CITY, closed, max(opened, self._files_in(closed)))]
        if closed < self._window.first + self._window.months // 2 - LOOKBACK_MONTHS:
            lines.append(self._insurance(LATE, closed, opened))
        lines += self._replaced(closed, opened)
        lines.append(self._closing("attendance-recorded", CITY, closed, opened + timedelta(days=_ATTENDANCE_DAYS)))
        lines += [self._closing(kind, PROVINCE, closed, opened) for kind in _REGISTERS]
        return lines

    def months(self) -> range:
        """The months in which something is closed."""
        return range(self._window.first + 2, self._window.last + 3)

    def _files_in(self, month: Month) -> datetime:
        """When the last file of Guangzhou's bureau for ``month`` is in."""
        usual = self._files.arrival(CITY[:4], month)
        return max(usual, self._last_file.get(month, usual)) + timedelta(hours=1)

    def _replaced(self, closed: Month, opened: datetime) -> list[Sent]:
        """The bureau of Jiangmen sends one month under the wrong name, and then replaces it."""
        lines = [self._insurance(REPLACED, closed, opened)]
        looked_back_on = month_of(self._window.opening_days()[-1]) - 2
        if closed == looked_back_on:
            wrong = self._delivery_id("insurance-paid", REPLACED, closed)
            right = self._insurance(REPLACED, closed - 1, opened + timedelta(days=3), replaces=wrong)
            lines.append(right)
        return lines

    def _insurance(self, area: str, closed: Month, stated: datetime, *, replaces: str | None = None) -> Sent:
        return self._closing("insurance-paid", area, closed, stated, replaces=replaces)

    def _closing(self, kind: str, area: str, closed: Month, stated: datetime, *, replaces: str | None = None) -> Sent:
        by_month = kind not in _REGISTERS
        delivery_id = self._delivery_id(kind, area, closed) + ("-B" if replaces else "")
        city_insurance = kind == "insurance-paid"
        data = {
            "kind": kind,
            "period": month_text(closed) if by_month else last_day(closed).isoformat(),
            "area": area,
            "delivery_id": delivery_id,
            "rows": self._files.rows[area[:4], closed] if city_insurance else self._rows[kind],
        } | ({"replaces": replaces} if replaces else {})
        source = insurance_source(area[:4]) if city_insurance else _REGISTERS.get(kind, ATTENDANCE)
        line = envelope(KIND, Reference(source, f"BS-{delivery_id}"), stamp(stated), stamp(stated), fragment(data))
        return Sent(stated, KIND, line)

    def _delivery_id(self, kind: str, area: str, closed: Month) -> str:
        return f"{kind}-{area}-{month_text(closed)}"


def _last_files(people: Iterable[Person], window: Window) -> dict[Month, datetime]:
    """By month, when the last payment came that Guangzhou's bureau sent in a file of its own."""
    last: dict[Month, datetime] = {}
    for person in people:
        for stint in person.stints:
            if stint.arrives is None or stint.payer.city != CITY[:4]:
                continue
            for month in range(max(stint.first, window.first), stint.last + 1):
                if stint.arrives - at(last_day(month), 0) <= _LONGEST_WAIT:
                    last[month] = max(stint.arrives, last.get(month, stint.arrives))
    return last


def described() -> dict[str, dict[str, str]]:
    """The uneven places, for the truth file."""
    return {place: {"name": name, "planted": why} for place, (name, why) in UNEVEN.items()}
