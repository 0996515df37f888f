"""Payers that supply leads to several bidders: broker rings, agents, and what falls short of a ring."""

from dataclasses import dataclass
from datetime import timedelta

from infra.simulation.firms import Firm
from infra.simulation.lot_scenarios.owed import AGENT_RING, BROKER_RING, Owed, Planted
from infra.simulation.lot_scenarios.scenario import LotPlot
from infra.simulation.scenarios import HONEST
from infra.simulation.scenarios.plot import Plot, Town
from infra.simulation.scenarios.scenario import LENT, UNCLEAR, Expected, scenario
from infra.simulation.stints import Payer
from infra.simulation.tenders import Lot

_YEAR = timedelta(days=364)
_LONGER = timedelta(days=367)


@scenario(*LENT, weight=0)
def supplied_by_a_broker(plot: Plot) -> None:
    """Registered at the bidder, insured by a firm that insures leads of others too."""
    plot.registered(plot.bidder)
    plot.insured(plot.the_supplier())


@scenario(*LENT, weight=0)
def supplied_by_a_broker_without_a_code(plot: Plot) -> None:
    """As before; the bureau gives the broker's name only."""
    broker = plot.the_supplier()
    plot.registered(plot.bidder)
    plot.insured(Payer.written(broker.name, broker.city))


@scenario(*UNCLEAR, weight=0)
def supplied_by_an_agent(plot: Plot) -> None:
    """Registered at the bidder, insured by an agent that insures leads of others too."""
    plot.registered(plot.bidder)
    plot.insured(plot.the_supplier())


@scenario(weight=0)
def freed_from_a_broker(plot: Plot) -> None:
    """The bureau first names the broker, then corrects every payment to the bidder."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    stint = plot.insured(plot.the_supplier(), since=first, through=last)
    plot.corrected_payments(stint, plot.bidder)


_BROKER = supplied_by_a_broker.__name__
_AGENT = supplied_by_an_agent.__name__
_NAME_ONLY = supplied_by_a_broker_without_a_code.__name__
_FREED = freed_from_a_broker.__name__


@dataclass(frozen=True)
class Ring:
    """What one payer does: the lead scenario of each bidder it supplies, and the clue that follows.

    ``slow``: more than twelve months lie between the first and the last opening.
    """

    name: str
    claim: str
    leads: tuple[str, ...]
    expected: Expected | None
    agent: bool = False
    slow: bool = False


RINGS = (
    Ring("broker_ring", "One payer, three unrelated bidders in a year.", (_BROKER,) * 3, BROKER_RING),
    Ring(
        "broker_under_name_and_code",
        "As before, once by its name alone: it is the same payer.",
        (_BROKER, _NAME_ONLY, _BROKER),
        BROKER_RING,
    ),
    Ring("agent_ring", "An agent insures for three bidders: told apart.", (_AGENT,) * 3, AGENT_RING, agent=True),
    Ring("ring_of_two", "Two bidders: too few.", (_BROKER, _BROKER), None),
    Ring("ring_broken_by_corrections", "The third lead was the bidder's own.", (_BROKER, _BROKER, _FREED), None),
    Ring("slow_ring", "Three bidders, but more than a year from first to last.", (_BROKER,) * 3, None, slow=True),
)


def plant_rings(town: Town, lots: list[Lot], rounds: int, planted: Planted) -> None:
    """Plant every ring ``rounds`` times, as far as there are honest bids to take."""
    brokers, agents = iter(town.firms.brokers), iter(town.firms.ring_agents)
    for ring in RINGS * rounds:
        payer = next(agents if ring.agent else brokers, None)
        places = _places(town, lots, ring)
        if payer is None or places is None:
            continue
        for (lot, place), lead in zip(places, ring.leads, strict=True):
            LotPlot(town, lot, ring.name).recast(place, lead, payer)
        planted.note(ring.name, [Owed(ring.expected, ring.name, bidder=payer)] if ring.expected else [])


_Place = tuple[Lot, int]


def _places(town: Town, lots: list[Lot], ring: Ring) -> list[_Place] | None:
    """Honest bids of as many different bidders, by day."""
    begin = 0 if ring.slow else town.rng.randrange(len(lots))
    found: list[_Place] = []
    taken: set[Firm] = set()
    for lot in (*lots[begin:], *(() if ring.slow else lots[:begin])):
        if found and not _fits(ring, found, lot):
            continue
        for place, bid in enumerate(lot.bids):
            if bid.scenario == HONEST and bid.bidder not in taken:
                found.append((lot, place))
                taken.add(bid.bidder)
                break
        if len(found) == len(ring.leads):
            return found
    return None


def _fits(ring: Ring, found: list[_Place], lot: Lot) -> bool:
    apart = abs(lot.opened_on - found[0][0].opened_on)
    last = len(found) == len(ring.leads) - 1
    return apart >= _LONGER if ring.slow and last else apart <= _YEAR
