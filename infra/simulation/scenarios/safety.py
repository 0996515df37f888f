"""Leads whose safety certificate B 安全生产考核合格证 is known and troubled."""

from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import CERTIFICATE_INVALID, scenario


@scenario(CERTIFICATE_INVALID)
def safety_certificate_revoked(plot: Plot) -> None:
    """Revoked weeks before the opening; the registration itself is sound."""
    _employed(plot)
    certificate = plot.safety_certificate()
    certificate.issued(plot.day(-600), plot.day(495))
    certificate.changed(plot.day(-20), "revoked", until=plot.day(495))


@scenario(CERTIFICATE_INVALID)
def safety_certificate_expired(plot: Plot) -> None:
    """Ran out days before the opening."""
    _employed(plot)
    plot.safety_certificate().issued(plot.day(-1_100), plot.day(-6))


@scenario()
def safety_certificate_revoked_after(plot: Plot) -> None:
    """Revoked after the opening: it was valid on the day."""
    _employed(plot)
    certificate = plot.safety_certificate()
    certificate.issued(plot.day(-600), plot.day(495))
    certificate.changed(plot.day(10), "revoked", until=plot.day(495))


@scenario()
def safety_certificate_given_back(plot: Plot) -> None:
    """Suspended and given back before the opening."""
    _employed(plot)
    certificate = plot.safety_certificate()
    certificate.issued(plot.day(-600), plot.day(495))
    certificate.changed(plot.day(-60), "suspended", until=plot.day(495))
    certificate.changed(plot.day(-15), "valid", until=plot.day(495))


def _employed(plot: Plot) -> None:
    plot.registered(plot.bidder)
    plot.insured(plot.bidder)
