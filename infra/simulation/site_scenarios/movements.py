"""Leads who are said to be on two sites, some of them at once."""

from datetime import date, timedelta

from infra.simulation.months import at
from infra.simulation.site_scenarios.scenario import OVERLAP, TOO_FAR, SitePlot, site_scenario

_TIANHE = (23.1247, 113.3612)
_ZENGCHENG = (23.2905, 113.8295)
"""Fifty kilometres from Tianhe: at the speed limit half an hour away, not a few minutes."""


@site_scenario(TOO_FAR)
def fifty_kilometres_in_no_time(plot: SitePlot) -> None:
    """Leaves the own site and is on another one, fifty kilometres away, at the same moment."""
    day = _a_day(plot)
    plot.checked_in(day, (8, 12), place=_TIANHE)
    plot.checked_in(day, (12, 17), project_code=_elsewhere(plot), place=_ZENGCHENG)
    plot.owes(TOO_FAR)


@site_scenario(OVERLAP)
def on_two_sites_at_once(plot: SitePlot) -> None:
    """Two stays overlap; the terminals give no coordinates."""
    day = _a_day(plot)
    plot.checked_in(day, (8, 17))
    plot.checked_in(day, (10, 19), project_code=_elsewhere(plot))
    plot.owes(OVERLAP)


@site_scenario()
def other_stay_taken_back(plot: SitePlot) -> None:
    """As before, but the platform takes the other site's check-ins back as those of somebody else."""
    day = _a_day(plot)
    plot.checked_in(day, (8, 17))
    for wrong in plot.checked_in(day, (10, 19), project_code=_elsewhere(plot)):
        plot.post.correct(wrong, "识别错误", happened=at(day, 20) + timedelta(days=9))


@site_scenario()
def drives_to_another_site(plot: SitePlot) -> None:
    """On another site fifty kilometres away in the afternoon, with two hours for the way."""
    day = _a_day(plot)
    plot.checked_in(day, (8, 12), place=_TIANHE)
    plot.checked_in(day, (14, 17), project_code=_elsewhere(plot), place=_ZENGCHENG)


@site_scenario()
def forgot_to_check_out(plot: SitePlot) -> None:
    """Never checked out here before checking in elsewhere: no stay, nothing overlaps."""
    day = _a_day(plot)
    plot.checked_in(day, (8, None))
    plot.checked_in(day, (10, 17), project_code=_elsewhere(plot))


@site_scenario()
def leads_adjacent_sections(plot: SitePlot) -> None:
    """Two adjoining sections with one lead, who is on either and on some days on both at once."""
    beside = plot.adjoining_site()
    for month in range(plot.month - 2, plot.month + 3):
        here = plot.site.days(month)
        plot.lead.there[month], beside.lead.there[month] = here[::2], here[1::2] + here[:6:2]


def _a_day(plot: SitePlot) -> date:
    """A construction day on which nothing else is said of the lead."""
    day = plot.rng.choice(plot.days)
    plot.lead.there[plot.month] = [other for other in plot.days if other != day]
    return day


def _elsewhere(plot: SitePlot) -> str:
    """A project in Zengcheng of which nothing else is known."""
    return f"{plot.site.started:%y%m}-440118-04-09-{plot.site.number:06d}"
