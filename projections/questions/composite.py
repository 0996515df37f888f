"""All clues about one tender, bidder or person, the worst first: a list, and never a score."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, case, exists, false, func, or_, select, true

from domain.access import Actor
from domain.errors import NotFound
from domain.evidence.ocds import process_of
from domain.evidence.ocds_market import Market
from domain.policy import PolicyBook
from domain.rule import Finding, FindingOutcome, Severity, judge
from projections.boards.clue_board import CLUES
from projections.boards.judged import APPOINTMENTS
from projections.boards.lot_board import LOTS
from projections.questions import market
from projections.questions.as_of import AsOf
from projections.questions.clue_queries import ShownClue, clues_visible, shown
from projections.questions.visibility import lots_visible, people_visible, within_jurisdiction

_WITHDRAWN: Final = "withdrawn"
_CLEARED: Final = "cleared"


class Subject(StrEnum):
    """What the clues are about."""

    TENDER = "tender"
    BIDDER = "bidder"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Composite:
    """One page of the clues that are not withdrawn: the worst first, and cleared ones last.

    ``indicators`` are the findings of published indicators about each lot of a tender, for those who may
    see the lot; only the first page has them. ``by_severity`` and ``by_rule`` count the clues of all pages
    that are not cleared. ``next`` is the cursor of the following page.
    """

    subject: Subject
    id: str
    by_severity: dict[str, int]
    by_rule: dict[str, int]
    items: tuple[ShownClue, ...]
    indicators: tuple[Finding, ...]
    next: str | None


def composite(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    subject: Subject,
    identity: str,
    *,
    policies: PolicyBook,
    cursor: str | None = None,
    limit: int = 100,
) -> Composite:
    """The clues that the actor may see about a tender, a bidder or a person.

    ``identity`` is the id of the tender, the code or else the normalised name of the bidder, or the
    pseudonym of the person. Raises NotFound where the actor may not know of the subject.
    """
    seen = (clues_visible(actor), _about(subject, identity), CLUES.c.status != _WITHDRAWN)
    start = int(cursor or 0)
    if not connection.execute(select(or_(_visible(actor, subject, identity), exists().where(*seen)))).scalar():
        raise NotFound(str(subject))
    rows = connection.execute(_worst_first(seen).offset(start).limit(limit + 1)).all()
    return Composite(
        subject=subject,
        id=identity,
        by_severity=_counted(connection, CLUES.c.severity, seen),
        by_rule=_counted(connection, CLUES.c.rule, seen),
        items=tuple(shown(row, actor) for row in rows[:limit]),
        indicators=()
        if start or subject is not Subject.TENDER
        else tuple(_indicators(connection, as_of, actor, identity, policies)),
        next=str(start + limit) if len(rows) > limit else None,
    )


def _about(subject: Subject, identity: str) -> ColumnElement[bool]:
    match subject:
        case Subject.TENDER:
            return CLUES.c.tender_id == identity
        case Subject.PERSON:
            return CLUES.c.person_id == identity
        case Subject.BIDDER:
            return or_(CLUES.c.bidder_key == identity, CLUES.c.case_group == f"payers:org:{identity}")


def _visible(actor: Actor, subject: Subject, identity: str) -> ColumnElement[bool]:
    """Whether the actor may know of the subject even where there is no clue about it."""
    match subject:
        case Subject.TENDER:
            return exists().where(LOTS.c.tender_id == identity, lots_visible(actor))
        case Subject.PERSON:
            return people_visible(actor, identity)
        case Subject.BIDDER if actor.sees_every_organisation:
            within = within_jurisdiction(actor, APPOINTMENTS.c.jurisdiction)
            return exists().where(APPOINTMENTS.c.bidder_key == identity, within)
        case Subject.BIDDER:
            return true() if actor.is_organisation(identity) else false()


def _worst_first(seen: tuple[ColumnElement[bool], ...]) -> Select[Any]:
    rank = case({str(severity): severity.rank for severity in Severity}, value=CLUES.c.severity, else_=-1)
    return (
        select(CLUES)
        .where(*seen)
        .order_by(
            CLUES.c.status == _CLEARED,
            rank.desc(),
            CLUES.c.outcome != str(FindingOutcome.MISMATCH),
            CLUES.c.occurred_at.desc(),
            CLUES.c.number.desc(),
        )
    )


def _counted(
    connection: Connection, column: ColumnElement[str], seen: tuple[ColumnElement[bool], ...]
) -> dict[str, int]:
    query = select(column, func.count()).where(*seen, CLUES.c.status != _CLEARED).group_by(column).order_by(column)
    return {row[0]: row[1] for row in connection.execute(query)}


def _indicators(
    connection: Connection, as_of: AsOf, actor: Actor, tender_id: str, policies: PolicyBook
) -> Iterator[Finding]:
    """The findings about each visible lot by itself; ``tender-monitor indicators`` gives those that need all lots."""
    lots = select(LOTS.c.lot, LOTS.c.jurisdiction).where(LOTS.c.tender_id == tender_id, lots_visible(actor))
    for lot, jurisdiction in connection.execute(lots.order_by(LOTS.c.lot)):
        facts = as_of.standing(connection, lot, kinds=market.KINDS)
        process = process_of(lot.removeprefix("lot:"), facts)
        refs = tuple(fact.ref for fact in facts)
        for case_of_lot in Market(policies.for_jurisdiction(jurisdiction)).take([process] if process else []):
            for finding in judge(case_of_lot):
                yield replace(finding, facts=refs)
