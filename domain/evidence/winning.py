"""Whether a bid won its lot, and what is known of its lead after the award, folded from facts into a case."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from domain.employers import Outcome
from domain.evidence.appointment import AppointmentCase
from domain.evidence.concerns import Horizon
from domain.evidence.coverage import Asking, Coverage, nothing_closed
from domain.evidence.days import day_in_shanghai
from domain.evidence.payments import fold_payments
from domain.evidence.projects import Project, fold_projects
from domain.evidence.recorded import RecordedFact
from domain.evidence.registrations import fold_registrations
from domain.evidence.won import Acting, WonCase, months_after
from domain.facts.attendance import AttendanceRecorded, LeadChanged, ProjectFact, SiteInspected, is_lead_role
from domain.facts.bidding import LeadAppointed, LeadCandidacy
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import FactData
from domain.facts.insurance import InsurancePaid, InsuranceStated
from domain.facts.registration import RegistrationCancelled, RegistrationRecorded

REGISTERED_KINDS: frozenset[str] = frozenset({RegistrationRecorded.KIND, RegistrationCancelled.KIND})
ACTING_KINDS: frozenset[str] = frozenset({AttendanceRecorded.KIND, SiteInspected.KIND})
"""The kinds of facts that may show who acts as the project lead on a site."""


def tells_of_won_lots(data: FactData, horizon: Horizon) -> bool:
    """Whether the fact may change what is found after the award of the appointment of ``horizon``."""
    if isinstance(data, InsurancePaid):
        return data.person.person_id == horizon.person_id and data.month >= horizon.later_months[0]
    if isinstance(data, InsuranceStated):
        return data.person.person_id == horizon.person_id and max(data.told_of) >= horizon.later_months[0]
    if isinstance(data, AttendanceRecorded):
        return data.trade is not None and is_lead_role(data.trade)
    registered = RegistrationRecorded | RegistrationCancelled
    return isinstance(data, registered | ExemptionRecorded | LeadChanged | SiteInspected)


def won_case(
    opening: AppointmentCase,
    person_facts: Iterable[RecordedFact],
    at_project: Iterable[RecordedFact],
    on_site: Iterable[RecordedFact],
    registered: Mapping[str, Iterable[RecordedFact]],
    asking: Asking = nothing_closed,
) -> WonCase | None:
    """The case of the lead of a bid that won; None where nothing says that it won.

    All facts are standing facts: about the lead, about the project, about who acts as a lead on its site, and
    the registrations of all people whom recorded changes of the lead name. ``asking`` answers what was stated
    to be complete.
    """
    lead, at_project = opening.appointment.person.subject, tuple(at_project)
    person_facts = tuple(fact for fact in person_facts if lead in fact.data.subjects)
    building = [project for project in fold_projects(at_project) if project.project_code == _code(opening)]
    own = [each for each in building if opening.compare_to_bidder(each.contractor, on=date.max).outcome is Outcome.SAME]
    # A bidder of several lots under one code builds one of them, and nobody can tell which without an award.
    won_by = _won_by(opening, person_facts, () if _bids_for_another_lot(opening, at_project) else own)
    if won_by is None:
        return None
    others = (project for project in building if project not in own)
    begun_on = _day_of(won_by.data)
    months = months_after(begun_on, bool(own), opening.policy)
    case = WonCase(
        opening=opening,
        won_by=won_by,
        projects=tuple(own),
        changes=tuple(fact for fact in at_project if isinstance(fact.data, LeadChanged)),
        acting=_acting(on_site, opening),
        named=tuple(fact for fact in at_project if isinstance(fact.data, LeadAppointed)),
        elsewhere=frozenset(person for project in others for leads in project.leads for person in leads.people),
        begun_on=begun_on,
        payments=tuple(each for each in fold_payments(person_facts) if each.can_decide and each.month in months),
        registrations=fold_registrations(person_facts),
        exemptions=tuple(fact for fact in person_facts if isinstance(fact.data, ExemptionRecorded)),
        qualified={person_id: fold_registrations(facts) for person_id, facts in sorted(registered.items())},
        coverage=Coverage({}),
    )
    stated = (fact for fact in person_facts if isinstance(fact.data, InsuranceStated))
    return replace(case, coverage=asking(case.open_asks).with_statements(stated))


def _code(case: AppointmentCase) -> str:
    return case.appointment.project_code


def _bids_for_another_lot(opening: AppointmentCase, at_project: Iterable[RecordedFact]) -> bool:
    bids = (fact.data for fact in at_project)
    return any(
        isinstance(bid, LeadAppointed)
        and bid.lot != opening.appointment.lot
        and opening.compare(bid.bidder, opening.bidder).outcome is Outcome.SAME
        for bid in bids
    )


def _won_by(
    case: AppointmentCase, person_facts: Iterable[RecordedFact], building: Iterable[Project]
) -> RecordedFact | None:
    """The earliest award to the bidder of this appointment, else the earliest fact about what it builds."""
    awards = [
        fact
        for fact in person_facts
        if isinstance(data := fact.data, LeadCandidacy)
        and data.rank is None
        and data.lot == case.appointment.lot
        and data.bidder.key == case.bidder.key
    ]
    begun = [stretch.facts[0] for project in building for stretch in project.stretches[:1]]
    return min(awards or begun, key=lambda fact: (_day_of(fact.data), fact.identity), default=None)


def _day_of(data: FactData) -> date:
    assert isinstance(data, LeadCandidacy | ProjectFact)
    return data.on if isinstance(data, ProjectFact) else day_in_shanghai(data.announced_at)


def _acting(on_site: Iterable[RecordedFact], case: AppointmentCase) -> tuple[Acting, ...]:
    """What was seen of project leads on the site, by day; an inspector must have met the person."""
    seen = []
    for fact in on_site:
        data = fact.data
        if isinstance(data, AttendanceRecorded) and data.trade and is_lead_role(data.trade):
            seen.append(Acting(data.person.person_id, day_in_shanghai(data.checked_at), fact))
        elif isinstance(data, SiteInspected) and data.present and data.role and is_lead_role(data.role):
            seen.append(Acting(data.person.person_id, day_in_shanghai(data.inspected_at), fact))
    of_code = (each for each in seen if getattr(each.fact.data, "project_code", None) == _code(case))
    return tuple(sorted(of_code, key=lambda each: (each.day, each.person_id, each.fact.identity)))
