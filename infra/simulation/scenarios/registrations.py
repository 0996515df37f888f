"""Leads whose registration is doubled, restless, over, not begun or missing."""

from infra.simulation.months import at
from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import (
    BELOW_TENDER,
    CERTIFICATE_INVALID,
    MOVES_OFTEN,
    TWO_RELATED_UNITS,
    TWO_UNITS,
    Needs,
    scenario,
)


@scenario(TWO_UNITS, lasting=True, weight=2)
def registered_at_two_units(plot: Plot) -> None:
    """Two certificates, two unrelated firms, both valid on the day; the bidder is one of them."""
    plot.registered(plot.bidder)
    plot.registered(plot.a_stranger(), certificate_no=plot.a_certificate_no())
    plot.insured(plot.bidder)


@scenario(TWO_UNITS, lasting=True)
def registered_in_two_provinces(plot: Plot) -> None:
    """As before, the second certificate registered in another province."""
    plot.registered(plot.bidder)
    plot.registered(plot.a_stranger(), certificate_no=f"湘1432{plot.a_certificate_no()[-9:]}", province="43")
    plot.insured(plot.bidder)


@scenario()
def former_second_registration(plot: Plot) -> None:
    """The second registration ended the day before the opening."""
    plot.registered(plot.bidder)
    plot.registered(plot.a_stranger(), certificate_no=plot.a_certificate_no(), until=plot.day(-1))
    plot.insured(plot.bidder)


@scenario()
def registration_moved_on_the_day(plot: Plot) -> None:
    """The old registration ends on the day of the opening, on which the new one begins: no overlap."""
    plot.registered(plot.a_stranger(), certificate_no=plot.a_certificate_no(), until=plot.opened_on)
    plot.registered(plot.bidder, since=plot.opened_on)
    plot.insured(plot.bidder)


@scenario(TWO_RELATED_UNITS, lasting=True, needs=Needs.BRANCH)
def registered_at_the_branch_too(plot: Plot) -> None:
    """Two certificates, one at the bidder and one at its branch."""
    plot.registered(plot.bidder)
    plot.registered(plot.bidder.branch or plot.bidder, certificate_no=plot.a_certificate_no())
    plot.insured(plot.bidder)


def _moves(plot: Plot, days_before: tuple[int, ...]) -> None:
    """Registered elsewhere, then moved on each of the days, the last time to the bidder."""
    plot.registered(plot.a_stranger())
    for days in days_before[:-1]:
        plot.registered(plot.a_stranger(), since=plot.day(-days))
    plot.registered(plot.bidder, since=plot.day(-days_before[-1]))
    plot.insured(plot.bidder)


@scenario(MOVES_OFTEN, weight=2)
def registration_moved_three_times(plot: Plot) -> None:
    """Three changes of registration employer in the year before the opening."""
    _moves(plot, (310, 220, 130))


@scenario()
def registration_moved_twice(plot: Plot) -> None:
    """Three changes, the first of them more than a year before the opening."""
    _moves(plot, (400, 220, 130))


@scenario(CERTIFICATE_INVALID)
def registration_expired(plot: Plot) -> None:
    """Ran out before the opening: C302; nothing valid is left for E102 and E108 to compare."""
    plot.registered(plot.bidder, until=plot.day(-5))
    plot.insured(plot.bidder)


@scenario()
def registration_ends_on_the_day(plot: Plot) -> None:
    """The last day counts."""
    plot.registered(plot.bidder, until=plot.opened_on)
    plot.insured(plot.bidder)


@scenario(CERTIFICATE_INVALID)
def registration_cancelled(plot: Plot) -> None:
    """Cancelled weeks before the opening."""
    plot.registered(plot.bidder)
    plot.registration_cancelled(plot.day(-17))
    plot.insured(plot.bidder)


@scenario(CERTIFICATE_INVALID)
def registration_cancelled_on_the_day(plot: Plot) -> None:
    """No longer valid from the very day of the opening on."""
    plot.registered(plot.bidder)
    plot.registration_cancelled(plot.opened_on)
    plot.insured(plot.bidder)


@scenario()
def registration_cancelled_after(plot: Plot) -> None:
    """Cancelled two weeks after the opening: it was valid on the day."""
    plot.registered(plot.bidder)
    plot.registration_cancelled(plot.day(14))
    plot.insured(plot.bidder)


@scenario(CERTIFICATE_INVALID)
def registration_begins_after(plot: Plot) -> None:
    """The registration begins a week after the opening."""
    plot.registered(plot.bidder, since=plot.day(7))
    plot.insured(plot.bidder)


@scenario(CERTIFICATE_INVALID, lasting=True)
def never_registered(plot: Plot) -> None:
    """Insured by the bidder but never registered, and the register is complete."""
    plot.insured(plot.bidder)


@scenario()
def registration_reported_late(plot: Plot) -> None:
    """Begun before the opening, reported a month after it: C302 withdraws itself."""
    plot.registered(plot.bidder, since=plot.day(-12), arrives=at(plot.day(28), 15))
    plot.insured(plot.bidder)


@scenario(BELOW_TENDER, lasting=True)
def second_class_constructor(plot: Plot) -> None:
    """Every tender of the city requires a first-class constructor; this one is second-class."""
    plot.registered(plot.bidder, qualification="二级注册建造师")
    plot.insured(plot.bidder)


@scenario(lasting=True)
def first_and_second_class(plot: Plot) -> None:
    """Holds both classes with the bidder; the bid names the first-class certificate."""
    plot.registered(plot.bidder)
    plot.registered(plot.bidder, certificate_no=plot.a_certificate_no(), qualification="二级注册建造师")
    plot.insured(plot.bidder)


@scenario()
def another_certificate_cancelled(plot: Plot) -> None:
    """A certificate that the bid does not name was cancelled before the opening."""
    plot.registered(plot.bidder)
    other = plot.a_certificate_no()
    plot.registered(plot.bidder, certificate_no=other)
    plot.registration_cancelled(plot.day(-30), certificate_no=other)
    plot.insured(plot.bidder)


@scenario(CERTIFICATE_INVALID)
def named_certificate_expired_beside_another(plot: Plot) -> None:
    """The bid names a certificate that ran out; another one with the bidder is valid."""
    plot.registered(plot.bidder, until=plot.day(-5))
    plot.registered(plot.bidder, certificate_no=plot.a_certificate_no())
    plot.insured(plot.bidder)
