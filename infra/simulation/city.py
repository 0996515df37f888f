"""The synthetic city: one seed, one city, the same to the byte."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from random import Random
from typing import Any

from infra.simulation.approvals import ApprovalOffice
from infra.simulation.casting import Casting
from infra.simulation.deliveries import Deliveries, described, plant_uneven
from infra.simulation.firms import Firms, found_firms
from infra.simulation.insurance import InsuranceFiles
from infra.simulation.licences import TROUBLES, Issuer, Licence, Spans, sound_story, tell
from infra.simulation.lot_scenarios import Planted, plant_on_lots
from infra.simulation.mess import chronological, resent
from infra.simulation.months import CALENDAR_YEARS, FEWEST_MONTHS, Month, Window, first_day
from infra.simulation.people import Births, Person
from infra.simulation.population import Population, report_renamings
from infra.simulation.scenarios.plot import Town
from infra.simulation.sites import Sites
from infra.simulation.suppliers import Suppliers
from infra.simulation.tenders import Lot, announce, plan_lots
from infra.simulation.truth import Appointment, appointments, as_file
from infra.simulation.wire import Post, Sent

UNTIL = date(2026, 6, 30)
"""The last day by default: fixed, so that a seed always gives the same city."""
FEWEST_PEOPLE = 100
FEWEST_LOTS = 1
LOTS_PER_ROUND = 100
"""For so many lots every approval scenario is planted once more."""


class CityImpossible(ValueError):
    """Too few people, months or lots for the scenarios, or years of which no calendar is known."""


@dataclass(frozen=True)
class Parameters:
    seed: int
    people: int
    months: int
    lots: int
    until: date

    def check(self) -> None:
        if self.months < FEWEST_MONTHS or self.people < FEWEST_PEOPLE or self.lots < FEWEST_LOTS:
            raise CityImpossible(f"a city needs {FEWEST_MONTHS} months, {FEWEST_PEOPLE} people and a lot")
        window = Window(self.until, self.months)
        if not all(first_day(month).year in CALENDAR_YEARS for month in (window.first, window.last)):
            raise CityImpossible(f"working days are known from {CALENDAR_YEARS[0]} to {CALENDAR_YEARS[-1]} only")

    def as_file(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "people": self.people,
            "months": self.months,
            "lots": self.lots,
            "until": self.until.isoformat(),
        }


class City:
    """Plans firms, lots, leads and their scenarios at once; plays the months lazily.

    ``messages`` may be iterated again and gives the same lines again.
    """

    def __init__(self, *, seed: int, people: int, months: int, lots: int, until: date | None = None) -> None:
        self.parameters = Parameters(seed, people, months, lots, until or UNTIL)
        self.parameters.check()
        self._seed = f"synthetic-city:{seed}"
        rng = Random(self._seed)
        self.window = Window(self.parameters.until, months)
        self.firms: Firms = found_firms(rng, people, self.window)
        self._post = Post(self.window.opens, rng)
        births, issuer = Births(rng, self.parameters.until), Issuer(self._post, rng)
        town = Town(self.window, self.firms, births, issuer, self._post, rng, Suppliers(rng))
        self._licences = _license(town)
        self.lots, self.planted_on_lots = _cast(town, lots, self._seed)
        crowd = _settle(town, people)
        self.people: list[Person] = town.births.everyone
        self._sites = Sites(self.window, self._post, issuer, rng, self._seed)
        self._sites.open(crowd, self.lots, self.firms.contractors)
        self.approvals = ApprovalOffice(self.window, self._post, self._seed, self.firms.tenderers)
        self.approvals.plant(rounds=max(1, lots // LOTS_PER_ROUND))

    @cached_property
    def appointments(self) -> list[Appointment]:
        return list(appointments(self.lots, self._licences))

    def truth(self) -> dict[str, Any]:
        truth = as_file(self.appointments, self.planted_on_lots, self.parameters.as_file())
        truth["clues"] += [clue.as_file() for clue in self.approvals.clues] + self._sites.clues()
        return (
            truth
            | {"approval_scenarios": self.approvals.as_file(), "site_scenarios": self._sites.scenarios()}
            | {"uneven_deliveries": described()}
        )

    def messages(self) -> Iterator[bytes]:
        """One CloudEvent a line, by arrival, without the line's end."""
        return (sent.line for sent in self.sent())

    def sent(self) -> Iterator[Sent]:
        rng = Random(f"{self._seed}:resent")
        return chronological((month, resent(lines, rng)) for month, lines in self._months())

    def _months(self) -> Iterator[tuple[Month, Iterable[Sent]]]:
        files = InsuranceFiles(self._seed)
        deliveries = Deliveries(self.window, files, self.people)
        lived = set(self.window)
        for month in sorted({*lived, *self._post.months(), *deliveries.months()}):
            lines: list[Iterable[Sent]] = [self._post.arriving_in(month)]
            if month in lived:
                lines += [files.of_month(self.people, month), self._sites.check_ins(month)]
            yield month, chain(deliveries.counted(chain.from_iterable(lines)), deliveries.stated_in(month))


def _license(town: Town) -> dict[str, Licence]:
    """A licence story for every bidder: the troubled ones in turn, the others sound."""
    spans = Spans.of(town.window.opening_days())
    licences = {
        firm.uscc: tell(TROUBLES[place % len(TROUBLES)], town.issuer.licence(firm), spans)
        for place, firm in enumerate(town.firms.troubled)
    }
    for firm in town.firms.ordinary():
        licences[firm.uscc] = tell(sound_story(town.rng), town.issuer.licence(firm), spans)
    return licences


def _cast(town: Town, count: int, seed: str) -> tuple[list[Lot], Planted]:
    """All lots, and what was planted on them as wholes."""
    casting = Casting(town)
    lots = plan_lots(town.window, town.firms, count, town.rng)
    for lot in lots:
        casting.fill(lot)
    planted = plant_on_lots(town, lots)
    lots += plant_uneven(town, seed)
    for lot in lots:
        announce(lot, town.post, town.rng)
    return lots, planted


def _settle(town: Town, people: int) -> list[Person]:
    """Everyone but the leads; then the renamings are reported."""
    if len(town.births.everyone) > people:
        raise CityImpossible("more leads are named in the bids than people live in the city")
    report_renamings(town.firms, town.window, town.post)
    population = Population(town.window, town.firms, town.issuer, town.post, town.rng)
    return population.settle(town.births, people)
