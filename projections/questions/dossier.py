"""The dossier of a person: the evidence as a timeline, and the integrity file 诚信档案."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from domain.access import Actor
from domain.clues.context import ClueStatus
from domain.errors import NotFound
from domain.evidence import RecordedFact
from domain.evidence.attendance import SiteMonth, days_on_site
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import EVERYTHING, FactRef, Knowledge
from domain.facts.access import DossierRead, IdentityErased
from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import LeadAppointed, LeadCandidacy
from domain.facts.certificates import CertificateFact
from domain.facts.corrections import FactCorrected
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import FactData
from domain.facts.insurance import InsurancePaid
from domain.facts.registration import RegistrationCancelled, RegistrationRecorded
from domain.rule import Finding, judge
from projections.questions.as_of import AsOf
from projections.questions.visibility import people_visible


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """One fact; ``standing`` is False once it was retracted, ``begins`` and ``ends`` are inclusive."""

    fact: FactRef
    kind: str
    begins: date
    ends: date | None
    standing: bool
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """``entries`` by the day they begin; ``findings`` about bids and sites on what was known by ``known_at``."""

    person_id: str
    valid_at: date | None
    known_at: datetime | None
    known_by: str
    entries: tuple[DossierEntry, ...]
    attendance: tuple[SiteMonth, ...]
    findings: tuple[Finding, ...]
    person_masked: str | None = None


def check_visible(
    connection: Connection, as_of: AsOf, actor: Actor, person_id: str, knowledge: Knowledge = EVERYTHING
) -> None:
    """Raises NotFound where the person was none of the actor's business, as far as it was known then."""
    if not _is_visible(connection, as_of, actor, person_id, knowledge):
        raise NotFound("person")


def _is_visible(connection: Connection, as_of: AsOf, actor: Actor, person_id: str, knowledge: Knowledge) -> bool:
    """As :func:`people_visible` has it of bids and clues; of a past moment, of those that stood then."""
    if knowledge.known_at is None:
        return bool(connection.execute(select(people_visible(actor, person_id))).scalar())
    if not actor.may_read_dossiers or actor.sees_every_jurisdiction:
        return actor.may_read_dossiers
    bids = as_of.cases(connection, person_id, knowledge=knowledge, now=knowledge.known_at)
    # Clues are our own knowledge: also of what a source knew earlier they stand from when we raised them.
    clues = as_of.clues_about(connection, person_id, known_at=knowledge.known_at)
    stood = (place for clue in clues if clue.status is not ClueStatus.WITHDRAWN for place in clue.context.places)
    return any(map(actor.covers, chain((bid.jurisdiction for bid in bids), stood)))


def dossier(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    person_id: str,
    *,
    knowledge: Knowledge,
    valid_at: date | None,
    now: datetime,
) -> Dossier:
    """What was known about a person by ``knowledge``; with ``valid_at`` only what held on that day."""
    check_visible(connection, as_of, actor, person_id, knowledge)
    subject = f"person:{person_id}"
    recorded = as_of.recorded(connection, subject, knowledge=knowledge)
    if not recorded:
        raise NotFound("person")
    stands = as_of.standing(connection, subject, knowledge=knowledge)
    counted = {fact.identity for fact in stands}
    entries = [_entry(fact, standing=fact.identity in counted) for fact in _told(recorded, stands)]
    appointments = as_of.cases(connection, person_id, knowledge=knowledge, now=now)
    on_sites = as_of.on_sites(connection, person_id, knowledge=knowledge, now=now)
    return Dossier(
        person_id=person_id,
        valid_at=valid_at,
        known_at=knowledge.known_at,
        known_by=knowledge.known_by,
        entries=tuple(sorted(filter(_holds_on(valid_at), entries), key=lambda entry: (entry.begins, entry.fact))),
        attendance=days_on_site(person_id, stands),
        findings=(
            *(finding for case in (*appointments, *on_sites.cases) for finding in judge(case)),
            *as_of.won_findings(connection, appointments, knowledge=knowledge),
        ),
    )


def _told(recorded: list[RecordedFact], stands: tuple[RecordedFact, ...]) -> Iterator[RecordedFact]:
    """What stands, with replacements in place, and what was retracted; check-ins are summed up instead."""
    replaced = {fact.identity: fact for fact in stands}
    for fact in recorded:
        told = replaced.get(fact.identity, fact)
        if not isinstance(told.data, AttendanceRecorded | DossierRead | IdentityErased | FactCorrected):
            yield told


def _holds_on(day: date | None) -> Callable[[DossierEntry], bool]:
    return lambda entry: day is None or (entry.begins <= day and (entry.ends is None or day <= entry.ends))


def _entry(fact: RecordedFact, *, standing: bool) -> DossierEntry:
    begins, ends = _period(fact.data, day_in_shanghai(fact.occurred_at))
    data = fact.data.model_dump(mode="json", exclude={"person"}, exclude_none=True)
    return DossierEntry(fact.ref, fact.kind, begins, ends, standing, data)


def _period(data: FactData, occurred_on: date) -> tuple[date, date | None]:
    """From when to when what a fact says holds."""
    match data:
        case RegistrationRecorded() | ExemptionRecorded() | CertificateFact():
            return data.valid_from, data.valid_to
        case RegistrationCancelled():
            return data.cancelled_on, None
        case InsurancePaid():
            first = date.fromisoformat(f"{data.month}-01")
            return first, _last_day(first)
        case LeadAppointed():
            return day_in_shanghai(data.opened_at), day_in_shanghai(data.opened_at)
        case LeadCandidacy():
            return day_in_shanghai(data.announced_at), day_in_shanghai(data.announced_at)
        case _:
            return occurred_on, occurred_on


def _last_day(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])
