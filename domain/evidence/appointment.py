"""The evidence about one appointment: a bidder named a lead for a lot."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from domain.employers import CLOSENESS, NO_RENAMES, EmployerMatch, Outcome, Renames, compare
from domain.employers.consortium import members
from domain.employers.credit_code import credit_code_in
from domain.evidence.certificates import CertificateState, certificates_on
from domain.evidence.concerns import LEAD_CERTIFICATE_KIND, LICENCE_KIND, Horizon
from domain.evidence.coverage import (
    PAID,
    REGISTERED,
    Ask,
    Asking,
    Completeness,
    Coverage,
    asks_of,
    complete_days,
    complete_months,
    nothing_closed,
)
from domain.evidence.days import last_day_of, month_of, shifted_month
from domain.evidence.exemptions import Covered, Exemption, covered
from domain.evidence.payments import Payment, current_payments, deciding_payments, fold_payments
from domain.evidence.projects import Project, fold_projects
from domain.evidence.recorded import RecordedFact
from domain.evidence.registrations import Registration, Registrations, fold_registrations
from domain.facts.attendance import LeadChanged
from domain.facts.bidding import LeadAppointed, LeadCandidacy, StaffAppointed
from domain.facts.certificates import CertificateFact
from domain.facts.deliveries import BY_MONTH, DeliveryKind
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import FactData, Org, Person
from domain.facts.insurance import InsurancePaid, LeadInsured
from domain.policy import Policy, PolicyBook


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


def is_judged(appointment: LeadAppointed, policies: PolicyBook) -> bool:
    """Whether there is a case of the appointment: of leads always, of staff only in key roles."""
    if not isinstance(appointment, StaffAppointed):
        return True
    key_roles = policies.for_jurisdiction(appointment.jurisdiction).key_roles
    return any(role in appointment.roles for role in key_roles)


def appointment_cases(
    person_facts: Iterable[RecordedFact],
    organisation_facts: Iterable[RecordedFact],
    renames: Renames = NO_RENAMES,
    *,
    project_facts: Iterable[RecordedFact] = (),
    policies: PolicyBook,
    now: datetime,
    of_lot: str | None = None,
    only: Collection[str] | None = None,
    valid_at: datetime | None = None,
    asking: Asking = nothing_closed,
) -> tuple[AppointmentCase, ...]:
    """One case for each bidder and lot that one person was named for, sorted by subject.

    All facts are standing facts. ``organisation_facts`` are those about the bidders, and
    ``project_facts`` all facts about the projects that the person's facts name. ``of_lot`` (a subject)
    and ``only`` (subjects of cases) narrow the result. With ``valid_at`` the evidence is that of its
    day, as if the opening had been then. Where an opening was announced again, the one with the
    latest ``opened_at`` counts. ``asking`` answers what was stated to be complete.
    """
    person_facts = tuple(person_facts)
    organisation_facts = tuple(organisation_facts)
    # A fact about a project that the person led is indexed under both, so it comes twice: once is enough.
    projects = fold_projects({fact.identity: fact for fact in (*person_facts, *project_facts)}.values())
    person = _PersonFacts.of(person_facts)
    return tuple(
        _case(
            subject, _latest(appointed), person, organisation_facts, projects, renames, policies, now, valid_at, asking
        )
        for subject, appointed in sorted(person.appointed.items())
        if (of_lot is None or of_lot in appointed[0].data.subjects)
        and (only is None or subject in only)
        and is_judged(_content(_latest(appointed)), policies)
    )


@dataclass(frozen=True, slots=True)
class _PersonFacts:
    """The facts about one person, sorted out once.

    ``appointed`` is by case subject, ``candidacies`` by lot and ``paid`` by month. A lead with many bids
    would otherwise have every fact looked at for every bid.
    """

    appointed: dict[str, list[RecordedFact]]
    candidacies: dict[str, list[LeadCandidacy]]
    paid: dict[str, list[RecordedFact]]
    rest: list[RecordedFact]

    @classmethod
    def of(cls, facts: Iterable[RecordedFact]) -> "_PersonFacts":
        sorted_out = cls(defaultdict(list), defaultdict(list), defaultdict(list), [])
        for fact in facts:
            data = fact.data
            if isinstance(data, LeadAppointed):
                sorted_out.appointed[case_subject(data)].append(fact)
            elif isinstance(data, LeadCandidacy):
                sorted_out.candidacies[data.lot].append(data)
            elif isinstance(data, InsurancePaid):
                sorted_out.paid[data.month].append(fact)
            else:
                sorted_out.rest.append(fact)
        return sorted_out

    def within(self, horizon: Horizon) -> list[RecordedFact]:
        """The facts that can matter to an appointment, without appointments and candidacies, by identity."""
        paid = (fact for month in horizon.paid_months if month in self.paid for fact in self.paid[month])
        return sorted(
            (fact for fact in (*paid, *self.rest) if horizon.holds(fact.data)), key=lambda fact: fact.identity
        )


def case_subject(appointment: LeadAppointed | LeadCandidacy | LeadInsured) -> str:
    """``person|bidder|tender/lot``: the subject of an appointment's case; of one among the staff, with ``|staff``.

    What follows from the appointment belongs to the same case, and so has the same case subject.
    """
    person_id = appointment.person.person_id
    of_staff = "|staff" if isinstance(appointment, StaffAppointed) else ""
    return f"{person_id}|{appointment.bidder.key}|{appointment.tender_id}/{appointment.lot_id}{of_staff}"


def _case(
    subject: str,
    appointed: RecordedFact,
    person: _PersonFacts,
    organisation_facts: Sequence[RecordedFact],
    projects: Iterable[Project],
    renames: Renames,
    policies: PolicyBook,
    now: datetime,
    valid_at: datetime | None,
    asking: Asking,
) -> AppointmentCase:
    appointment = _content(appointed)
    policy = policies.for_jurisdiction(appointment.jurisdiction)
    horizon = Horizon.of(appointment, policy, valid_at)
    opened_on = horizon.opened_on
    facts = person.within(horizon)
    held = (fact for fact in facts if isinstance(fact.data, CertificateFact) and isinstance(fact.data.holder, Person))
    payments = fold_payments(facts)
    licences = [
        fact
        for fact in organisation_facts
        if any(_licenses(fact.data, firm, opened_on, renames) for firm in licensed_firms(appointment))
    ]
    case_type = StaffCase if isinstance(appointment, StaffAppointed) else AppointmentCase
    return case_type(
        subject=subject,
        appointment=appointment,
        appointed=appointed,
        opened_on=opened_on,
        registrations=fold_registrations(facts).as_of(opened_on),
        payments=tuple(each for each in payments if each.month in horizon.months),
        later_payments=tuple(each for each in payments if each.month in horizon.later_months),
        exemptions=_exemptions(facts),
        lead_certificates=certificates_on(opened_on, held),
        bidder_licences=certificates_on(opened_on, licences),
        projects=tuple(project for project in projects if project.was_led_by(appointment.person.person_id)),
        changed_projects=frozenset(fact.data.project_code for fact in facts if isinstance(fact.data, LeadChanged)),
        candidacy=_candidacy(appointment, person.candidacies.get(appointment.lot, ())),
        renames=renames,
        policy=policy,
        now=now,
        coverage=asking(asks_about(appointment.jurisdiction, horizon, policy)).with_statements(facts),
    )


def asks_about(jurisdiction: str, horizon: Horizon, policy: Policy) -> list[Ask]:
    """All that the rules may ask about an appointment."""
    day = (horizon.opened_on.isoformat(),)
    asks = [*asks_of(policy, jurisdiction, PAID, horizon.paid_months)]
    for kind in (REGISTERED, LEAD_CERTIFICATE_KIND, LICENCE_KIND):
        asks += asks_of(policy, jurisdiction, kind, day)
    return asks


def _exemptions(facts: Iterable[RecordedFact]) -> tuple[RecordedFact, ...]:
    granted = [(data, fact) for fact in facts if isinstance(data := fact.data, ExemptionRecorded)]
    granted.sort(key=lambda pair: (pair[0].workplace.key, pair[0].workplace.name, pair[0].ground, pair[1].identity))
    return tuple(fact for _, fact in granted)


def licensed_firms(appointment: LeadAppointed) -> tuple[Org, ...]:
    """The firms of which one must hold a licence: the bidder, or of a consortium its leader."""
    leader = members(appointment.bidder, appointment.consortium or ())[0]
    # A joint name is compared as the firm that it begins with, and the listed leader may be another one.
    alone = appointment.consortium or leader == appointment.bidder
    return (leader,) if alone else (appointment.bidder, leader)


def _licenses(data: FactData, bidder: Org, on: date, renames: Renames) -> bool:
    """Whether the fact is about a licence of the bidder, under any name that it had by ``on``."""
    if not isinstance(data, CertificateFact) or data.kind != LICENCE_KIND or isinstance(data.holder, Person):
        return False
    return compare(data.holder, bidder, on=on, renames=renames).outcome is Outcome.SAME


def _candidacy(appointment: LeadAppointed, of_lot: Iterable[LeadCandidacy]) -> LeadCandidacy | None:
    """The latest announcement that names the bidder of this appointment."""
    announced = [data for data in of_lot if data.bidder.key == appointment.bidder.key]
    return max(announced, key=lambda data: (data.announced_at, data.model_dump_json()), default=None)


def _latest(appointed: Sequence[RecordedFact]) -> RecordedFact:
    # Sorted first: of two facts with equal content, ``max`` returns the first it meets, and that must
    # not depend on the order of arrival.
    first, *others = sorted(appointed, key=lambda fact: fact.identity)
    return max([first, *others], key=_appointment_content) if others else first


def _content(fact: RecordedFact) -> LeadAppointed:
    assert isinstance(fact.data, LeadAppointed)
    return fact.data


def _appointment_content(fact: RecordedFact) -> tuple[datetime, str]:
    assert isinstance(fact.data, LeadAppointed)
    return fact.data.opened_at, fact.data.model_dump_json()


def unnamed_codes(*parties: Org) -> frozenset[str]:
    """The subjects under which the codes may become known of those parties that were named without one."""
    coded = (party for party in parties if credit_code_in(party) is None)
    return frozenset(
        subject
        for party in coded
        for subject in (*party.subjects, *(f"named:{spelling}" for spelling in party.spellings))
    )
