"""A site scenario: a named way to plant facts on a site of its own, with the clues the rules owe us.

The expected clues are worked out by hand from rules.md, never by asking the rules.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.licences import Certificate, Issuer
from infra.simulation.months import Month, Window, at, first_day, last_day
from infra.simulation.people import Person
from infra.simulation.scenarios.scenario import Expected
from infra.simulation.site import KIND, Site, Worker
from infra.simulation.wire import ATTENDANCE, Post, Reference, stamp

HARDLY_THERE = Expected("S501", "mismatch", "medium")
NEVER_THERE = Expected("S501", "mismatch", "high")
TOO_FAR = Expected("S502", "mismatch", "high")
OVERLAP = Expected("S502", "mismatch", "medium")
NOT_FOUND = Expected("S503", "mismatch", "medium")
NO_ANSWER = Expected("S503", "mismatch", "high")
NO_CERTIFICATE = Expected("S504", "mismatch", "high")
UNCLEAR_CERTIFICATE = Expected("S504", "suspect", "low")
BY_HAND = Expected("S505", "suspect", "low")

_CREW = 3
TRADE = "建筑电工"

Place = tuple[float, float]
"""Latitude and longitude."""


@dataclass
class SitePlot:
    """A sound site around ``month``, in which something is to happen; ``owed`` are the clues that follow.

    The site began weeks before the month and is accepted weeks after it.
    """

    post: Post
    issuer: Issuer
    rng: Random
    month: Month
    site: Site
    beside: Site | None = None
    successor: Person | None = None
    accepted: bool = False
    owed: list[tuple[Expected, Person]] = field(default_factory=list)

    @classmethod
    def among(
        cls,
        window: Window,
        post: Post,
        issuer: Issuer,
        rng: Random,
        number: int,
        contractors: list[Firm],
        hands: Iterator[Person],
    ) -> "SitePlot | None":
        """On people nobody else has a use for; None where too few are left."""
        people = [person for person, _ in zip(issuer.without_trade(hands), range(_CREW + 1), strict=False)]
        if len(people) <= _CREW:
            return None
        month = rng.randrange(window.first + 2, window.last)
        started = first_day(month) - timedelta(days=rng.randrange(32, 45))
        completed = last_day(month) + timedelta(days=rng.randrange(15, 28))
        lead, *crew = people
        site = Site(
            number,
            f"{started:%y%m}-440106-04-02-{number:06d}",
            rng.choice(contractors),
            Worker(lead, watched=True),
            [Worker(person) for person in crew],
            started,
            completed,
        )
        return cls(post, issuer, rng, month, site)

    @property
    def sites(self) -> list[Site]:
        return [self.site, self.beside] if self.beside else [self.site]

    @property
    def lead(self) -> Worker:
        return self.site.lead

    @property
    def days(self) -> list[date]:
        """The construction days of the month."""
        return self.site.days(self.month)

    def owes(self, expected: Expected, person: Person | None = None) -> None:
        """``person``, else the lead, is whom the clue is about."""
        self.owed.append((expected, person or self.lead.person))

    def finish(self) -> None:
        """Tell of the beginning and, unless the scenario did, of the acceptance."""
        for site in self.sites:
            more: dict[str, Any] = {"adjacent_to": self.site.project_code} if site is self.beside else {}
            site.said(self.post, "project-started", site.started, **more)
            if not self.accepted:
                site.said(self.post, "project-completed", site.completed, lead=self.successor)

    # What can be planted.

    def handed_over(self, on: date) -> None:
        """One of the crew takes the lead."""
        successor = self.site.crew[0]
        successor.watched, self.successor = True, successor.person
        self.site.said(self.post, "project-started", on, lead=successor.person)

    def stopped(self, first: date, last: date) -> None:
        """Without construction from ``first`` to ``last``, with the owner's consent."""
        self.site.stops.append((first, last))
        self.site.said(self.post, "project-suspended", first, agreed_by_owner=True, until=last.isoformat())

    def accepted_but_told_late(self, on: date) -> None:
        self.site.completed, self.accepted = on, True
        self.site.said(self.post, "project-completed", on, arrives=at(on + timedelta(days=75), 9))

    def adjoining_site(self) -> Site:
        """A second section of the same lead, with a worker of its own."""
        site = self.site
        code = f"{site.started:%y%m}-440106-04-03-{site.number:06d}"
        lead = Worker(site.lead.person, watched=True)
        self.beside = Site(
            site.number + 1, code, site.contractor, lead, [site.crew.pop()], site.started, site.completed
        )
        return self.beside

    def checked_in(
        self,
        day: date,
        hours: tuple[int, int | None],
        *,
        project_code: str | None = None,
        place: Place | None = None,
        method: str = "face",
        arrives: datetime | None = None,
    ) -> list[Reference]:
        """The lead comes and goes at full hours; without the second one never goes."""
        references = []
        for direction, hour in zip(("in", "out"), hours, strict=True):
            if hour is not None:
                moment = at(day, hour)
                data = {
                    "person": self.lead.person.door,
                    "project_code": project_code or self.site.project_code,
                    "checked_at": stamp(moment),
                    "direction": direction,
                    "method": method,
                } | ({"lat": place[0], "lng": place[1]} if place else {})
                references.append(self.post.send(KIND, ATTENDANCE, data, happened=moment, arrives=arrives))
        return references

    def inspected(
        self, day: date, person: Person | None = None, *, present: bool, answered: bool | None = None
    ) -> Reference:
        data = self._inspection(day, person or self.lead.person, present=present, answered=answered)
        return self.post.send("site-inspected", ATTENDANCE, data, happened=at(day, 10))

    def inspection_corrected(self, wrong: Reference, day: date) -> None:
        """The inspector mixed two people up: the lead was there."""
        data = self._inspection(day, self.lead.person, present=True, answered=True)
        happened = at(day, 10) + timedelta(days=20)
        self.post.correct(wrong, "检查对象录入错误", happened=happened, kind="site-inspected", data=data)

    def _inspection(self, day: date, person: Person, *, present: bool, answered: bool | None) -> dict[str, Any]:
        said = {
            "project_code": self.site.project_code,
            "person": person.door,
            "inspected_at": stamp(at(day, 10)),
            "inspector": f"监督员{self.rng.randrange(1, 40):02d}",
            "present": present,
        }
        return said if answered is None else said | {"answered": answered}

    def operator(self) -> Worker:
        """One of the crew checks in for a special operation in the month, and only then."""
        worker = self.site.crew[0]
        worker.trade, worker.watched = TRADE, True
        worker.there = {month: [] for month in range(self.month - 2, self.month + 3)} | {self.month: self.days[:12]}
        return worker

    def certificate(self, holder: Worker, *, trade: str | None = TRADE) -> Certificate:
        """A certificate about which the scenario says everything itself."""
        return self.issuer.operators(holder.person, trade)


@dataclass(frozen=True)
class SiteScenario:
    name: str
    claim: str
    expects: tuple[Expected, ...]
    plant: Callable[[SitePlot], None]


SITE_SCENARIOS: dict[str, SiteScenario] = {}


def site_scenario(*expects: Expected) -> Callable[[Callable[[SitePlot], None]], Callable[[SitePlot], None]]:
    """Register a function that plants; its docstring says what and why the clues follow."""

    def register(plant: Callable[[SitePlot], None]) -> Callable[[SitePlot], None]:
        name = plant.__name__
        if name in SITE_SCENARIOS or not plant.__doc__:
            raise ValueError(f"site scenario {name} needs a name of its own and a docstring")
        SITE_SCENARIOS[name] = SiteScenario(name, plant.__doc__, expects, plant)
        return plant

    return register
