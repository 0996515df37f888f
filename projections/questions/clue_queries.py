"""Lists of clues, with what each party may see of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, case, false, func, select

from domain.access import Actor, Role
from domain.clues.context import Step
from domain.employers import EmployerMatch
from domain.errors import NotFound
from domain.evidence.recorded import FactRef
from domain.instants import instant_text
from domain.rule import RULEBOOK, Explanation, FindingOutcome
from projections.boards.clue_board import CLUES, FINDING_CONTENT, HISTORY, FindingContent
from projections.questions.clue_order import GRAVITY, Sort
from projections.questions.visibility import clues_in_jurisdiction, clues_within, own_organisation


@dataclass(frozen=True, slots=True)
class Filters:
    """The conditions for a list of clues; None and an empty tuple are no condition.

    ``since`` (inclusive) is compared with the last change of a clue.
    """

    statuses: tuple[str, ...] = ()
    rule: str | None = None
    severity: str | None = None
    tender_id: str | None = None
    lot_id: str | None = None
    person_id: str | None = None
    project_code: str | None = None
    case_id: str | None = None
    jurisdiction: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str
    uscc: str | None


@dataclass(frozen=True, slots=True)
class ShownClue:
    """A clue as interfaces show it; a field is None where the clue has nothing to do with such a thing.

    ``jurisdictions`` are those of all lots concerned, where there are several. ``person_masked`` is filled
    in later, where the reader may see masked names.
    """

    clue_id: str
    case_kind: str
    rule: str
    rule_version: int
    outcome: str
    severity: str
    status: str
    evidence_changed: bool
    candidate: bool
    jurisdiction: str
    jurisdictions: tuple[str, ...]
    title: str
    tender_id: str | None
    lot_id: str | None
    bidder: Organisation | None
    person_id: str | None
    project_code: str | None
    case_id: str | None
    occurred_at: datetime
    raised_at: datetime
    revised_at: datetime
    explanation: Explanation
    facts: tuple[FactRef, ...]
    employer_match: EmployerMatch | None
    thresholds: Mapping[str, str]
    history: tuple[Step, ...]
    person_masked: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next`` is the cursor of the following page, None on the last."""

    items: tuple[ShownClue, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """A number of clues; ``candidates`` of them are about winning candidates."""

    clues: int
    candidates: int


def clues_visible(actor: Actor) -> ColumnElement[bool]:
    """True for the clues that the actor may see.

    A bidder sees clues about its own leads, and a tenderer clues about its winning candidates; neither
    sees clues of rules that are for supervisors only. All others see the clues in their jurisdiction.
    """
    if actor.role is Role.BIDDER:
        return and_(own_organisation(actor, CLUES.c.bidder_key), _for_parties())
    if actor.role is Role.TENDERER:
        return and_(own_organisation(actor, CLUES.c.tenderer_key), CLUES.c.candidate, _for_parties())
    if actor.role in (Role.SOURCE, Role.SECURITY_OFFICER):
        return false()
    return clues_in_jurisdiction(actor)


def clues(
    connection: Connection,
    actor: Actor,
    filters: Filters = Filters(),
    *,
    sort: Sort = Sort.RAISED,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """One page of a list; ``cursor`` is the ``next`` of the page before it, with the same ``sort``.

    A clue that changes its place between two pages may be on both pages or on neither.
    """
    behind = () if cursor is None else (sort.after(cursor),)
    order = [column.desc() for column in sort.columns]
    ids = select(CLUES.c.clue_id).where(clues_visible(actor), *_narrowed(filters), *behind)
    # Rows are wide, so only those of the page are read: first its ids are found in an index.
    on_page = CLUES.c.clue_id.in_(ids.order_by(*order).limit(limit + 1))
    rows = connection.execute(select(CLUES, GRAVITY).where(on_page).order_by(*order)).all()
    more = len(rows) > limit
    items = tuple(shown(row, actor) for row in rows[:limit])
    return Page(items, sort.cursor(rows[limit - 1]) if more else None)


def counts(connection: Connection, actor: Actor) -> Mapping[str, Count]:
    """The numbers of clues that the actor may see, by status; a status without clues is left out."""
    candidates = func.count(case((CLUES.c.candidate, 1)))
    query = select(CLUES.c.status, func.count(), candidates).where(clues_visible(actor)).group_by(CLUES.c.status)
    return {status: Count(number, of_candidates) for status, number, of_candidates in connection.execute(query)}


def clue(connection: Connection, actor: Actor, clue_id: UUID) -> ShownClue:
    """One clue; raises NotFound where the actor may not see it."""
    row = connection.execute(select(CLUES).where(CLUES.c.clue_id == str(clue_id), clues_visible(actor))).first()
    if row is None:
        raise NotFound("clue")
    return shown(row, actor)


def suspended(connection: Connection, person_id: str) -> bool:
    """Whether an investigation about the person is running; then the integrity file is suspended."""
    running = select(CLUES.c.number).where(CLUES.c.person_id == person_id, CLUES.c.status == "under-investigation")
    return connection.execute(running.limit(1)).first() is not None


def _for_parties() -> ColumnElement[bool]:
    """True for clues of rules that parties may know of; a rule that has left the rulebook is not among them."""
    return CLUES.c.rule.in_([rule.code for rule in RULEBOOK.values() if not rule.supervisors_only])


def _narrowed(filters: Filters) -> Sequence[ColumnElement[bool]]:
    equal = {
        CLUES.c.rule: filters.rule,
        CLUES.c.severity: filters.severity,
        CLUES.c.tender_id: filters.tender_id,
        CLUES.c.lot_id: filters.lot_id,
        CLUES.c.person_id: filters.person_id,
        CLUES.c.project_code: filters.project_code,
        CLUES.c.case_id: filters.case_id,
    }
    narrowed = [column == wanted for column, wanted in equal.items() if wanted is not None]
    if filters.statuses:
        narrowed.append(CLUES.c.status.in_(filters.statuses))
    if filters.jurisdiction is not None:
        narrowed.append(clues_within(filters.jurisdiction))
    if filters.since is not None:
        narrowed.append(CLUES.c.revised_at >= instant_text(filters.since))
    return narrowed


def _for_a_party(step: Step, actor: Actor) -> Step:
    """A step as a party may see it: what happened and when. Names and reasons are only those of its own role."""
    own = step.role == actor.role
    return replace(
        step, explanation=None, caused_by=None, name=step.name if own else None, reason=step.reason if own else None
    )


def _is_true_now(row: Row[Any], actor: Actor) -> bool:
    """Whether the explanation says what is true now; the name of a rule, which parties get, is always true.

    A rule that returns nothing any more leaves the explanation of its last finding behind.
    """
    return row.stands or not FindingOutcome(row.outcome).makes_clue or not actor.may_see_other_firms


def _no_longer(explanation: Explanation) -> Explanation:
    return Explanation(
        f"根据最新数据，以下情形已不成立：{explanation.zh}",
        f"On the latest data this is no longer so: {explanation.en}",
    )


def shown(row: Row[Any], actor: Actor) -> ShownClue:
    """The clue in a row of the board, as the actor may see it."""
    content = FINDING_CONTENT.validate_python(row.said)
    history = tuple(HISTORY.validate_python(row.history))
    # Evidence names payers, and a payer may be a rival. So parties to the bid get only the name of the rule.
    if not actor.may_see_other_firms:
        title = RULEBOOK[row.rule].title_alone
        content = FindingContent(title.zh, title.en, (), None)
        history = tuple(_for_a_party(step, actor) for step in history)
    explanation = Explanation(content.explanation_zh, content.explanation_en)
    return ShownClue(
        clue_id=row.clue_id,
        case_kind=row.case_group.partition(":")[0],
        rule=row.rule,
        rule_version=row.rule_version,
        outcome=row.outcome,
        severity=row.severity,
        status=row.status,
        evidence_changed=row.evidence_changed,
        candidate=row.candidate,
        jurisdiction=row.jurisdiction,
        jurisdictions=tuple(row.jurisdictions.split()),
        title=row.title,
        tender_id=row.tender_id,
        lot_id=row.lot_id,
        bidder=Organisation(row.bidder_name, row.bidder_uscc) if row.bidder_name is not None else None,
        person_id=row.person_id,
        project_code=row.project_code,
        case_id=row.case_id,
        occurred_at=datetime.fromisoformat(row.occurred_at),
        raised_at=datetime.fromisoformat(row.raised_at),
        revised_at=datetime.fromisoformat(row.revised_at),
        explanation=explanation if _is_true_now(row, actor) else _no_longer(explanation),
        facts=content.facts,
        employer_match=content.employer_match,
        thresholds=dict(content.thresholds),
        history=history,
    )
