"""Who leads for whom: scenarios dealt out over the bids of every lot."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from infra.simulation.firms import Firm
from infra.simulation.people import Person
from infra.simulation.scenarios import HONEST, SCENARIOS, Scenario
from infra.simulation.scenarios.plot import Plot, Town
from infra.simulation.scenarios.scenario import Needs
from infra.simulation.tenders import Bid, Lot

_ONE_IN = 5
"""Every fifth bid is given a scenario of the deck; the others are honest."""
_SHARE_OF_TROUBLED_BIDDERS = 0.08
_SHARE_NAMED_AGAIN = 0.25
_HONEST_LEADS = 3

Role = tuple[Person, str]
"""A lead and the certificate the bids name."""


class Casting:
    """Fills the lots with bids, and plants on every new lead what its scenario asks for."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._rng: Random = town.rng
        self._deck = self._deal()
        self._bids = 0
        self._again: defaultdict[tuple[Firm, str], list[Role]] = defaultdict(list)
        self._bidders = self._by_need()
        self._ordinary = town.firms.ordinary()

    def fill(self, lot: Lot) -> None:
        """Choose two to seven bidders and a scenario for each."""
        chosen = self._choose_bidders(self._rng.choices(range(2, 8), (8, 16, 26, 26, 16, 8))[0])
        for bidder, scenario in chosen:
            others = [other for other, _ in chosen if other != bidder]
            lot.bids.append(self._bid(bidder, scenario, lot, others))
        self._rng.shuffle(lot.bids)

    def _choose_bidders(self, count: int) -> list[tuple[Firm, Scenario]]:
        chosen: list[tuple[Firm, Scenario]] = []
        for _ in range(count):
            self._bids += 1
            taken = [bidder for bidder, _ in chosen]
            scenario = next(self._deck) if self._bids % _ONE_IN == 0 else SCENARIOS[HONEST]
            candidates = self._bidders[scenario.needs]
            if scenario.name == HONEST:
                troubled = self._rng.random() < _SHARE_OF_TROUBLED_BIDDERS
                candidates = self._town.firms.troubled if troubled else self._ordinary
            free = [firm for firm in candidates if firm not in taken]
            if free:
                chosen.append((self._rng.choice(free), scenario))
        return chosen

    def _bid(self, bidder: Firm, scenario: Scenario, lot: Lot, others: list[Firm]) -> Bid:
        price = f"{self._rng.randrange(8_000_000, 220_000_000)}.{self._rng.randrange(100):02d}"
        known = self._again[bidder, scenario.name]
        before = [role for role in known if not _insured_by_one_of(others, role)]
        if before and self._named_again(scenario, len(before)):
            lead, certificate_no = self._rng.choice(before)
            return Bid(bidder, lead, certificate_no, scenario.name, price)
        plot = self._plot(bidder, scenario, lot.opened_on, others)
        if scenario.lasting:
            known.append((plot.lead, plot.certificate_no))
        wrong = plot.replaces
        first_lead = (wrong.lead, wrong.certificate_no) if wrong else None
        return Bid(bidder, plot.lead, plot.certificate_no, scenario.name, price, first_lead, plot.correction_first)

    def _named_again(self, scenario: Scenario, known: int) -> bool:
        if scenario.name == HONEST:
            return known >= _HONEST_LEADS or self._rng.random() < known / (known + 1)
        return self._rng.random() < _SHARE_NAMED_AGAIN

    def _plot(self, bidder: Firm, scenario: Scenario, opened_on: date, others: list[Firm]) -> Plot:
        plot = Plot(self._town, bidder, opened_on, self._town.births.person(*scenario.ages), others)
        scenario.plant(plot)
        plot.insured_later()
        for planted in filter(None, (plot, plot.replaces)):
            if not planted.assessed:
                self._assess(planted)
        return plot

    def _assess(self, plot: Plot) -> None:
        """A sound safety certificate B: valid throughout, for some prolonged within the window."""
        first, last = self._town.window.opening_days()[0], self._town.window.opening_days()[-1]
        since = first - timedelta(days=self._rng.randrange(200, 900))
        until = last + timedelta(days=self._rng.randrange(30, 900))
        certificate = self._town.issuer.assessment(plot.lead)
        if self._rng.random() < 0.1:
            certificate.issued(since, plot.day(20))
            certificate.changed(plot.day(-10), "valid", since=since, until=until)
        else:
            certificate.issued(since, until)

    def _deal(self) -> Iterator[Scenario]:
        """All scenarios in random order, again and again."""
        while True:
            deck = [scenario for scenario in SCENARIOS.values() for _ in range(scenario.weight)]
            self._rng.shuffle(deck)
            yield from deck

    def _by_need(self) -> dict[Needs, list[Firm]]:
        firms = self._town.firms
        return {
            Needs.ANY: [*firms.contractors, *firms.troubled],
            Needs.BRANCH: firms.branched,
            Needs.GROUP: firms.grouped,
            Needs.RENAMED: firms.renamed,
            Needs.RENAMED_LATE: firms.renamed_late,
            Needs.MOVED_SEAT: firms.moved,
            Needs.RESTRUCTURED: [enterprise for _, enterprise in firms.restructured],
            Needs.UNIVERSITY: [institute for _, institute in firms.universities],
        }


def _insured_by_one_of(firms: list[Firm], role: Role) -> bool:
    """Whoever pays a lead must not bid beside the lead's bidder, unless a scenario says so."""
    payers = {firm.fragment for firm in firms}
    return any(stint.payer.org in payers for stint in role[0].stints)
