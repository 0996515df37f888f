"""What a signed-in party may see, as a filter inside every query."""

from typing import Final

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.sql.schema import Column

from domain.access import Actor, Role
from domain.identifiers import significant_digits
from projections.boards.clue_board import CLUES
from projections.boards.judged import APPOINTMENTS
from projections.boards.lot_board import LOTS

_COMPARING: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
"""Who may see comparisons: never a rival, and never before candidates are known."""


def within_jurisdiction(actor: Actor, column: Column[str]) -> ColumnElement[bool]:
    """True for rows of the actor's jurisdiction; everywhere for roles that are not bound to one."""
    if actor.jurisdiction is None:
        return true() if actor.sees_every_jurisdiction else false()
    return within(actor.jurisdiction, column)


def within(jurisdiction: str, column: Column[str]) -> ColumnElement[bool]:
    """True for rows that lie in a GB/T 2260 division."""
    prefix = significant_digits(jurisdiction)
    return column.startswith(prefix, autoescape=True) if prefix else false()


def clues_in_jurisdiction(actor: Actor) -> ColumnElement[bool]:
    """True for clues any of whose places lies in the actor's jurisdiction; for all where it is bound to none."""
    if actor.jurisdiction is None:
        return true() if actor.sees_every_jurisdiction else false()
    return clues_within(actor.jurisdiction)


def clues_within(jurisdiction: str) -> ColumnElement[bool]:
    """True for clues any of whose places lies in a GB/T 2260 division."""
    prefix = significant_digits(jurisdiction)
    among = CLUES.c.jurisdictions.contains(f" {prefix}", autoescape=True) if prefix else false()
    return or_(within(jurisdiction, CLUES.c.jurisdiction), among)


def lots_visible(actor: Actor) -> ColumnElement[bool]:
    """Lots whose comparison the actor may see."""
    return within_jurisdiction(actor, LOTS.c.jurisdiction) if actor.role in _COMPARING else false()


def may_see_lot(actor: Actor, jurisdiction: str) -> bool:
    """As :func:`lots_visible`, of a lot as it was known at a moment."""
    return actor.role in _COMPARING and actor.covers(jurisdiction)


def people_visible(actor: Actor, person_id: str) -> ColumnElement[bool]:
    """Whether the actor may read a person's dossier.

    A party bound to a jurisdiction sees only people named there, in a bid or in a clue that was not withdrawn.
    """
    if not actor.may_read_dossiers:
        return false()
    if actor.sees_every_jurisdiction:
        return true()
    bid = select(APPOINTMENTS.c.subject).where(
        APPOINTMENTS.c.person_id == person_id, within_jurisdiction(actor, APPOINTMENTS.c.jurisdiction)
    )
    clue = select(CLUES.c.clue_id).where(
        CLUES.c.person_id == person_id,
        CLUES.c.status != "withdrawn",
        clues_in_jurisdiction(actor),
    )
    return or_(exists(bid), exists(clue))


def own_organisation(actor: Actor, column: Column[str]) -> ColumnElement[bool]:
    return column == actor.uscc if actor.uscc else false()
