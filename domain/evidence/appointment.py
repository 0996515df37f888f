"""The evidence about one appointment: a bidder named a lead for a lot."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from domain.employers import CLOSENESS, EmployerMatch, Outcome, Renames, compare
from domain.employers.consortium import members
from domain.employers.credit_code import credit_code_in
from domain.evidence.certificates import CertificateState
from domain.evidence.concerns import LEAD_CERTIFICATE_KIND, LICENCE_KIND
from domain.evidence.coverage import (
    PAID,
    REGISTERED,
    Ask,
    Completeness,
    Coverage,
    asks_of,
    complete_days,
    complete_months,
)
from domain.evidence.days import last_day_of, month_of, shifted_month
from domain.evidence.exemptions import Covered, Exemption, covered
from domain.evidence.payments import Payment, current_payments, deciding_payments
from domain.evidence.projects import Project
from domain.evidence.recorded import RecordedFact
from domain.evidence.registrations import Registration, Registrations
from domain.facts.bidding import LeadAppointed, LeadCandidacy, StaffAppointed
from domain.facts.deliveries import BY_MONTH, DeliveryKind
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import Org
from domain.facts.insurance import LeadInsured
from domain.policy import Policy


@dataclass(frozen=True)
class AppointmentCase:
    """What is known about one person × bidder × lot.

    ``opened_on`` is the day D of the opening in Shanghai, or the day that a question is about. Only
    facts that concern the appointment are in the case (see :mod:`domain.evidence.concerns`).
    ``payments`` are those for the look-back months, ``later_payments`` those for the month of D and
    the next. ``projects`` are all that the person ever led; ``changed_projects`` are the codes of those whose
    recorded changes of the lead name the person, also where nothing else is known of them yet.
    ``coverage`` says what was stated to be complete: only there a missing record is evidence. ``now`` decides
    nothing about these facts.
    """

    subject: str
    appointment: LeadAppointed
    appointed: RecordedFact
    opened_on: date
    registrations: Registrations
    payments: tuple[Payment, ...]
    later_payments: tuple[Payment, ...]
    exemptions: tuple[RecordedFact, ...]
    lead_certificates: tuple[CertificateState, ...]
    bidder_licences: tuple[CertificateState, ...]
    projects: tuple[Project, ...]
    changed_projects: frozenset[str]
    candidacy: LeadCandidacy | None
    renames: Renames
    policy: Policy
    now: datetime
    coverage: Coverage

    @property
    def bidder(self) -> Org:
        return self.appointment.bidder

    @cached_property
    def employers(self) -> tuple[Org, ...]:
        """The firms of which one must employ the lead: the bidder, and of a consortium 联合体 its leader.

        The policy may allow any member.
        """
        together = members(self.bidder, self.appointment.consortium or ())
        return together if self.policy.consortium_leads == "any" else together[:1]

    @property
    def jurisdiction(self) -> str:
        return self.appointment.jurisdiction

    @cached_property
    def lookback_months(self) -> tuple[str, ...]:
        """The calendar months that are looked back on: those before the month of D, earliest first."""
        month = month_of(self.opened_on)
        return tuple(shifted_month(month, -back) for back in range(self.policy.lookback_months, 0, -1))

    @cached_property
    def registrations_on_opening(self) -> tuple[Registration, ...]:
        return self.registrations.valid_on(self.opened_on)

    @cached_property
    def deciding_payments(self) -> tuple[Payment, ...]:
        """The payments of the deciding scheme for the look-back months."""
        return deciding_payments(self.payments)

    @cached_property
    def current_payments(self) -> tuple[Payment, ...]:
        """The payments of the deciding scheme for the latest look-back month that has one."""
        return current_payments(self.payments)

    def payable_until(self, month: str) -> date:
        """The last day on which insurance for ``month`` is lawfully paid (inclusive)."""
        return last_day_of(shifted_month(month, self.policy.payable_months))

    def paid_late(self, payment: Payment) -> bool:
        """Paid after the lawful term and after D: a back-payment 补缴 that may have been made for the bid."""
        return payment.paid_on > max(self.opened_on, self.payable_until(payment.month))

    @cached_property
    def covered(self) -> Covered:
        """What the exemptions 例外情形 valid on D say about the lead."""

        def outcome(left: Org, right: Org) -> Outcome:
            return self.compare(left, right).outcome

        return covered(self.exemptions, self.registrations_on_opening, self.deciding_payments, outcome)

    @property
    def exemption(self) -> Exemption | None:
        """The exemption that covers the lead on D."""
        return self.covered.exemption

    @cached_property
    def organisations(self) -> frozenset[str]:
        """The ``org:`` subjects of all organisations in the evidence: a fact about one may change a finding."""
        named = [self.bidder, *self.employers, *(payment.payer for payment in (*self.payments, *self.later_payments))]
        named += [period.employer for period in self.registrations.periods]
        granted = [fact.data for fact in self.exemptions if isinstance(fact.data, ExemptionRecorded)]
        named += [named for data in granted for named in (data.workplace, data.payer) if named is not None]
        return frozenset(subject for organisation in named for subject in organisation.subjects)

    @property
    def watched(self) -> frozenset[str]:
        """The organisations and projects in the evidence, and the parties that are named without a code."""
        codes = {project.project_code for project in self.projects} | self.changed_projects
        projects = {f"project:{code}" for code in codes}
        return self.organisations | projects | unnamed_codes(self.bidder, self.appointment.tenderer)

    def compare(self, left: Org, right: Org, *, on: date | None = None) -> EmployerMatch:
        """Whether two employers are the same, by the renames up to ``on``, or else up to D."""
        return compare(
            left,
            right,
            on=on or self.opened_on,
            renames=self.renames,
            registered=self.policy.registered_enterprises,
        )

    def compare_to_bidder(self, employer: Org, *, on: date | None = None) -> EmployerMatch:
        """Compare with the bidder; of several firms that may employ the lead the closest counts."""
        matches = [self.compare(employer, firm, on=on) for firm in self.employers]
        return min(matches, key=lambda match: CLOSENESS.index(match.outcome))

    def complete(self, kind: DeliveryKind, *periods: str) -> Completeness:
        """Whether everything of ``kind`` was stated to be there.

        Without ``periods``, for the look-back months, or for the register up to D.
        """
        return self.coverage.of(self._asks(kind, *periods))

    def _asks(self, kind: DeliveryKind, *periods: str) -> tuple[Ask, ...]:
        usual = self.lookback_months if kind in BY_MONTH else (self.opened_on.isoformat(),)
        return asks_of(self.policy, self.jurisdiction, kind, periods or usual)

    @property
    def open_asks(self) -> frozenset[Ask]:
        """What the rules ask of coverage, because something is missing: a closing may change a finding."""
        asks: list[Ask] = []
        if not self.deciding_payments and not self.exemption:
            asks += self._asks(PAID)
        if not self.registrations_on_opening:
            asks += self._asks(REGISTERED)
        if not self.lead_certificates:
            asks += self._asks(LEAD_CERTIFICATE_KIND)
        if not self.bidder_licences:
            asks += self._asks(LICENCE_KIND)
        return frozenset(asks)

    @property
    def complete_to(self) -> dict[str, dict[str, str | None]]:
        """How far the data are complete that the verdicts rest on, by area.

        For payments the last month up to which every look-back month is covered, for registrations the
        last day up to which the register is complete; None where that is unknown.
        """
        paid, registered = self._asks(PAID), self._asks(REGISTERED)
        return {
            "insurance": complete_months(self.coverage, paid),
            "registrations": complete_days(self.coverage, registered),
        }


class StaffCase(AppointmentCase):
    """The same of somebody among the key staff of a bid: a technical lead, a safety officer."""

    @property
    def roles(self) -> str:
        """The roles in which the bid names the person."""
        assert isinstance(self.appointment, StaffAppointed)
        return self.appointment.roles

    @property
    def open_asks(self) -> frozenset[Ask]:
        """Nothing: no rule about staff judges what is missing."""
        return frozenset()


def case_subject(appointment: LeadAppointed | LeadCandidacy | LeadInsured) -> str:
    """``person|bidder|tender/lot``: the subject of an appointment's case; of one among the staff, with ``|staff``.

    What follows from the appointment belongs to the same case, and so has the same case subject.
    """
    person_id = appointment.person.person_id
    of_staff = "|staff" if isinstance(appointment, StaffAppointed) else ""
    return f"{person_id}|{appointment.bidder.key}|{appointment.tender_id}/{appointment.lot_id}{of_staff}"


def unnamed_codes(*parties: Org) -> frozenset[str]:
    """The subjects under which the codes may become known of those parties that were named without one."""
    coded = (party for party in parties if credit_code_in(party) is None)
    return frozenset(
        subject
        for party in coded
        for subject in (*party.subjects, *(f"named:{spelling}" for spelling in party.spellings))
    )
