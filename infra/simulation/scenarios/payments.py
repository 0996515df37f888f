"""Leads whose payments are missing, paid back, late on paper or late in the post."""

from infra.simulation.months import at
from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import (
    CERTIFICATE_INVALID,
    LENT,
    NEWLY_INSURED,
    NOT_INSURED,
    PAID_BACK,
    PAID_BACK_OVER_A_STRANGER,
    TWO_PAYERS,
    scenario,
)


@scenario(NOT_INSURED, lasting=True)
def never_insured(plot: Plot) -> None:
    """No payment at all: E105 once the look-back is closed; E101 and E102 have no evidence."""
    plot.registered(plot.bidder)


@scenario(NOT_INSURED, CERTIFICATE_INVALID, lasting=True)
def neither_insured_nor_registered(plot: Plot) -> None:
    """Nothing is known of the person, and the register is complete."""


@scenario(NOT_INSURED)
def insurance_ended_before(plot: Plot) -> None:
    """The bidder paid until the month before the look-back."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, through=plot.month(4))


@scenario(NEWLY_INSURED)
def insured_from_the_opening_on(plot: Plot) -> None:
    """The bidder pays from the month of the opening, which is no look-back month: newly hired."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, since=plot.month(0))


@scenario(PAID_BACK, weight=2)
def paid_back_after_the_opening(plot: Plot) -> None:
    """The bidder paid all look-back months on one day after the opening and after their lawful term."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, since=first, through=last, paid_on=plot.day(65))
    plot.insured(plot.bidder, since=plot.month(0))


@scenario()
def paid_back_before_the_opening(plot: Plot) -> None:
    """All look-back months paid on one day shortly before the opening: late, but in time."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, since=first, through=last, paid_on=plot.day(-2))
    plot.insured(plot.bidder, since=plot.month(0))


@scenario()
def paid_back_on_the_opening_day(plot: Plot) -> None:
    """Paid on the day of the opening is not after it."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, since=first, through=last, paid_on=plot.opened_on)


@scenario()
def last_month_paid_late(plot: Plot) -> None:
    """Only the last look-back month was paid after the opening: E101 does not need it to agree."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, through=plot.month(2))
    plot.insured(plot.bidder, since=plot.month(1), through=plot.month(1), paid_on=plot.day(4))


@scenario(TWO_PAYERS, PAID_BACK_OVER_A_STRANGER)
def papered_over(plot: Plot) -> None:
    """Another firm paid the one paid month before the opening, the bidder the same month long after it."""
    month = plot.month(1)
    plot.registered(plot.bidder)
    plot.insured(plot.a_stranger(), since=month, through=month, schemes=("pension",))
    plot.insured(plot.bidder, since=month, through=month, schemes=("pension",), paid_on=plot.day(65))


@scenario()
def paid_within_the_lawful_term(plot: Plot) -> None:
    """The one paid month was paid some days after the opening and before the end of the following month."""
    month = plot.month(1)
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, since=month, through=month, schemes=("pension",), paid_on=plot.end_of_opening_month())


@scenario(*LENT)
def one_month_of_injury_insurance(plot: Plot) -> None:
    """A stranger pays the pension; the bidder buys work-injury insurance for the last month."""
    month = plot.month(1)
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer(), through=plot.month(2), schemes=("pension",))
    plot.insured(plot.bidder, since=month, through=month, schemes=("injury",))


@scenario()
def injury_insurance_bought_for_a_project(plot: Plot) -> None:
    """The bidder insures the lead; another firm buys work-injury insurance for its project."""
    plot.registered(plot.bidder)
    plot.insured(plot.bidder)
    plot.insured(plot.a_stranger(), since=plot.month(3), through=plot.month(1), schemes=("injury",))


@scenario(weight=2)
def late_file_clears(plot: Plot) -> None:
    """Paid in time by the bidder, but the bureau's file arrives three weeks after the opening."""
    plot.registered(plot.bidder)
    first, last = plot.lookback
    plot.insured(plot.bidder, through=first - 1)
    plot.insured(plot.bidder, since=first, through=last, arrives=at(plot.day(21), 3))
    plot.insured(plot.bidder, since=last + 1)


@scenario(*LENT)
def late_file_accuses(plot: Plot) -> None:
    """Nothing is known at the opening; the file that names another payer arrives weeks later."""
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer(), through=plot.month(1), arrives=at(plot.day(25), 4))
