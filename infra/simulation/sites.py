"""Projects under construction: their start and end, daily check-ins, inspections and permits."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.licences import Issuer
from infra.simulation.months import Month, Window, at, first_day
from infra.simulation.people import Person
from infra.simulation.scenarios.scenario import Expected
from infra.simulation.site import Site, Worker
from infra.simulation.site_scenarios import SITE_SCENARIOS, SitePlot
from infra.simulation.tenders import Bid, Lot
from infra.simulation.wire import APPROVALS, ATTENDANCE, CERTIFICATES, Post, Sent, stamp

_PEOPLE_PER_WORKER_ON_SITE = 60
_CREW = 8
_PEOPLE_PER_SCENARIO = 80
_FEWEST_SCENARIOS = 2
_MOST_ROUNDS = 2
_SHARE_STOPPED = 0.3


@dataclass(frozen=True)
class PlantedSite:
    """A site scenario as planted, with the clues it must leave open and whom each is about."""

    scenario: str
    site: Site
    owed: tuple[tuple[Expected, Person], ...]

    def said(self) -> list[dict[str, Any]]:
        return [
            expected._asdict() | self._about(person) | {"scenario": self.scenario} for expected, person in self.owed
        ]

    def _about(self, person: Person) -> dict[str, Any]:
        return {
            "tender_id": None,
            "lot_id": None,
            "bidder_uscc": self.site.contractor.uscc,
            "person_id_number": person.id_number,
            "person_name": person.name,
            "project_code": self.site.project_code,
            "case_id": None,
        }


@dataclass
class Sites:
    """Some awarded lots become sites with daily attendance; older projects were running already.

    Nobody who leads or works here gives cause for a clue, but where a scenario is planted: on
    sites of their own.
    """

    window: Window
    post: Post
    issuer: Issuer
    rng: Random
    seed: str
    all: list[Site] = field(default_factory=list)
    planted: list[PlantedSite] = field(default_factory=list)

    def open(self, crowd: list[Person], lots: list[Lot], contractors: list[Firm]) -> None:
        """Put one in 60 people on sites: half of the sites run from before, half follow awards."""
        count = max(2, len(crowd) // _PEOPLE_PER_WORKER_ON_SITE // (_CREW + 1))
        hands = iter(self.rng.sample(crowd, len(crowd)))
        for bid, lot in self._awarded(lots, count // 2):
            self._found(self._following(bid, lot, hands))
        while len(self.all) < count:
            self._found(self._from_before(contractors, hands))
        self._plant(min(max(_FEWEST_SCENARIOS, len(crowd) // _PEOPLE_PER_SCENARIO), self._most), contractors, hands)

    @property
    def _most(self) -> int:
        return _MOST_ROUNDS * len(SITE_SCENARIOS)

    def clues(self) -> list[dict[str, Any]]:
        """The clues that must be open at the end, for the truth file."""
        return [clue for planted in self.planted for clue in planted.said()]

    def scenarios(self) -> dict[str, dict[str, Any]]:
        """How often each scenario was planted, and what it says, for the truth file."""
        counted = Counter(planted.scenario for planted in self.planted)
        return {
            name: {"times": times, "planted": SITE_SCENARIOS[name].claim} for name, times in sorted(counted.items())
        }

    def check_ins(self, month: Month) -> Iterator[Sent]:
        """In and out of everyone on site on every working day of ``month``, which the city sees to its end."""
        rng = Random(f"{self.seed}:attendance:{month}")
        for site in self.all:
            yield from site.check_ins(month, rng)

    def _awarded(self, lots: list[Lot], count: int) -> Iterator[tuple[Bid, Lot]]:
        """One bid of each lot chosen; nobody leads two projects."""
        leads: set[str] = set()
        for lot in self.rng.sample(lots, min(len(lots), count)):
            bid = self.rng.choice(lot.bids)
            if bid.lead.id_number not in leads:
                leads.add(bid.lead.id_number)
                yield bid, lot

    def _following(self, bid: Bid, lot: Lot, hands: Iterator[Person]) -> Site:
        started = lot.opened_on + timedelta(days=35)
        return self._site(lot.project_code, bid.bidder, bid.lead, started, hands)

    def _from_before(self, contractors: list[Firm], hands: Iterator[Person]) -> Site:
        started = first_day(self.window.first) - timedelta(days=self.rng.randrange(10, 200))
        code = f"{started:%y%m}-440106-04-01-{900_000 + len(self.all)}"
        return self._site(code, self.rng.choice(contractors), next(hands), started, hands)

    def _site(self, code: str, contractor: Firm, lead: Person, started: date, hands: Iterator[Person]) -> Site:
        crew = [Worker(person) for person, _ in zip(hands, range(_CREW), strict=False)]
        completed = started + timedelta(days=self.rng.randrange(150, 600))
        return Site(len(self.all), code, contractor, Worker(lead, watched=True), crew, started, completed)

    def _found(self, site: Site) -> None:
        """Plan a site's life: permit, start, for some a stop, completion, inspections."""
        self.all.append(site)
        self._permit(site)
        if site.started <= self.window.until:
            site.said(self.post, "project-started", site.started)
        if self.rng.random() < _SHARE_STOPPED:
            self._stop(site, site.started + timedelta(days=60))
        if site.completed <= self.window.until:
            site.said(self.post, "project-completed", site.completed)
        for days in range(20, 140, 40):
            self._inspect(site, site.started + timedelta(days=days))

    def _stop(self, site: Site, first: date) -> None:
        last = first + timedelta(days=self.rng.randrange(10, 40))
        if first <= self.window.until and last < site.completed:
            site.stops.append((first, last))
            more: dict[str, Any] = {"reason": "建设单位原因停工", "agreed_by_owner": True, "until": last.isoformat()}
            site.said(self.post, "project-suspended", first, **more)

    def _inspect(self, site: Site, day: date) -> None:
        if day > self.window.until:
            return
        data = {
            "project_code": site.project_code,
            "person": site.lead.person.door,
            "inspected_at": stamp(at(day, 10)),
            "inspector": f"监督员{self.rng.randrange(1, 40):02d}",
            "present": True,
            "answered": True,
        }
        self.post.send("site-inspected", ATTENDANCE, data, happened=at(day, 10))

    def _plant(self, count: int, contractors: list[Firm], hands: Iterator[Person]) -> None:
        """The scenarios in random order, again and again, while there are people for them."""
        deck: list[str] = []
        for _ in range(count):
            deck = deck or self.rng.sample(sorted(SITE_SCENARIOS), len(SITE_SCENARIOS))
            plot = SitePlot.among(self.window, self.post, self.issuer, self.rng, len(self.all), contractors, hands)
            if plot is None:
                return
            scenario = SITE_SCENARIOS[deck.pop()]
            scenario.plant(plot)
            plot.finish()
            self.all += plot.sites
            self.planted.append(PlantedSite(scenario.name, plot.site, tuple(plot.owed)))

    def _permit(self, site: Site) -> None:
        """The construction permit's approval case and its electronic certificate."""
        case_id = f"SGXK-{site.project_code}"
        for days, state in ((-16, "submitted"), (-15, "accepted"), (-9, "approved")):
            moment = at(site.started + timedelta(days=days), 11)
            data = {
                "case_id": case_id,
                "project_code": site.project_code,
                "item_code": "440100-SGXK",
                "item_name": "建筑工程施工许可证核发",
                "category": "社会投资房屋建筑",
                "department": "住房和城乡建设局",
                "applicant": site.contractor.org,
                "state": state,
                "at": stamp(moment),
                "limit_working_days": 7,
            }
            self.post.send("approval-recorded", APPROVALS, data, happened=moment)
        since = site.started - timedelta(days=9)
        permit = {
            "certificate_no": f"4401{since:%Y%m%d}{self.rng.randrange(10**4):04d}01",
            "kind": "construction-permit",
            "holder": site.contractor.org,
            "status": "valid",
            "valid_from": since.isoformat(),
            "case_id": case_id,
        }
        self.post.send("certificate-issued", CERTIFICATES, permit, happened=since)
