"""The evidence about a person on sites, read from the ledger as of now or as of any moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from domain.evidence import RecordedFact, standing
from domain.evidence.coverage import Asking, nothing_closed
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.evidence.site import MovementsCase, SiteCase
from domain.evidence.site_history import SITE_KINDS, SiteHistory, SiteMonth, tells_of
from domain.facts.attendance import AttendanceRecorded, site_month_subject
from domain.facts.corrections import FactCorrected
from domain.policy import PolicyBook
from projections.evidence.projects import project_facts
from projections.evidence.recorded_facts import SubjectFacts

_CORRECTED: Final = frozenset({FactCorrected.KIND})
_ATTENDED: Final = frozenset({AttendanceRecorded.KIND})
_AT_ONCE: Final = 50
"""Check-ins that are read at once.

A month of a large project has tens of thousands of check-ins, and mostly the first ones answer the question.
"""


@dataclass(frozen=True, slots=True)
class SiteEvidence:
    """The history of a person on sites.

    ``delivered`` are the person's silent months in which others are known to have checked in.
    """

    history: SiteHistory
    delivered: frozenset[SiteMonth]
    site_cases: tuple[SiteCase, ...]

    @property
    def undelivered(self) -> frozenset[SiteMonth]:
        """The silent months in which nobody at all is known to have checked in."""
        return self.history.silent_months - self.delivered

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
    silent = ((site_month, site_month_subject(*site_month)) for site_month in history.silent_months)
    delivered = frozenset(
        site_month for site_month, subject in silent if attendance(connection, facts, subject, knowledge) is not None
    )
    # Made at once: coverage is read through the connection, which is closed later.
    return SiteEvidence(history, delivered, tuple(history.site_cases(delivered, asking)))


def attendance(
    connection: Connection, facts: SubjectFacts, site_month: str, knowledge: Knowledge = EVERYTHING
) -> RecordedFact | None:
    """A standing fact that shows that somebody was on a site in a month; None where none is known.

    ``site_month`` is a :func:`site_month_subject`.
    """
    corrections = facts.of(connection, site_month, kinds=_CORRECTED)
    # The empty list at the end is for replacements alone: a correction may have put a check-in in the
    # place of a fact about another month.
    for check_ins in chain(_known(connection, facts, site_month, knowledge), [[]]):
        for fact in standing([*corrections, *check_ins], knowledge):
            if site_month in fact.data.subjects:
                return fact
    return None


def _known(
    connection: Connection, facts: SubjectFacts, subject: str, knowledge: Knowledge
) -> Iterator[list[RecordedFact]]:
    """The check-ins under ``subject`` in small lists, up to the first list with one that was not yet known."""
    positions = facts.positions(connection, subject, kinds=_ATTENDED).tolist()
    for start in range(0, len(positions), _AT_ONCE):
        check_ins = facts.at(connection, positions[start : start + _AT_ONCE])
        yield check_ins
        if knowledge.known_by == "ours" and not knowledge.covers(check_ins[-1]):
            return
