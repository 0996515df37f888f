"""The appointments of one person, folded from facts into cases."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.employers import NO_RENAMES, Outcome, Renames, compare
from domain.employers.consortium import members
from domain.evidence.appointment import AppointmentCase, StaffCase, case_subject
from domain.evidence.certificates import certificates_on
from domain.evidence.concerns import LEAD_CERTIFICATE_KIND, LICENCE_KIND, Horizon
from domain.evidence.coverage import (
    PAID,
    REGISTERED,
    Ask,
    Asking,
    asks_of,
    nothing_closed,
)
from domain.evidence.payments import fold_payments
from domain.evidence.projects import Project, fold_projects
from domain.evidence.recorded import RecordedFact
from domain.evidence.registrations import fold_registrations
from domain.facts.attendance import LeadChanged
from domain.facts.bidding import LeadAppointed, LeadCandidacy, StaffAppointed
from domain.facts.certificates import CertificateFact
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import FactData, Org, Person
from domain.facts.insurance import InsurancePaid
from domain.policy import Policy, PolicyBook


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
