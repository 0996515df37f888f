"""Leads who are what their bidder says, some of them behind a mess: no clue may stay open."""

from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import Needs, scenario
from infra.simulation.spelling import written_differently
from infra.simulation.stints import Payer
from infra.simulation.wire import fragment


@scenario(lasting=True, weight=0)
def honest(plot: Plot) -> None:
    """Registered at the bidder and insured by it all along."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder)


@scenario()
def moved_long_ago(plot: Plot) -> None:
    """Came from another firm the month before the look-back begins, registration and all."""
    former = plot.a_stranger()
    plot.registered(former)
    plot.registered(plot.bidder, since=plot.day(-140))
    plot.insured(former, through=plot.month(5))
    plot.insured(plot.bidder, since=plot.month(4))


@scenario(lasting=True)
def insured_for_illness_only(plot: Plot) -> None:
    """No pension payment anywhere: the bidder's medical payments decide, and agree."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, schemes=("medical",))


@scenario(lasting=True)
def another_payer_of_another_scheme(plot: Plot) -> None:
    """Another firm pays the housing fund; pension comes first, and no scheme has two payers."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, schemes=("pension",))
    plot.insured(plot.a_stranger(), schemes=("housing-fund",))


@scenario()
def gap_in_the_last_month(plot: Plot) -> None:
    """The last look-back month was never paid: the latest paid month decides, and agrees."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, through=plot.month(2))
    plot.insured(plot.bidder, since=plot.month(0))


@scenario(lasting=True)
def payer_written_differently(plot: Plot) -> None:
    """The bureau knows no code and adds labels, notes, spaces or traditional characters."""
    plot.registered(plot.bidder)
    spelled = written_differently(plot.bidder.name, plot.town.rng)
    plot.insured(Payer.written(spelled, plot.bidder.city))


@scenario(lasting=True)
def old_id_number(plot: Plot) -> None:
    """The bureau still files the person under a 15-digit number."""
    plot.registered(plot.bidder)
    old = fragment({"name": plot.lead.name, "id_number": plot.lead.old_number})
    plot.insured(plot.bidder, person=old)


@scenario(lasting=True, needs=Needs.RENAMED)
def renamed_employer(plot: Plot) -> None:
    """The bureau still writes the bidder's former name, without a code; the renaming is known."""
    plot.registered(plot.bidder)
    plot.insured(Payer.written(plot.bidder.former_name or "", plot.bidder.city))


@scenario(lasting=True, needs=Needs.RENAMED_LATE)
def renaming_reported_late(plot: Plot) -> None:
    """As before, but the registry tells of the renaming only after the openings."""
    plot.registered(plot.bidder)
    plot.insured(Payer.written(plot.bidder.former_name or "", plot.bidder.city))


@scenario(lasting=True, needs=Needs.MOVED_SEAT)
def seat_moved(plot: Plot) -> None:
    """The bureau writes the code from before the seat moved: characters 9 to 17 agree."""
    plot.registered(plot.bidder)
    plot.insured(Payer.written(plot.bidder.name, plot.bidder.city, plot.bidder.former_code))
