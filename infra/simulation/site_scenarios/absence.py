"""Leads who are hardly on site in a month, or only seem so."""

from datetime import timedelta

from infra.simulation.months import at, first_day, last_day
from infra.simulation.site_scenarios.scenario import HARDLY_THERE, NEVER_THERE, SitePlot, site_scenario


@site_scenario(HARDLY_THERE)
def lead_there_every_other_day(plot: SitePlot) -> None:
    """On site on half of the construction days of a month."""
    plot.lead.there[plot.month] = plot.days[::2]
    plot.owes(HARDLY_THERE)


@site_scenario(HARDLY_THERE)
def lead_one_day_short(plot: SitePlot) -> None:
    """The last day that would have made 80 % is missing."""
    plot.lead.there[plot.month] = plot.days[: _eighty_percent(plot) - 1]
    plot.owes(HARDLY_THERE)


@site_scenario()
def lead_there_just_enough(plot: SitePlot) -> None:
    """On site on exactly as many days as 80 % takes."""
    plot.lead.there[plot.month] = plot.days[: _eighty_percent(plot)]


@site_scenario(NEVER_THERE)
def lead_never_there(plot: SitePlot) -> None:
    """The crew comes, the lead never does."""
    plot.lead.there[plot.month] = []
    plot.owes(NEVER_THERE)


@site_scenario()
def check_ins_reported_late(plot: SitePlot) -> None:
    """The lead's check-ins of the month reach the monitor months later: until then nobody knows."""
    arrives = at(last_day(plot.month), 9) + timedelta(days=40)
    for day in plot.days:
        plot.checked_in(day, (8, 17), arrives=arrives)
    plot.lead.there[plot.month] = []


@site_scenario()
def nobodys_check_ins_reported(plot: SitePlot) -> None:
    """A site in Foshan, whose attendance is not connected: that nobody is seen there is no evidence."""
    plot.site.project_code = plot.site.project_code.replace("-440106-", "-440600-")
    for worker in plot.site.workers():
        worker.there[plot.month] = []


@site_scenario()
def construction_stopped(plot: SitePlot) -> None:
    """Stopped for the whole month with the owner's consent: nobody has to be there."""
    plot.stopped(first_day(plot.month), last_day(plot.month))


@site_scenario()
def lead_handed_over(plot: SitePlot) -> None:
    """One of the crew leads from the first of the month on, and the former lead is gone."""
    plot.lead.there |= {plot.month: [], plot.month + 1: []}
    plot.handed_over(first_day(plot.month))


@site_scenario()
def acceptance_reported_late(plot: SitePlot) -> None:
    """Accepted before the month began, which is told only months later."""
    plot.accepted_but_told_late(first_day(plot.month))


def _eighty_percent(plot: SitePlot) -> int:
    return -(-len(plot.days) * 80 // 100)
