"""Workers who check in for a special operation, with and without a certificate for it."""

from datetime import timedelta

from infra.simulation.months import at, first_day, last_day
from infra.simulation.site_scenarios.scenario import NO_CERTIFICATE, UNCLEAR_CERTIFICATE, SitePlot, site_scenario

_YEARS = timedelta(days=900)


@site_scenario(NO_CERTIFICATE)
def certificate_expired(plot: SitePlot) -> None:
    """The certificate ran out before the month."""
    worker = plot.operator()
    plot.certificate(worker).issued(first_day(plot.month) - _YEARS, first_day(plot.month) - timedelta(days=20))
    plot.owes(NO_CERTIFICATE, worker.person)


@site_scenario(NO_CERTIFICATE)
def certificate_of_another_trade(plot: SitePlot) -> None:
    """A rigger works as an electrician."""
    worker = plot.operator()
    certificate = plot.certificate(worker, trade="建筑架子工")
    certificate.issued(first_day(plot.month) - _YEARS, first_day(plot.month) + _YEARS)
    plot.owes(NO_CERTIFICATE, worker.person)


@site_scenario(NO_CERTIFICATE)
def certificate_suspended(plot: SitePlot) -> None:
    """Suspended in the middle of the days on which the worker checks in."""
    worker, until = plot.operator(), first_day(plot.month) + _YEARS
    certificate = plot.certificate(worker)
    certificate.issued(first_day(plot.month) - _YEARS, until)
    certificate.changed(plot.days[4], "suspended", until=until)
    plot.owes(NO_CERTIFICATE, worker.person)


@site_scenario(UNCLEAR_CERTIFICATE)
def certificate_without_a_trade(plot: SitePlot) -> None:
    """The certificate is valid and does not say for what."""
    worker = plot.operator()
    certificate = plot.certificate(worker, trade=None)
    certificate.issued(first_day(plot.month) - _YEARS, first_day(plot.month) + _YEARS)
    plot.owes(UNCLEAR_CERTIFICATE, worker.person)


@site_scenario()
def certificate_sound(plot: SitePlot) -> None:
    """Valid for that very trade."""
    plot.certificate(plot.operator()).issued(first_day(plot.month) - _YEARS, first_day(plot.month) + _YEARS)


@site_scenario()
def certificate_renewed_and_told_late(plot: SitePlot) -> None:
    """The old certificate ends in the month, the new one is reported months after it began."""
    worker, turn = plot.operator(), plot.days[3]
    plot.certificate(worker).issued(turn - _YEARS, turn)
    late = at(last_day(plot.month), 9) + timedelta(days=35)
    plot.certificate(worker).issued(turn + timedelta(days=1), turn + _YEARS, arrives=late)


@site_scenario(NO_CERTIFICATE)
def certificate_unknown(plot: SitePlot) -> None:
    """No certificate of the worker was ever reported, and the issuer's register is complete."""
    plot.owes(NO_CERTIFICATE, plot.operator().person)
