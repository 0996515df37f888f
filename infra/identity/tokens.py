"""Which tokens this installation issued, and which tokens and sessions were ended before their time.

A token is valid by its signature alone. What is kept here is who got one, and the ids of those that count no more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, String, Table, delete, select, text

from domain.access import Actor, Role
from domain.errors import NotFound
from domain.instants import instant_text
from infra.storage.database import Database
from projections.table_sums import summed
from projections.tables import METADATA

if TYPE_CHECKING:
    # What signs tokens loads slowly, and the tables here are read by commands that sign none.
    from infra.identity.access import Issued

_ID: Final = String(40)

ISSUED: Final = Table(
    "issued_tokens",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("name", String(500), nullable=False),
    Column("source", String(500)),
    Column("jurisdiction", String(12)),
    Column("uscc", String(18)),
    Column("issued_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)
"""Never the token itself."""

ENDED: Final = Table(
    "ended_tokens",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("ended_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("why", String(12), nullable=False),
)
"""Tokens and sessions; ``expires_at`` is when they would have ended by themselves."""

_END: Final = text(
    "INSERT INTO ended_tokens (id, ended_at, expires_at, why) VALUES (:id, :ended_at, :expires_at, :why)"
    " ON CONFLICT (id) DO NOTHING"
)


class Why(StrEnum):
    SIGNED_OUT = "signed-out"
    REVOKED = "revoked"
    ENDED = "ended"
    """One of several sessions, by its person or an operator."""
    NOT_IN_FORCE = "not-in-force"
    """The account was disabled, or may not act as it did."""
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """``ended_at``: when it was revoked."""

    id: str
    actor: Actor
    issued_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class TokenRegister:
    """In the database of the one machine, or of the console."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def add(self, issued: "Issued") -> None:
        """Keep that a token was issued, and forget those that have expired."""
        actor = issued.actor
        row = {
            "id": issued.id,
            "role": actor.role.value,
            "name": actor.name,
            "source": actor.source,
            "jurisdiction": actor.jurisdiction,
            "uscc": actor.uscc,
            "issued_at": instant_text(issued.issued_at),
            "expires_at": instant_text(issued.expires_at),
        }
        with self._database.transaction() as connection:
            for table in (ISSUED, ENDED):
                expired = table.c.expires_at <= instant_text(self._clock())
                with summed(connection, table, expired):
                    connection.execute(delete(table).where(expired))
            with summed(connection, ISSUED, ISSUED.c.id == issued.id):
                connection.execute(ISSUED.insert(), row)

    def tokens(self) -> Sequence[IssuedToken]:
        """Those that have not expired, the oldest first; sessions are not among them."""
        query = (
            select(ISSUED, ENDED.c.ended_at)
            .outerjoin(ENDED, ENDED.c.id == ISSUED.c.id)
            .where(ISSUED.c.expires_at > instant_text(self._clock()))
            .order_by(ISSUED.c.issued_at, ISSUED.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            IssuedToken(
                row.id,
                Actor(Role(row.role), row.name, row.source, row.jurisdiction, row.uscc),
                datetime.fromisoformat(row.issued_at),
                datetime.fromisoformat(row.expires_at),
                datetime.fromisoformat(row.ended_at) if row.ended_at else None,
            )
            for row in rows
        ]

    def revoke(self, id: str) -> None:
        """End a token, and every session opened with it; raises NotFound."""
        found = next((each for each in self.tokens() if each.id == id), None)
        if found is None:
            raise NotFound("token")
        self.end(id, found.expires_at, Why.REVOKED)

    def end(self, id: str, expires_at: datetime, why: Why) -> None:
        """``id`` counts no more, from its next use on; ending what has ended changes nothing."""
        row = {
            "id": id,
            "ended_at": instant_text(self._clock()),
            "expires_at": instant_text(expires_at),
            "why": why.value,
        }
        with self._database.transaction() as connection, summed(connection, ENDED, ENDED.c.id == id):
            connection.execute(_END, row)

    def ended(self) -> frozenset[str]:
        """The ids of tokens and sessions that were ended and have not expired."""
        query = select(ENDED.c.id).where(ENDED.c.expires_at > instant_text(self._clock()))
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())
