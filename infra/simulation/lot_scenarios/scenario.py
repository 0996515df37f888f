"""A lot scenario: a named way to change the bids of one lot, with the clues the rules owe us.

The expected clues are worked out by hand from rules.md, never by asking the rules.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from infra.simulation.firms import Firm
from infra.simulation.lot_scenarios.owed import Owed
from infra.simulation.people import Person
from infra.simulation.scenarios import HONEST
from infra.simulation.scenarios.plot import Plot, Town
from infra.simulation.scenarios.scenario import SCENARIOS, Expected
from infra.simulation.tenders import Bid, Lot


@dataclass
class LotPlot:
    """One lot whose bids are still to be changed; ``owed`` are the clues that follow."""

    town: Town
    lot: Lot
    scenario: str
    owed: list[Owed] = field(default_factory=list)

    @property
    def rng(self) -> Random:
        return self.town.rng

    def owes(self, expected: Expected, *, bidder: Firm | None = None, person: Person | None = None) -> None:
        self.owed.append(Owed(expected, self.scenario, self.lot, bidder, person))

    def change(self, place: int, **changes: object) -> Bid:
        """The bid at ``place``, with other fields."""
        changed: Bid = replace(self.lot.bids[place], **changes)  # type: ignore[arg-type]
        self.lot.bids[place] = changed
        return changed

    def somebody(self, employer: Firm) -> Person:
        """A newcomer whom ``employer`` insures."""
        return Plot(self.town, employer, self.lot.opened_on, self.town.births.person()).employed()

    def honest_place(self) -> int | None:
        """Where a bid stands that may be given another lead."""
        return next((place for place, bid in enumerate(self.lot.bids) if bid.scenario == HONEST), None)

    def recast(self, place: int, scenario: str, supplier: Firm) -> Bid:
        """Give the bid at ``place`` a new lead, planted by the named scenario of leads."""
        bidder = self.lot.bids[place].bidder
        others = [bid.bidder for bid in self.lot.bids if bid.bidder != bidder]
        person = self.town.births.person(*SCENARIOS[scenario].ages)
        plot = Plot(self.town, bidder, self.lot.opened_on, person, others, supplier=supplier)
        SCENARIOS[scenario].plant(plot)
        plot.insured_later()
        if not plot.assessed:
            plot.safety_certificate().issued(plot.day(-600), plot.day(495))
        return self.change(place, lead=plot.lead, certificate_no=plot.certificate_no, scenario=scenario)


@dataclass(frozen=True)
class LotScenario:
    """``plant`` answers whether the lot would take it; a lot has ``fewest_bids`` at least."""

    name: str
    claim: str
    plant: Callable[[LotPlot], bool]
    fewest_bids: int


LOT_SCENARIOS: dict[str, LotScenario] = {}


def lot_scenario(*, fewest_bids: int = 2) -> Callable[[Callable[[LotPlot], bool]], Callable[[LotPlot], bool]]:
    """Register a function that plants; its docstring says what and why the clues follow."""

    def register(plant: Callable[[LotPlot], bool]) -> Callable[[LotPlot], bool]:
        name = plant.__name__
        if name in LOT_SCENARIOS or not plant.__doc__:
            raise ValueError(f"lot scenario {name} needs a name of its own and a docstring")
        LOT_SCENARIOS[name] = LotScenario(name, plant.__doc__, plant, fewest_bids)
        return plant

    return register
