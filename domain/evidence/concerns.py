"""Which facts an appointment is judged on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.evidence.days import day_in_shanghai, month_of, shifted_month
from domain.facts.attendance import LeadChanged, ProjectCompleted, ProjectFact, ProjectStarted, ProjectSuspended
from domain.facts.bidding import (
    AwardAnnounced,
    BidOpened,
    CandidatesAnnounced,
    LeadAppointed,
    LeadCandidacy,
    StaffAppointed,
)
from domain.facts.certificates import CertificateChanged, CertificateFact, CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import DeliveryClosed
from domain.facts.employers import EmployerRenamed, ExemptionRecorded
from domain.facts.fact import FactData, Person
from domain.facts.insurance import InsurancePaid, InsuranceStated
from domain.facts.registration import RegistrationCancelled, RegistrationRecorded
from domain.policy import Policy, PolicyBook

LICENCE_KIND: Final = "safety-production-licence"
LEAD_CERTIFICATE_KIND: Final = "safety-assessment-b"
OVERLAP_DAYS: Final = 2
"""On how many days registrations overlap before rule E103 speaks, unless a policy says otherwise."""

RELEVANT_KINDS: frozenset[str] = frozenset(
    data.KIND
    for data in (
        LeadAppointed,
        StaffAppointed,
        LeadCandidacy,
        RegistrationRecorded,
        RegistrationCancelled,
        InsurancePaid,
        InsuranceStated,
        ExemptionRecorded,
        CertificateIssued,
        CertificateChanged,
        EmployerRenamed,
        ProjectStarted,
        ProjectSuspended,
        ProjectCompleted,
        LeadChanged,
        FactCorrected,
    )
)
"""The kinds of facts an appointment is judged on."""
NamingFact = BidOpened | CandidatesAnnounced | AwardAnnounced
"""What names bidders and tenderers, with or without their codes."""
NAMING: frozenset[str] = frozenset(data.KIND for data in (BidOpened, CandidatesAnnounced, AwardAnnounced))
PAID: frozenset[str] = frozenset({InsurancePaid.KIND})
"""Of these kinds, only the facts for some months are needed (see :func:`payment_months`)."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What can matter to one appointment: the person, the lot, the day of the opening and the months before it."""

    person_id: str
    lot: str
    opened_on: date
    months: tuple[str, ...]
    """The look-back months, earliest first."""
    later_months: tuple[str, ...]
    """The month of the opening and the next: who is hired in them is insured from then on."""
    overlap_days: int
    """A cancellation fewer days than this after the opening may make an overlap of registrations too short."""

    @classmethod
    def of(cls, appointment: LeadAppointed, policy: Policy, valid_at: datetime | None = None) -> "Horizon":
        """The horizon at the opening of the appointment, or at ``valid_at`` where given."""
        return cls.around(appointment.person.person_id, appointment.lot, valid_at or appointment.opened_at, policy)

    @classmethod
    def around(cls, person_id: str, lot: str, moment: datetime, policy: Policy) -> "Horizon":
        """The horizon of an appointment that was made at ``moment``."""
        opened_on = day_in_shanghai(moment)
        month = month_of(opened_on)
        months = tuple(shifted_month(month, -back) for back in range(policy.lookback_months, 0, -1))
        overlap_days = max(1, int(policy.thresholds.get("E103", {}).get("fewest_days", OVERLAP_DAYS)))
        return cls(person_id, lot, opened_on, months, (month, shifted_month(month, 1)), overlap_days)

    @property
    def paid_months(self) -> tuple[str, ...]:
        """The months whose payments can matter."""
        return (*self.months, *self.later_months)

    def holds(self, data: FactData) -> bool:
        """Whether the fact may change a finding about the appointment; False only if it never can."""
        # A correction always may: to look up what it retracts, for every appointment, would cost more
        # than judging once too often.
        if isinstance(data, InsurancePaid):
            return data.month in self.paid_months and data.person.person_id == self.person_id
        if isinstance(data, InsuranceStated):
            return not data.told_of.isdisjoint(self.paid_months) and data.person.person_id == self.person_id
        if isinstance(data, CertificateFact):
            return self._holds_certificate(data)
        if isinstance(data, LeadAppointed | LeadCandidacy):
            return data.lot == self.lot and data.person.person_id == self.person_id
        if isinstance(data, RegistrationRecorded):
            return data.person.person_id == self.person_id
        if isinstance(data, RegistrationCancelled):
            days_after = (data.cancelled_on - self.opened_on).days
            return days_after < self.overlap_days and data.person.person_id == self.person_id
        if isinstance(data, ExemptionRecorded):
            valid = data.valid_from <= self.opened_on <= (data.valid_to or date.max)
            return valid and data.person.person_id == self.person_id
        # An opening or announcement is asked about only where it gives the code of a party, or takes it back.
        return isinstance(
            data, NamingFact | EmployerRenamed | ProjectFact | LeadChanged | FactCorrected | DeliveryClosed
        )

    def _holds_certificate(self, data: CertificateFact) -> bool:
        if isinstance(data.holder, Person):
            return data.kind == LEAD_CERTIFICATE_KIND and data.holder.person_id == self.person_id
        return data.kind == LICENCE_KIND


def payment_months(
    appointments: Iterable[LeadAppointed], policies: PolicyBook, valid_at: datetime | None = None
) -> frozenset[str]:
    """The months whose payments can matter to any of ``appointments``; payments for others need not be read."""
    policy = policies.for_jurisdiction
    horizons = (Horizon.of(appointment, policy(appointment.jurisdiction), valid_at) for appointment in appointments)
    return frozenset(month for horizon in horizons for month in horizon.paid_months)


def recorded_late(opened_at: datetime, recorded_at: datetime, policy: Policy) -> bool:
    """Whether an opening was older when it was recorded than bidder and tenderer are told of."""
    return recorded_at - opened_at > timedelta(days=policy.oldest_notice_days)
