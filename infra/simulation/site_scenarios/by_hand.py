"""Leads whose check-ins were entered by hand."""

from datetime import date

from infra.simulation.site_scenarios.scenario import BY_HAND, SitePlot, site_scenario


@site_scenario(BY_HAND)
def every_third_day_by_hand(plot: SitePlot) -> None:
    """A third of the month's check-ins was entered by hand."""
    _by_hand(plot, plot.days[::3])
    plot.owes(BY_HAND)


@site_scenario()
def one_day_in_ten_by_hand(plot: SitePlot) -> None:
    """A terminal that fails now and then is nothing special."""
    _by_hand(plot, plot.days[::10])


def _by_hand(plot: SitePlot, days: list[date]) -> None:
    plot.lead.there[plot.month] = [day for day in plot.days if day not in days]
    for day in days:
        plot.checked_in(day, (8, 17), method="manual")
