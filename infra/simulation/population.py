"""Everyone who is no lead: where they work, who insures them, and what registrations they hold."""

from datetime import date, datetime, timedelta
from random import Random

from infra.simulation.firms import Firm, Firms
from infra.simulation.licences import Issuer
from infra.simulation.months import Window, at, first_day
from infra.simulation.people import Births, Person
from infra.simulation.spelling import with_a_slip, written_differently
from infra.simulation.stints import Payer, Stint
from infra.simulation.wire import MARKET, REGISTRATIONS, Post

_SHARE_MOVING = 0.12
_SHARE_WITH_A_GAP = 0.05
_SHARE_REGISTERED = 0.03
_SHARE_OPERATORS = 0.05


class Population:
    """Fills the city up with workers and staff."""

    def __init__(self, window: Window, firms: Firms, issuer: Issuer, post: Post, rng: Random) -> None:
        self._window = window
        self._firms = firms
        self._employers = firms.employers()
        self._weights = [rng.paretovariate(1.2) for _ in self._employers]
        self._issuer = issuer
        self._post = post
        self._rng = rng

    def settle(self, births: Births, people: int) -> list[Person]:
        """Bring in people until there are ``people`` in all, with jobs and certificates; the newcomers."""
        count = people - len(births.everyone)
        jobs = self._rng.choices(self._employers, self._weights, k=count)
        return [self._settled(births.person(20, 59), firm) for firm in jobs]

    def _settled(self, person: Person, firm: Firm) -> Person:
        person.stints = self._career(firm)
        chance = self._rng.random()
        if chance < _SHARE_REGISTERED:
            self._register(person, firm)
        elif chance < _SHARE_REGISTERED + _SHARE_OPERATORS:
            self._issuer.operations(person, self._some_day_before())
        return person

    def _career(self, firm: Firm) -> list[Stint]:
        first, last = self._window.first, self._window.last
        schemes = self._rng.choices((("pension",), ("pension", "medical"), ("medical",)), (86, 12, 2))[0]
        chance, turn = self._rng.random(), self._rng.randrange(first + 1, last)
        if chance < _SHARE_MOVING:
            (other,) = self._rng.choices(self._employers, self._weights)
            return [Stint(self._payer(firm), first, turn, schemes), Stint(self._payer(other), turn + 1, last, schemes)]
        if chance < _SHARE_MOVING + _SHARE_WITH_A_GAP:
            return [Stint(self._payer(firm), first, turn, schemes)]
        return [Stint(self._payer(firm), first, last, schemes)]

    def _payer(self, firm: Firm) -> Payer:
        """Mostly the firm with its code; else its branch, an agent, or a name in some spelling."""
        chance = self._rng.random()
        if chance < 0.90:
            return Payer.of(firm)
        if chance < 0.93:
            return Payer.of(firm.branch or self._rng.choice(self._firms.agents))
        if chance < 0.97:
            return Payer.written(written_differently(firm.name, self._rng), firm.city)
        return Payer.written(with_a_slip(firm.name, self._rng), firm.city)

    def _register(self, person: Person, firm: Firm) -> None:
        since = self._some_day_before()
        data = {
            "person": person.door,
            "employer": firm.org,
            "certificate_no": f"粤2{since.year}{self._rng.randrange(10**9):09d}",
            "qualification": "二级注册建造师",
            "province": "44",
            "valid_from": since.isoformat(),
        }
        self._post.send("registration-recorded", REGISTRATIONS, data, happened=since)

    def _some_day_before(self) -> date:
        return first_day(self._window.first) - timedelta(days=self._rng.randrange(1, 1_500))


def report_renamings(firms: Firms, window: Window, post: Post) -> None:
    """Most renamings are reported as usual; some only when the last bids have been opened."""
    for firm in firms.renamed:
        _report(firm, post, None)
    for firm in firms.renamed_late:
        _report(firm, post, at(window.opening_days()[-1], 18))


def _report(firm: Firm, post: Post, arrives: datetime | None) -> None:
    if firm.renamed_on:
        data = {
            "uscc": firm.uscc,
            "old_name": firm.former_name,
            "new_name": firm.name,
            "on": firm.renamed_on.isoformat(),
        }
        post.send("employer-renamed", MARKET, data, happened=firm.renamed_on, arrives=arrives)
