"""Leads whom another bidder of the same lot insures, and what only looks so."""

from infra.simulation.firms import Firm
from infra.simulation.lot_scenarios.owed import INSURED_BY_RIVAL
from infra.simulation.lot_scenarios.scenario import LotPlot, lot_scenario
from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import LENT, PAYER_CAME_FROM_RIVAL, scenario
from infra.simulation.stints import Payer


@scenario(*LENT, weight=0)
def insured_by_a_rival(plot: Plot) -> None:
    """Registered at the bidder, insured by another bidder of the lot."""
    plot.registered(plot.bidder)
    plot.insured(plot.the_supplier())


@scenario(*LENT, weight=0)
def insured_by_a_rival_without_a_code(plot: Plot) -> None:
    """As before; the bureau gives the rival's name only."""
    rival = plot.the_supplier()
    plot.registered(plot.bidder)
    plot.insured(Payer.written(rival.name, rival.city))


@scenario(PAYER_CAME_FROM_RIVAL, weight=0)
def came_from_a_rival(plot: Plot) -> None:
    """The rival paid until two months before the opening, the bidder since."""
    plot.registered(plot.bidder)
    plot.insured(plot.the_supplier(), through=plot.month(2))
    plot.insured(plot.bidder, since=plot.month(1))


@scenario(weight=0)
def bought_out_by_a_rival(plot: Plot) -> None:
    """The rival bought the insurance out on its restructuring: lawful."""
    plot.registered(plot.bidder)
    rival = plot.the_supplier()
    plot.insured(rival)
    plot.exempted("buy-out", plot.bidder, payer=rival, since=plot.day(-500))


@scenario(weight=0)
def corrected_from_a_rival(plot: Plot) -> None:
    """The bureau first names the rival, then corrects every payment to the bidder."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    stint = plot.insured(plot.the_supplier(), since=first, through=last)
    plot.corrected_payments(stint, plot.bidder)


@lot_scenario()
def lead_insured_by_a_rival(plot: LotPlot) -> bool:
    """The bureau gives the rival's code."""
    return _insured_by_rival(plot, insured_by_a_rival.__name__)


@lot_scenario()
def lead_insured_by_a_rival_without_a_code(plot: LotPlot) -> bool:
    """The bureau gives the rival's name only."""
    return _insured_by_rival(plot, insured_by_a_rival_without_a_code.__name__)


@lot_scenario()
def lead_who_left_a_rival(plot: LotPlot) -> bool:
    """The current payer is the bidder: no clue about the lot."""
    return _recast(plot, came_from_a_rival.__name__) is not None


@lot_scenario()
def lead_bought_out_by_a_rival(plot: LotPlot) -> bool:
    """An exemption excuses the payer."""
    return _recast(plot, bought_out_by_a_rival.__name__) is not None


@lot_scenario()
def lead_corrected_from_a_rival(plot: LotPlot) -> bool:
    """The corrections withdraw the clue."""
    return _recast(plot, corrected_from_a_rival.__name__) is not None


def _insured_by_rival(plot: LotPlot, lead_scenario: str) -> bool:
    place = _recast(plot, lead_scenario)
    if place is None:
        return False
    bid = plot.lot.bids[place]
    plot.owes(INSURED_BY_RIVAL, bidder=bid.bidder, person=bid.lead)
    return True


def _recast(plot: LotPlot, lead_scenario: str) -> int | None:
    """The place of the bid whose lead a rival insures now; none where no rival may take one more bidder."""
    place = plot.honest_place()
    if place is None:
        return None
    bidder = plot.lot.bids[place].bidder
    rivals: list[Firm] = [bid.bidder for bid in plot.lot.bids if bid.bidder != bidder]
    free = [rival for rival in rivals if plot.town.suppliers.may_supply(rival, bidder)]
    if not free:
        return None
    plot.town.suppliers.note(free[0], bidder)
    plot.recast(place, lead_scenario, free[0])
    return place
