"""A case as the comparison page lays it out: by month, by registration, by certificate."""

from dataclasses import dataclass
from datetime import date

from domain.employers import EmployerMatch
from domain.evidence.appointment import AppointmentCase
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import FactRef


@dataclass(frozen=True, slots=True)
class PayerRow:
    """One payment beside the bidder."""

    scheme: str
    payer: str
    payer_uscc: str | None
    paid_on: date
    paid_after_opening: bool
    match: EmployerMatch
    fact: FactRef


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One look-back month; ``due`` is False while a missing payment means nothing."""

    month: str
    due: bool
    payers: tuple[PayerRow, ...]


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration valid on the day of the opening, beside the bidder."""

    employer: str
    employer_uscc: str | None
    certificate_no: str
    qualification: str
    valid_from: date
    valid_to: date | None
    match: EmployerMatch
    facts: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """What one certificate or licence was on the day of the opening."""

    certificate_no: str
    kind: str
    status: str
    valid_from: date
    valid_to: date | None
    valid: bool
    fact: FactRef


def payer_by_month(case: AppointmentCase) -> tuple[MonthRow, ...]:
    """Every look-back month, earliest first, also those without a payment."""
    return tuple(MonthRow(month, case.is_due(month), _payers(case, month)) for month in case.lookback_months)


def registrations_on_opening(case: AppointmentCase) -> tuple[RegistrationRow, ...]:
    return tuple(
        RegistrationRow(
            employer=registration.employer.name,
            employer_uscc=registration.employer.uscc,
            certificate_no=registration.certificate_no,
            qualification=registration.qualification,
            valid_from=registration.valid_from,
            valid_to=registration.last_day,
            match=case.compare(registration.employer, case.bidder),
            facts=tuple(sorted(fact.ref for fact in registration.facts)),
        )
        for registration in case.registrations_on_opening
    )


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


def _payers(case: AppointmentCase, month: str) -> tuple[PayerRow, ...]:
    return tuple(
        PayerRow(
            scheme=payment.scheme,
            payer=payment.payer.name,
            payer_uscc=payment.payer.uscc,
            paid_on=payment.paid_on,
            paid_after_opening=payment.paid_on > day_in_shanghai(case.appointment.opened_at),
            match=case.compare(payment.payer, case.bidder, on=max(case.opened_on, payment.paid_on)),
            fact=payment.fact.ref,
        )
        for payment in case.payments
        if payment.month == month
    )
