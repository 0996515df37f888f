"""Leads whose facts, or whose very appointment, were corrected by the source."""

from infra.simulation.insurance import KIND as INSURANCE_PAID
from infra.simulation.insurance import paid_on, payment
from infra.simulation.months import at
from infra.simulation.scenarios.payers import lent_certificate
from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.quiet import honest
from infra.simulation.scenarios.scenario import LENT, NOT_INSURED, scenario


@scenario(*LENT)
def payments_corrected_to_another(plot: Plot) -> None:
    """The bureau first names the bidder, then corrects every payment to another firm."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    stint = plot.insured(plot.bidder, since=first, through=last)
    plot.corrected_payments(stint, plot.a_payer())


@scenario()
def payments_corrected_to_the_bidder(plot: Plot) -> None:
    """The bureau first names another firm, then corrects every payment to the bidder."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    stint = plot.insured(plot.a_stranger(), since=first, through=last)
    plot.corrected_payments(stint, plot.bidder)


@scenario()
def corrections_overtake_the_payments(plot: Plot) -> None:
    """As before, but each correction arrives before the payment it corrects."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    stint = plot.insured(plot.a_stranger(), since=first, through=last)
    plot.corrected_payments(stint, plot.bidder, early=True)


@scenario(NOT_INSURED)
def payments_struck_out(plot: Plot) -> None:
    """All payments are taken back and nothing is put in their place."""
    first, last = plot.lookback
    plot.registered(plot.bidder)
    stint = plot.insured(plot.bidder, since=first, through=last)
    plot.corrected_payments(stint, None)


@scenario()
def correction_corrected(plot: Plot) -> None:
    """The correction that named another firm is itself corrected, back to the bidder."""
    month = plot.month(1)
    plot.registered(plot.bidder)
    stint = plot.insured(plot.bidder, since=month, through=month, schemes=("pension",))
    (wrong,) = plot.corrected_payments(stint, plot.a_stranger())
    right = payment(plot.lead, plot.bidder.org, month, "pension", paid_on(plot.lead, stint, month))
    plot.town.post.correct(wrong, "更正有误", happened=at(plot.day(38), 16), kind=INSURANCE_PAID, data=right)


@scenario()
def registration_corrected(plot: Plot) -> None:
    """The registration named another employer by mistake and is corrected to the bidder."""
    since = plot.years_ago()
    wrong = plot.registered(plot.a_stranger(), since=since)
    right = {
        "person": plot.lead.door,
        "employer": plot.bidder.org,
        "certificate_no": plot.certificate_no,
        "qualification": "一级注册建造师",
        "province": "44",
        "valid_from": since.isoformat(),
    }
    plot.town.post.correct(
        wrong, "聘用企业录入错误", happened=at(plot.day(5), 9), kind="registration-recorded", data=right
    )
    plot.insured(plot.bidder)


@scenario()
def lead_corrected_to_an_honest_one(plot: Plot) -> None:
    """The opening was read out with a lent certificate by mistake; the right lead is sound."""
    lent_certificate(plot.instead_of_another())
    honest(plot)


@scenario(*LENT)
def lead_corrected_to_a_lent_one(plot: Plot) -> None:
    """The opening was read out with a sound lead; the right one has a lent certificate."""
    honest(plot.instead_of_another())
    lent_certificate(plot)


@scenario(*LENT)
def correction_overtakes_the_opening(plot: Plot) -> None:
    """As before, but the correction of the opening arrives before the opening."""
    honest(plot.instead_of_another(correction_first=True))
    lent_certificate(plot)
