"""The rows of the comparison page for one appointment: months, registrations, certificates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.employers import EmployerMatch, Outcome
from domain.evidence.appointment import AppointmentCase
from domain.evidence.coverage import PAID
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import FactRef
from domain.facts.fact import Org


@dataclass(frozen=True, slots=True)
class PayerRow:
    """One payment, and its payer compared with the bidder.

    ``payer`` and ``fact`` are None where the reader may not know who paid.
    """

    scheme: str
    payer: str | None
    payer_uscc: str | None
    paid_on: date
    paid_after_opening: bool
    match: EmployerMatch
    fact: FactRef | None


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One look-back month; while ``due`` is False, its data are not complete and a missing payment means nothing."""

    month: str
    due: bool
    payers: tuple[PayerRow, ...]


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration valid on the day of the opening, and its employer compared with the bidder.

    ``employer`` is None and ``facts`` are empty where the reader may not know the employer.
    """

    employer: str | None
    employer_uscc: str | None
    certificate_no: str
    qualification: str
    valid_from: date
    valid_to: date | None
    match: EmployerMatch
    facts: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """The state of one certificate or licence on the day of the opening."""

    certificate_no: str
    kind: str
    status: str
    valid_from: date
    valid_to: date | None
    valid: bool
    fact: FactRef


def payer_by_month(case: AppointmentCase, *, for_a_party: bool = False) -> tuple[MonthRow, ...]:
    """Every look-back month, earliest first; months without a payment are included.

    ``for_a_party``: as a party to the bid may read them. Another payer may be a rival, so a party reads only that
    the payer differs, and from when; named is the bidder alone.
    """
    return tuple(
        MonthRow(month, case.complete(PAID, month).given, tuple(_payers(case, month, for_a_party=for_a_party)))
        for month in case.lookback_months
    )


def registrations_on_opening(case: AppointmentCase, *, for_a_party: bool = False) -> tuple[RegistrationRow, ...]:
    """``for_a_party`` as in :func:`payer_by_month`, about employers."""
    return tuple(_registrations(case, for_a_party=for_a_party))


def certificates_on_opening(case: AppointmentCase) -> tuple[CertificateRow, ...]:
    """The bidder's safety-production licences, then the lead's safety certificates (B)."""
    return tuple(
        CertificateRow(
            state.certificate_no,
            state.kind,
            state.status,
            state.valid_from,
            state.valid_to,
            state.valid,
            state.fact.ref,
        )
        for state in (*case.bidder_licences, *case.lead_certificates)
    )


def _payers(case: AppointmentCase, month: str, *, for_a_party: bool) -> Iterator[PayerRow]:
    for payment in case.payments:
        if payment.month != month:
            continue
        row = PayerRow(
            scheme=payment.scheme,
            payer=payment.payer.name,
            payer_uscc=payment.payer.uscc,
            paid_on=payment.paid_on,
            paid_after_opening=payment.paid_on > day_in_shanghai(case.appointment.opened_at),
            match=case.compare_to_bidder(payment.payer, on=max(case.opened_on, payment.paid_on)),
            fact=payment.fact.ref,
        )
        if for_a_party and not _is_the_bidder(case, payment.payer, on=max(case.opened_on, payment.paid_on)):
            row = replace(row, payer=None, payer_uscc=None, match=_outcome_alone(row.match), fact=None)
        yield row


def _registrations(case: AppointmentCase, *, for_a_party: bool) -> Iterator[RegistrationRow]:
    for registration in case.registrations_on_opening:
        row = RegistrationRow(
            employer=registration.employer.name,
            employer_uscc=registration.employer.uscc,
            certificate_no=registration.certificate_no,
            qualification=registration.qualification,
            valid_from=registration.valid_from,
            valid_to=registration.last_day,
            match=case.compare_to_bidder(registration.employer),
            facts=tuple(sorted(fact.ref for fact in registration.facts)),
        )
        if for_a_party and not _is_the_bidder(case, registration.employer, on=case.opened_on):
            row = replace(row, employer=None, employer_uscc=None, match=_outcome_alone(row.match), facts=())
        yield row


def _is_the_bidder(case: AppointmentCase, employer: Org, *, on: date) -> bool:
    # Not ``compare_to_bidder``: that also takes the other members of a consortium, who are other firms.
    return case.compare(employer, case.bidder, on=on).outcome is Outcome.SAME


def _outcome_alone(match: EmployerMatch) -> EmployerMatch:
    """The match without its ``detail``, which quotes the names that were compared."""
    return EmployerMatch(match.outcome, match.rule)
