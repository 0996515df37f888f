"""Projects under construction: their start and end, daily check-ins, inspections and permits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.months import Month, Window, at, first_day, last_day, working_days
from infra.simulation.people import Person
from infra.simulation.tenders import Lot
from infra.simulation.wire import APPROVALS, ATTENDANCE, CERTIFICATES, Post, Reference, Sent, envelope, stamp

_PEOPLE_PER_WORKER_ON_SITE = 60
_CREW = 8
_METHODS = ("face", "face", "face", "face", "fingerprint", "fingerprint", "card", "gps", "manual")
_KIND = "attendance-recorded"


@dataclass(frozen=True)
class Site:
    """``presence`` is the share of working days on which the lead is there."""

    project_code: str
    contractor: Firm
    lead: Person
    workers: tuple[Person, ...]
    started: date
    completed: date
    presence: float

    def crew(self) -> Iterator[tuple[Person, float]]:
        yield self.lead, self.presence
        yield from ((worker, 0.93) for worker in self.workers)


class Sites:
    """Some awarded lots become sites with daily attendance; older projects were running already."""

    def __init__(self, window: Window, post: Post, rng: Random, seed: str) -> None:
        self._window = window
        self._post = post
        self._rng = rng
        self._seed = seed
        self.all: list[Site] = []

    def open(self, crowd: list[Person], lots: list[Lot], contractors: list[Firm]) -> None:
        """Put one in 60 people on sites: half of the sites run from before, half follow awards."""
        count = max(2, len(crowd) // _PEOPLE_PER_WORKER_ON_SITE // (_CREW + 1))
        on_site = self._rng.sample(crowd, min(len(crowd), count * (_CREW + 1)))
        awarded = self._rng.sample(lots, min(len(lots), count // 2))
        for number in range(count):
            crew = on_site[number * (_CREW + 1) : (number + 1) * (_CREW + 1)]
            if len(crew) > 1:
                lot = awarded[number] if number < len(awarded) else None
                self._found(self._site(number, crew, lot, contractors))

    def _site(self, number: int, crew: list[Person], lot: Lot | None, contractors: list[Firm]) -> Site:
        if lot is None:
            started = first_day(self._window.first) - timedelta(days=self._rng.randrange(10, 200))
            code = f"{started:%y%m}-440106-04-01-{900_000 + number}"
            return self._of(code, self._rng.choice(contractors), crew, started, 0.95)
        bid = self._rng.choice(lot.bids)
        started = lot.opened_on + timedelta(days=35)
        presence = 0.2 if bid.scenario.startswith("lent") else 0.95
        return self._of(lot.project_code, bid.bidder, [bid.lead, *crew[1:]], started, presence)

    def _of(self, code: str, contractor: Firm, crew: list[Person], started: date, presence: float) -> Site:
        completed = started + timedelta(days=self._rng.randrange(150, 600))
        return Site(code, contractor, crew[0], tuple(crew[1:]), started, completed, presence)

    def _found(self, site: Site) -> None:
        """Plan a site's life: permit, start, for some a stop, completion, inspections."""
        self.all.append(site)
        self._permit(site)
        self._said(site, "project-started", site.started)
        if self._rng.random() < 0.3:
            data = {"reason": "建设单位原因停工", "agreed_by_owner": True}
            self._said(site, "project-suspended", site.started + timedelta(days=60), data)
        if site.completed <= self._window.until:
            self._said(site, "project-completed", site.completed)
        for days in range(20, 140, 40):
            self._inspect(site, site.started + timedelta(days=days))

    def _said(self, site: Site, kind: str, on: date, more: dict[str, Any] | None = None) -> None:
        if on <= self._window.until:
            data = {
                "project_code": site.project_code,
                "contractor": site.contractor.org,
                "lead": site.lead.door,
                "on": on.isoformat(),
            }
            self._post.send(kind, ATTENDANCE, data | (more or {}), happened=on)

    def _inspect(self, site: Site, day: date) -> None:
        if day > self._window.until:
            return
        present = self._rng.random() < site.presence
        data = {
            "project_code": site.project_code,
            "person": site.lead.door,
            "inspected_at": stamp(at(day, 10)),
            "inspector": f"监督员{self._rng.randrange(1, 40):02d}",
            "present": present,
        } | ({"answered": self._rng.random() < site.presence} if present else {})
        self._post.send("site-inspected", ATTENDANCE, data, happened=at(day, 10))

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
            self._post.send("approval-recorded", APPROVALS, data, happened=moment)
        since = site.started - timedelta(days=9)
        permit = {
            "certificate_no": f"4401{since:%Y%m%d}{self._rng.randrange(10**4):04d}01",
            "kind": "construction-permit",
            "holder": site.contractor.org,
            "status": "valid",
            "valid_from": since.isoformat(),
            "case_id": case_id,
        }
        self._post.send("certificate-issued", CERTIFICATES, permit, happened=since)

    def check_ins(self, month: Month) -> Iterator[Sent]:
        """In and out of everyone on site on every working day of ``month``."""
        rng = Random(f"{self._seed}:attendance:{month}")
        for place, site in enumerate(self.all):
            if site.started > last_day(month) or site.completed < first_day(month):
                continue
            for day in working_days(month):
                if site.started <= day <= site.completed and day <= self._window.until:
                    yield from self._day(place, site, day, rng)

    def _day(self, place: int, site: Site, day: date, rng: Random) -> Iterator[Sent]:
        """The platform sends a site's day in the evening; seldom it was offline for weeks."""
        days_late = rng.randrange(3, 20) if rng.random() < 0.03 else 0
        arrival = at(day, 20) + timedelta(days=days_late, minutes=rng.randrange(0, 120))
        for worker, (person, presence) in enumerate(site.crew()):
            if rng.random() < presence:
                method = rng.choice(_METHODS)
                times = at(day, 7, rng.randrange(20, 59)), at(day, 17, rng.randrange(30, 59))
                for direction, moment in zip(("in", "out"), times, strict=True):
                    number = f"KQ-{place:04d}-{day:%Y%m%d}-{worker:02d}-{direction}"
                    yield self._check_in(site, person, (number, direction, method), moment, arrival)

    def _check_in(
        self, site: Site, person: Person, said: tuple[str, str, str], moment: datetime, arrival: datetime
    ) -> Sent:
        number, direction, method = said
        happened = stamp(moment)
        data = (
            f'{{"person":{person.fragment},"project_code":"{site.project_code}","checked_at":"{happened}",'
            f'"direction":"{direction}","method":"{method}"}}'
        )
        reference = Reference(ATTENDANCE, number)
        return Sent(arrival, _KIND, envelope(_KIND, reference, happened, happened, data))
