"""Leads with a lawful ground on which payer and registration unit differ, and what looks like one."""

from infra.simulation.months import at
from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import (
    EXEMPTION_IMPLAUSIBLE,
    LENT,
    NOT_INSURED,
    RETIRED,
    TOO_YOUNG_TO_RETIRE,
    Needs,
    scenario,
)


@scenario(lasting=True, ages=RETIRED)
def retired(plot: Plot) -> None:
    """Retired and re-employed: nobody pays any more, and E105 is exempt."""
    plot.registered(plot.bidder)
    plot.exempted("retired", plot.bidder, since=plot.day(-500))


@scenario(lasting=True, needs=Needs.RESTRUCTURED)
def staff_of_a_restructured_institution(plot: Plot) -> None:
    """The public institution insures, its restructured enterprise employs, registers and bids."""
    institution = next(pair[0] for pair in plot.town.firms.restructured if pair[1] == plot.bidder)
    plot.registered(plot.bidder)
    plot.insured(institution)
    plot.exempted("public-institution", plot.bidder, payer=institution, since=plot.day(-500))


@scenario(lasting=True, needs=Needs.UNIVERSITY)
def staff_of_a_university(plot: Plot) -> None:
    """The university insures, its design institute employs, registers and bids."""
    university = next(pair[0] for pair in plot.town.firms.universities if pair[1] == plot.bidder)
    plot.registered(plot.bidder)
    plot.insured(university)
    plot.exempted("university", plot.bidder, payer=university, since=plot.day(-500))


@scenario(lasting=True)
def left_the_army(plot: Plot) -> None:
    """Self-employed after military service, insured through the veterans' centre."""
    plot.registered(plot.bidder)
    centre = plot.town.firms.veterans_centre
    plot.insured(centre)
    plot.exempted("ex-military", plot.bidder, payer=centre, since=plot.day(-500))


@scenario(lasting=True)
def bought_out(plot: Plot) -> None:
    """The former firm bought the insurance out on its restructuring."""
    plot.registered(plot.bidder)
    former = plot.a_stranger()
    plot.insured(former)
    plot.exempted("buy-out", plot.bidder, payer=former, since=plot.day(-500))


@scenario()
def exempt_with_two_payers(plot: Plot) -> None:
    """Bidder and former firm both pay one month: E104 is exempt as well."""
    month, former = plot.month(1), plot.a_stranger()
    plot.registered(plot.bidder)
    plot.insured(plot.bidder)
    plot.insured(former, since=month, through=month, schemes=("pension",))
    plot.exempted("buy-out", plot.bidder, payer=former, since=plot.day(-500))


@scenario()
def exempt_and_paid_back(plot: Plot) -> None:
    """The bidder paid the look-back only after the opening: E106 is exempt as well."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    plot.insured(plot.bidder, since=first, through=last, paid_on=plot.day(70))
    plot.exempted("other", plot.bidder, payer=plot.bidder, since=plot.day(-500))


@scenario()
def exemption_reported_late(plot: Plot) -> None:
    """The exemption was granted in time and reported weeks after the opening."""
    plot.registered(plot.bidder)
    payer = plot.a_stranger()
    plot.insured(payer)
    plot.exempted("other", plot.bidder, payer=payer, since=plot.day(-90), arrives=at(plot.day(26), 11))


@scenario()
def exemption_ends_on_the_day(plot: Plot) -> None:
    """The last day counts."""
    plot.registered(plot.bidder)
    former = plot.a_stranger()
    plot.insured(former)
    plot.exempted("buy-out", plot.bidder, payer=former, until=plot.opened_on)


@scenario(*LENT)
def exemption_expired(plot: Plot) -> None:
    """The exemption ended before the opening."""
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer())
    plot.exempted("other", plot.bidder, until=plot.day(-8))


@scenario(*LENT, EXEMPTION_IMPLAUSIBLE, lasting=True)
def exempt_at_another_workplace(plot: Plot) -> None:
    """The exemption names a workplace that is not the registration unit: it exempts nothing (D903)."""
    payer = plot.a_payer()
    plot.registered(plot.bidder)
    plot.insured(payer)
    plot.exempted("buy-out", plot.a_stranger(), since=plot.day(-500))


@scenario(*LENT, EXEMPTION_IMPLAUSIBLE, lasting=True, ages=TOO_YOUNG_TO_RETIRE)
def retired_too_young(plot: Plot) -> None:
    """Said to have retired at an age at which nobody can, and insured by another firm."""
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer())
    plot.exempted("retired", plot.bidder, since=plot.day(-200))


@scenario(*LENT, EXEMPTION_IMPLAUSIBLE, lasting=True, needs=Needs.UNIVERSITY)
def university_with_another_payer(plot: Plot) -> None:
    """The exemption names the university as payer; a stranger pays."""
    university = next(pair[0] for pair in plot.town.firms.universities if pair[1] == plot.bidder)
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer())
    plot.exempted("university", plot.bidder, payer=university, since=plot.day(-500))


@scenario(lasting=True, needs=Needs.BRANCH)
def exempt_at_the_branch(plot: Plot) -> None:
    """The workplace is the bidder's branch, where the person works for the bidder."""
    former = plot.a_stranger()
    plot.registered(plot.bidder)
    plot.insured(former)
    plot.exempted("buy-out", plot.bidder.branch or plot.bidder, payer=former, since=plot.day(-500))


@scenario(NOT_INSURED, EXEMPTION_IMPLAUSIBLE, lasting=True, ages=RETIRED)
def retired_to_another_workplace(plot: Plot) -> None:
    """Retired, but working elsewhere by the record: E105 stands."""
    plot.registered(plot.bidder)
    plot.exempted("retired", plot.a_stranger(), since=plot.day(-500))


@scenario(*LENT)
def exemption_taken_back(plot: Plot) -> None:
    """The bureau takes the exemption back as entered by mistake."""
    plot.registered(plot.bidder)
    plot.insured(plot.a_payer())
    wrong = plot.exempted("other", plot.bidder)
    plot.town.post.correct(wrong, "误录", happened=at(plot.day(11), 10))
