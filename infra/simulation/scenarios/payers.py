"""Leads whose payer, registration and bidder do not all agree."""

from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import (
    LENT,
    PAYER_DIFFERS,
    PAYER_NOT_REGISTERED,
    PAYER_UNCLEAR,
    REGISTERED_ELSEWHERE,
    TWO_PAYERS,
    UNCLEAR,
    Needs,
    scenario,
)
from infra.simulation.spelling import with_a_slip
from infra.simulation.stints import Payer


@scenario(*LENT, lasting=True, weight=3)
def lent_certificate(plot: Plot) -> None:
    """Registered at the bidder, but another firm employs and insures the lead."""
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer())


@scenario(PAYER_DIFFERS, REGISTERED_ELSEWHERE, lasting=True)
def lent_with_registration_elsewhere(plot: Plot) -> None:
    """Registered at and insured by one other firm: E102 has nothing to say, E108 has."""
    home = plot.a_payer()
    plot.registered(home)
    plot.insured(home)


@scenario(PAYER_NOT_REGISTERED, REGISTERED_ELSEWHERE, lasting=True)
def registered_elsewhere(plot: Plot) -> None:
    """The bidder pays, but the registration hangs at another firm."""
    plot.registered(plot.a_stranger())
    plot.insured(plot.bidder)


@scenario(*LENT, REGISTERED_ELSEWHERE, lasting=True)
def three_different_units(plot: Plot) -> None:
    """Bidder, payer and registration unit are three firms."""
    plot.registered(plot.a_stranger())
    plot.insured(plot.a_payer())


@scenario(*LENT)
def hired_just_before(plot: Plot) -> None:
    """Moved to the bidder days before the opening: the whole look-back was paid by the former firm."""
    former = plot.a_payer()
    plot.registered(former)
    plot.registered(plot.bidder, since=plot.day(-6))
    plot.insured(former, through=plot.month(1))
    plot.insured(plot.bidder, since=plot.month(0))


@scenario(PAYER_UNCLEAR, weight=2)
def moved_recently(plot: Plot) -> None:
    """The bidder paid the last look-back month, the former firm those before."""
    former = plot.a_stranger()
    plot.registered(former)
    plot.registered(plot.bidder, since=plot.day(-32))
    plot.insured(former, through=plot.month(2))
    plot.insured(plot.bidder, since=plot.month(1))


@scenario(TWO_PAYERS)
def two_payers(plot: Plot) -> None:
    """Bidder and another firm both paid the last look-back month's pension."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder)
    plot.insured(plot.a_stranger(), since=plot.month(1), through=plot.month(1), schemes=("pension",))


@scenario(*UNCLEAR, lasting=True, weight=2)
def agent_pays(plot: Plot) -> None:
    """A staffing agent pays; the bureau gives its name only."""
    plot.registered(plot.bidder)
    agent = plot.an_agent()
    plot.insured(Payer.written(agent.name, agent.city))


@scenario(*UNCLEAR, lasting=True, needs=Needs.BRANCH)
def branch_pays(plot: Plot) -> None:
    """The bidder's branch in another city pays under its own code."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder.branch or plot.bidder)


@scenario(*UNCLEAR, lasting=True, needs=Needs.BRANCH)
def branch_pays_without_a_code(plot: Plot) -> None:
    """As before, but the bureau gives the branch's name only."""
    plot.registered(plot.bidder)
    branch = plot.bidder.branch or plot.bidder
    plot.insured(Payer.written(branch.name, branch.city))


@scenario(*UNCLEAR, lasting=True, needs=Needs.GROUP)
def group_pays(plot: Plot) -> None:
    """The group of the bidder's own name pays; the bureau gives its name only."""
    plot.registered(plot.bidder)
    plot.insured(Payer.written(plot.bidder.group_name or "", plot.bidder.city))


@scenario(*UNCLEAR, lasting=True, weight=2)
def slip_in_the_payer_name(plot: Plot) -> None:
    """No code, and the trade name misheard or a character doubled: never more than probably the same."""
    plot.registered(plot.bidder)
    plot.insured(Payer.written(with_a_slip(plot.bidder.name, plot.town.rng), plot.bidder.city))
