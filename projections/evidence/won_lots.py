"""The evidence about won lots, read from the ledger as of now or as of any moment."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from domain.evidence import PAID, AppointmentCase, RecordedFact, standing
from domain.evidence.coverage import Asking
from domain.evidence.projects import PROJECT_KINDS
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.evidence.winning import ACTING_KINDS, REGISTERED_KINDS, won_case
from domain.evidence.won import WonCase, months_after
from domain.facts.attendance import LeadChanged, site_lead_subject
from domain.facts.bidding import LeadAppointed, LeadCandidacy
from domain.facts.corrections import FactCorrected
from domain.facts.employers import ExemptionRecorded
from domain.facts.insurance import InsuranceStated
from projections.evidence.recorded_facts import SubjectFacts

OF_LEAD_KINDS: Final = REGISTERED_KINDS | {
    LeadAppointed.KIND,
    LeadCandidacy.KIND,
    ExemptionRecorded.KIND,
    InsuranceStated.KIND,
    FactCorrected.KIND,
}
"""The kinds of facts that are read about the lead of a winning bid, besides payments."""
_OF_PROJECT: Final = PROJECT_KINDS | {LeadAppointed.KIND, FactCorrected.KIND}
_ON_SITE: Final = ACTING_KINDS | {FactCorrected.KIND}
_REGISTERED: Final = REGISTERED_KINDS | {FactCorrected.KIND}


def recorded_after_award(connection: Connection, facts: SubjectFacts, project_code: str) -> list[RecordedFact]:
    """All that was recorded of who acts as the lead of a project, and the registrations of whoever took it over."""
    found = facts.of(connection, site_lead_subject(project_code), kinds=_ON_SITE)
    changes = facts.of(connection, f"project:{project_code}", kinds={LeadChanged.KIND})
    people = {fact.data.new.subject for fact in changes if isinstance(fact.data, LeadChanged)}
    return [*found, *(fact for person in sorted(people) for fact in facts.of(connection, person, kinds=_REGISTERED))]


def with_evidence(
    connection: Connection,
    facts: SubjectFacts,
    opening: AppointmentCase,
    lead_facts: Sequence[RecordedFact],
    asking: Asking,
    knowledge: Knowledge = EVERYTHING,
) -> WonCase | None:
    """The won lot of ``opening`` with all that was known of it then; None where the bidder had not won it.

    ``lead_facts`` are the standing facts about the lead, without payments. ``asking`` answers what was stated to be
    complete, as of ``knowledge``.
    """
    code = opening.appointment.project_code

    def read(subject: str, kinds: Iterable[str]) -> tuple[RecordedFact, ...]:
        return standing(facts.known(connection, subject, knowledge, kinds=frozenset(kinds)), knowledge)

    at_project = [fact for fact in read(f"project:{code}", _OF_PROJECT) if f"project:{code}" in fact.data.subjects]
    won = won_case(opening, lead_facts, at_project, (), {})
    if won is None:
        return None
    changes = [fact.data for fact in won.changes if isinstance(fact.data, LeadChanged)]
    changed = {person.subject: person.person_id for change in changes for person in (change.old, change.new)}
    registered = {
        person_id: [fact for fact in read(person, _REGISTERED) if person in fact.data.subjects]
        for person, person_id in changed.items()
    }
    lead = opening.appointment.person.subject
    months = frozenset(months_after(won.begun_on, bool(won.projects), opening.policy))
    paid = facts.known(connection, lead, knowledge, kinds=PAID, months=months)
    corrections = facts.known(connection, lead, knowledge, kinds={FactCorrected.KIND})
    payments = standing([*paid, *corrections], knowledge)
    about_lead = {fact.identity: fact for fact in (*lead_facts, *payments)}.values()
    return won_case(opening, about_lead, at_project, read(site_lead_subject(code), _ON_SITE), registered, asking)
