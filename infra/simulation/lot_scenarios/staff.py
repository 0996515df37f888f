"""Lots in which bidders name the same people, and what only looks so."""

from infra.simulation.lot_scenarios.owed import EMPLOYED_ELSEWHERE, SHARED_STAFF
from infra.simulation.lot_scenarios.scenario import LotPlot, lot_scenario
from infra.simulation.scenarios.plot import Plot


@lot_scenario()
def staff_in_two_bids(plot: LotPlot) -> bool:
    """One safety officer is named by two bidders."""
    shared = plot.somebody(plot.lot.bids[0].bidder)
    for place in (0, 1):
        plot.change(place, staff=(shared,))
    plot.owes(SHARED_STAFF, person=shared)
    return True


@lot_scenario(fewest_bids=3)
def staff_in_three_bids(plot: LotPlot) -> bool:
    """Two officers are named by three bidders: a clue for each of the two."""
    shared = (plot.somebody(plot.lot.bids[0].bidder), plot.somebody(plot.lot.bids[1].bidder))
    for place in (0, 1, 2):
        plot.change(place, staff=shared)
    for person in shared:
        plot.owes(SHARED_STAFF, person=person)
    return True


@lot_scenario()
def lead_among_a_rivals_staff(plot: LotPlot) -> bool:
    """The lead of one bidder is on the staff of another."""
    lead = plot.lot.bids[0].lead
    plot.change(1, staff=(lead,))
    plot.owes(SHARED_STAFF, person=lead)
    return True


@lot_scenario()
def staff_of_a_disqualified_bid(plot: LotPlot) -> bool:
    """One of the two bids was disqualified: the naming may be why."""
    shared = plot.somebody(plot.lot.bids[1].bidder)
    plot.change(0, staff=(shared,), disqualified=True)
    plot.change(1, staff=(shared,))
    plot.owes(SHARED_STAFF, person=shared)
    return True


@lot_scenario()
def staff_of_their_own(plot: LotPlot) -> bool:
    """Every bidder names staff of its own, one of them its lead once more."""
    for place, bid in enumerate(plot.lot.bids):
        plot.change(place, staff=(bid.lead,) if place == 0 else (plot.somebody(bid.bidder),))
    return True


@lot_scenario()
def staff_by_mistake(plot: LotPlot) -> bool:
    """A rival's officer was read out by mistake: the correction withdraws the clue."""
    shared, own = plot.somebody(plot.lot.bids[0].bidder), plot.somebody(plot.lot.bids[1].bidder)
    plot.change(0, staff=(shared,))
    plot.change(1, staff=(own,), first_staff=(shared,))
    return True


@lot_scenario()
def technical_lead_of_another_firm(plot: LotPlot) -> bool:
    """A stranger insures the technical lead whom one bid names."""
    bid = plot.lot.bids[0]
    named = Plot(
        plot.town, bid.bidder, plot.lot.opened_on, plot.town.births.person(), [b.bidder for b in plot.lot.bids]
    )
    named.insured(named.a_stranger())
    plot.change(0, technical_lead=named.lead)
    plot.owes(EMPLOYED_ELSEWHERE, bidder=bid.bidder, person=named.lead)
    return True


@lot_scenario()
def technical_leads_of_their_own(plot: LotPlot) -> bool:
    """Every bid names a technical lead whom its bidder insures."""
    for place, bid in enumerate(plot.lot.bids):
        plot.change(place, technical_lead=plot.somebody(bid.bidder))
    return True
