"""Notices to parties whose credit code is not known: they reach nobody, are listed, and wait for the code."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from alerts.inbox import Notice, notices_where
from alerts.recipients import Occasion, Recipient
from alerts.tables import NOTICES
from domain.access import Actor, Role

_PARTIES: Final = (str(Role.BIDDER), str(Role.TENDERER))
_AT_ONCE: Final = 500


def undeliverable(connection: Connection, reader: Actor, *, after: int = 0, limit: int | None = None) -> list[Notice]:
    """The last notice of each clue and party that cannot be delivered, numbered above ``after``, in order.

    The reader sees those of its own jurisdiction, at most ``limit``. Once the clue has ended for the party, or
    its code is known, nothing waits any more.
    """
    waiting = [number for number in _waiting(connection) if number > after]
    found: list[Notice] = []
    for start in range(0, len(waiting), _AT_ONCE):
        page = notices_where(connection, NOTICES.c.notice_id.in_(waiting[start : start + _AT_ONCE]))
        found += [notice for notice in page if reader.covers(notice.content.jurisdiction)]
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def count_undeliverable(connection: Connection) -> int:
    """How many notices wait for a code, in all jurisdictions."""
    return len(_waiting(connection))


def _waiting(connection: Connection) -> list[int]:
    """The numbers of the last notices to parties without a code, where they are no end; ascending."""
    last: dict[tuple[str, str, str], tuple[int, Occasion]] = {}
    for names in _names(connection):
        columns = NOTICES.c.clue_id, NOTICES.c.recipient_role, NOTICES.c.recipient_key, NOTICES.c.notice_id
        query = select(*columns, NOTICES.c.occasion).where(names).order_by(NOTICES.c.notice_id)
        for clue_id, role, key, number, occasion in connection.execute(query):
            last[clue_id, role, key] = number, Occasion(occasion)
    return sorted(number for number, occasion in last.values() if not occasion.is_end)


def _names(connection: Connection) -> Iterator[ColumnElement[bool]]:
    """Conditions that together find all notices to parties without a code, by the index of recipients."""
    of_parties = NOTICES.c.recipient_role.in_(_PARTIES)
    recipients = select(NOTICES.c.recipient_role, NOTICES.c.recipient_key).where(of_parties).distinct()
    found = [Recipient(Role(role), key) for role, key in connection.execute(recipients)]
    names = sorted({recipient.key for recipient in found if not recipient.is_reachable})
    for start in range(0, len(names), _AT_ONCE):
        yield of_parties & NOTICES.c.recipient_key.in_(names[start : start + _AT_ONCE])
