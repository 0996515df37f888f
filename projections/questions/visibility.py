"""What a signed-in party may see, as conditions for the queries."""

from typing import Final

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.sql.schema import Column

from domain.access import Actor, Role
from domain.identifiers import significant_digits
from projections.boards.clue_board import CLUES
from projections.boards.judged import APPOINTMENTS
from projections.boards.lot_board import LOTS
from projections.boards.matter_board import MATTERS

_COMPARING: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
"""The roles that may see comparisons. Parties to the bid are not among them: a comparison names rivals."""


def within_jurisdiction(actor: Actor, column: Column[str]) -> ColumnElement[bool]:
    """True for rows of the actor's jurisdiction; for all rows where the actor is bound to none."""
    if actor.jurisdiction is None:
        return true() if actor.sees_every_jurisdiction else false()
    return within(actor.jurisdiction, column)


def within(jurisdiction: str, column: Column[str]) -> ColumnElement[bool]:
    """True for rows that lie in the GB/T 2260 division ``jurisdiction``."""
    prefix = significant_digits(jurisdiction)
    return column.startswith(prefix, autoescape=True) if prefix else false()


def clues_in_jurisdiction(actor: Actor) -> ColumnElement[bool]:
    """True for clues with a place in the actor's jurisdiction; for all clues where the actor is bound to none."""
    if actor.jurisdiction is None:
        return true() if actor.sees_every_jurisdiction else false()
    return clues_within(actor.jurisdiction)


def clues_within(jurisdiction: str) -> ColumnElement[bool]:
    """True for clues with a place in the GB/T 2260 division ``jurisdiction``."""
    prefix = significant_digits(jurisdiction)
    # Every code in the column stands after a space, so a space and a prefix find any code that begins so.
    among = CLUES.c.jurisdictions.contains(f" {prefix}", autoescape=True) if prefix else false()
    return or_(within(jurisdiction, CLUES.c.jurisdiction), among)


def matters_in_jurisdiction(actor: Actor) -> ColumnElement[bool]:
    """True for matters with a place in the actor's jurisdiction; for all matters where the actor is bound to none."""
    if actor.jurisdiction is None:
        return true() if actor.sees_every_jurisdiction else false()
    prefix = significant_digits(actor.jurisdiction)
    return MATTERS.c.jurisdictions.contains(f" {prefix}", autoescape=True) if prefix else false()


def lots_visible(actor: Actor) -> ColumnElement[bool]:
    """True for lots whose comparison the actor may see."""
    return within_jurisdiction(actor, LOTS.c.jurisdiction) if actor.role in _COMPARING else false()


def may_see_lot(actor: Actor, jurisdiction: str) -> bool:
    """The same as :func:`lots_visible`, for the jurisdiction that a lot had at a past moment."""
    return actor.role in _COMPARING and actor.covers(jurisdiction)


def people_visible(actor: Actor, person_id: str) -> ColumnElement[bool]:
    """True where the actor may read the dossier of the person.

    An actor bound to a jurisdiction may, if a bid there names the person, or a clue there that was not
    withdrawn.
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
    """True for rows whose organisation is the actor itself."""
    return column == actor.uscc if actor.uscc else false()
