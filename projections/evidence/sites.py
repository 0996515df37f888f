"""The evidence about a person on sites, read from the ledger as of now or as of any moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from domain.evidence import standing
from domain.evidence.coverage import Asking, nothing_closed
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.evidence.site import MovementsCase, SiteCase
from domain.evidence.site_history import SITE_KINDS, SiteHistory, tells_of
from domain.policy import PolicyBook
from projections.evidence.projects import project_facts
from projections.evidence.recorded_facts import SubjectFacts


@dataclass(frozen=True, slots=True)
class SiteEvidence:
    """The history of a person on sites, and its cases by project and month."""

    history: SiteHistory
    site_cases: tuple[SiteCase, ...]

    @property
    def cases(self) -> tuple[SiteCase | MovementsCase, ...]:
        """All cases of the person, for the rules about sites."""
        return (*self.site_cases, *self.history.movements_cases())


def site_evidence(
    connection: Connection,
    facts: SubjectFacts,
    person_id: str,
    *,
    policies: PolicyBook,
    now: datetime,
    knowledge: Knowledge = EVERYTHING,
    months: frozenset[str] | None = None,
    asking: Asking = nothing_closed,
) -> SiteEvidence:
    """The evidence about a person on sites that was known at the moment of ``knowledge``.

    ``now`` decides which months are due; with ``months`` only these are told of. ``asking`` answers what
    was stated to be complete.
    """
    subject = f"person:{person_id}"
    known = facts.known(connection, subject, knowledge, kinds=SITE_KINDS)
    stands = standing((fact for fact in known if tells_of(fact.data, months)), knowledge)
    # A correction may have put a fact about somebody else in the place of one about this person.
    about_person = [fact for fact in stands if subject in fact.data.subjects]
    about_projects = project_facts(connection, facts, about_person, knowledge=knowledge)
    history = SiteHistory.of(person_id, about_person, about_projects, policies=policies, now=now, months=months)
    # Made at once: coverage is read through the connection, which is closed later.
    return SiteEvidence(history, tuple(history.site_cases(asking)))
