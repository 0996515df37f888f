"""To whom a notice is addressed, as conditions for every query of notices."""

from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, or_, select

from alerts.recipients import Occasion, Recipient
from domain.access import Actor, Role
from domain.identifiers import significant_digits

_ENDS: Final = [str(occasion) for occasion in Occasion if occasion.is_end]


def addressed_to(reader: Actor, notices: FromClause) -> ColumnElement[bool]:
    """True for the notices addressed to the reader.

    A supervisor is addressed by jurisdiction, a bidder or tenderer by the code of the organisation. Nobody
    else is addressed.
    """
    key = notices.c.recipient_key
    if reader.role is Role.SUPERVISOR:
        prefix = significant_digits(reader.jurisdiction or "")
        own = key.startswith(prefix, autoescape=True) if prefix else false()
    elif reader.role in (Role.BIDDER, Role.TENDERER) and reader.uscc:
        own = key == reader.uscc
    else:
        return false()
    return and_(notices.c.recipient_role == str(reader.role), own)


def is_addressed(reader: Actor, recipient: Recipient) -> bool:
    """Whether the reader is ``recipient``; the same as :func:`addressed_to` without a database."""
    if recipient.role is not reader.role:
        return False
    if reader.role is Role.SUPERVISOR:
        prefix = significant_digits(reader.jurisdiction or "")
        return bool(prefix) and recipient.key.startswith(prefix)
    return reader.role in (Role.BIDDER, Role.TENDERER) and reader.is_organisation(recipient.key)


def told_already(reader: Actor, notices: FromClause) -> ColumnElement[bool]:
    """True for notices that the reader need not see, because another of the reader's notices says it already."""
    # A clue may lie in several places, and the jurisdiction of a supervisor may hold more than one of them.
    # Of the notices about one event only the first counts. And that a clue has left one place is no news
    # to a supervisor in whose other place it stays.
    handed_over = notices.c.occasion == str(Occasion.HANDED_OVER)
    other = notices.alias("other")
    earlier = select(other.c.notice_id).where(
        _same_clue(other, notices),
        other.c.revision == notices.c.revision,
        other.c.notice_id < notices.c.notice_id,
        addressed_to(reader, other),
        or_(handed_over, other.c.occasion != str(Occasion.HANDED_OVER)),
    )
    return or_(exists(earlier), and_(handed_over, _stays_elsewhere(reader, notices)))


def _stays_elsewhere(reader: Actor, notices: FromClause) -> ColumnElement[bool]:
    """True where another place of the reader had been told of the clue by then, and of no end of it."""
    told, end = notices.alias("told"), notices.alias("told_end")
    ended = (
        select(end.c.notice_id)
        .where(
            _same_clue(end, notices),
            end.c.recipient_role == told.c.recipient_role,
            end.c.recipient_key == told.c.recipient_key,
            end.c.revision >= told.c.revision,
            end.c.revision <= notices.c.revision,
            end.c.occasion.in_(_ENDS),
        )
        .correlate(told, notices)
    )
    return exists(
        select(told.c.notice_id).where(
            _same_clue(told, notices),
            told.c.revision <= notices.c.revision,
            addressed_to(reader, told),
            ~exists(ended),
        )
    )


def _same_clue(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return one.c.clue_id == other.c.clue_id
