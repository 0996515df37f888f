"""Inspectors who ask for somebody on site."""

from infra.simulation.months import first_day
from infra.simulation.site_scenarios.scenario import NO_ANSWER, NOT_FOUND, SitePlot, site_scenario


@site_scenario(NOT_FOUND)
def lead_not_found(plot: SitePlot) -> None:
    """The inspector does not find the lead."""
    plot.inspected(plot.rng.choice(plot.days), present=False)
    plot.owes(NOT_FOUND)


@site_scenario(NO_ANSWER)
def lead_cannot_answer(plot: SitePlot) -> None:
    """The lead is there and knows nothing about the project."""
    plot.inspected(plot.rng.choice(plot.days), present=True, answered=False)
    plot.owes(NO_ANSWER)


@site_scenario(NOT_FOUND)
def worker_not_found(plot: SitePlot) -> None:
    """Somebody who leads nothing is asked for, and missing."""
    worker = plot.site.crew[0]
    worker.watched = True
    plot.inspected(plot.rng.choice(plot.days), worker.person, present=False)
    plot.owes(NOT_FOUND, worker.person)


@site_scenario()
def inspection_corrected(plot: SitePlot) -> None:
    """The inspector had asked for somebody else, and says so weeks later."""
    day = plot.rng.choice(plot.days)
    plot.inspection_corrected(plot.inspected(day, present=False), day)


@site_scenario()
def away_while_stopped(plot: SitePlot) -> None:
    """Construction was stopped on the day of the inspection: an exempt absence."""
    first, last = plot.days[2], plot.days[6]
    plot.inspected(plot.days[4], present=False)
    plot.stopped(first, last)


@site_scenario()
def not_begun_yet(plot: SitePlot) -> None:
    """The inspector came before construction had begun."""
    plot.inspected(first_day(plot.month - 2), present=False)
