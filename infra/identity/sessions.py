"""Sessions of browsers: which are open, since when, and when each was used last.

A session is valid by its signature. What is kept here is listed, and ends those that nobody uses.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Column, String, Table, bindparam, delete, insert, or_, select, update

from domain.instants import instant_text
from infra.identity.tokens import ENDED
from infra.storage.database import Database
from projections.table_sums import summed
from projections.tables import METADATA

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("account", String(60), nullable=False),
    Column("capacity", String(120), nullable=False),
    Column("how", String(20), nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("seen_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)
"""``account`` is the id of an account or ``token:`` and that of a token; ``capacity`` is what it acts as."""

_WRITTEN_EVERY: Final = timedelta(seconds=60)
_SEEN: Final = update(SESSIONS).where(SESSIONS.c.id == bindparam("session")).values(seen_at=bindparam("seen"))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """``how`` it was opened: by ``token``, ``link``, ``password`` or ``oidc``."""

    id: str
    account: str
    capacity: str
    how: str
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def of_account(self) -> bool:
        return ":" not in self.account


class SessionRegister:
    """In the database of the one machine, or of the console; used by many threads."""

    def __init__(
        self, database: Database, *, idle: timedelta, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._idle = idle
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}

    def add(self, session: OpenSession) -> None:
        """Keep that it was opened, and forget those that have ended by themselves."""
        row = {
            "id": session.id,
            "account": session.account,
            "capacity": session.capacity,
            "how": session.how,
            "opened_at": instant_text(session.opened_at),
            "seen_at": instant_text(session.seen_at),
            "expires_at": instant_text(session.expires_at),
        }
        which = or_(SESSIONS.c.expires_at <= instant_text(self._clock()), SESSIONS.c.id == session.id)
        with self._database.transaction() as connection, summed(connection, SESSIONS, which):
            connection.execute(delete(SESSIONS).where(which))
            connection.execute(insert(SESSIONS), row)
        self.used(session.id)

    def used(self, id: str) -> None:
        """It was used just now; written down with the next :meth:`look`."""
        self._seen[id] = self._clock()

    def is_idle(self, id: str, opened_at: datetime) -> bool:
        """Whether nobody has used it for too long, as far as this process knows."""
        return self._clock() - max(self._seen.get(id, opened_at), opened_at) > self._idle

    def look(self) -> Sequence[OpenSession]:
        """Write down which were used, and return those that are open."""
        self._write()
        found = self.open_sessions()
        for each in found:
            # Another console may have been used.
            self._seen[each.id] = max(self._seen.get(each.id, each.seen_at), each.seen_at)
        known = {each.id for each in found}
        for forgotten in self._seen.keys() - known:
            self._seen.pop(forgotten, None)
            self._written.pop(forgotten, None)
        return found

    def open_sessions(self, account: str | None = None) -> list[OpenSession]:
        """Those that have neither ended nor expired, the newest first."""
        query = (
            select(SESSIONS)
            .outerjoin(ENDED, ENDED.c.id == SESSIONS.c.id)
            .where(SESSIONS.c.expires_at > instant_text(self._clock()), ENDED.c.id.is_(None))
            .order_by(SESSIONS.c.opened_at.desc(), SESSIONS.c.id)
        )
        if account is not None:
            query = query.where(SESSIONS.c.account == account)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            OpenSession(
                row.id,
                row.account,
                row.capacity,
                row.how,
                datetime.fromisoformat(row.opened_at),
                datetime.fromisoformat(row.seen_at),
                datetime.fromisoformat(row.expires_at),
            )
            for row in rows
        ]

    def _write(self) -> None:
        with self._lock:
            long_ago = datetime.min.replace(tzinfo=UTC)
            due = {
                id: seen
                for id, seen in list(self._seen.items())
                if seen - self._written.get(id, long_ago) >= _WRITTEN_EVERY
            }
            if not due:
                return
            rows = [{"session": id, "seen": instant_text(seen)} for id, seen in due.items()]
            with (
                self._database.transaction() as connection,
                summed(connection, SESSIONS, SESSIONS.c.id.in_(due)),
            ):
                connection.execute(_SEEN, rows)
            self._written |= due
