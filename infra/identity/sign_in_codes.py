"""Short codes for signing in: each stands for a bearer token or an account, works once, and soon ends.

A token is too long to be typed or printed, and whoever finds one in a history or a message can use
it until it ends. Of a code only a digest is kept, and the token is sealed with the vault's key: a
copy of the database signs nobody in, and whoever writes into it cannot add a code of their own.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Column, LargeBinary, String, Table, delete, insert, select

from domain.errors import MonitorError
from domain.instants import instant_text
from infra.identity.vault import Vault
from infra.storage.database import Database
from projections.tables import METADATA

CODE_BYTES: Final = 16
"""128 bits: nobody guesses one in its short life."""

_ACCOUNT: Final = "account:"

SIGN_IN_CODES: Final = Table(
    "sign_in_codes",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", String(32), nullable=False),
)
"""By the SHA-256 of the code; a row goes with its use, or with the next code after its end."""


class CodeRefused(MonitorError):
    """There is no such code, it has been used, or it has ended."""


class SignInCodes:
    """Kept in the database, so that a code still works after a restart."""

    def __init__(
        self, database: Database, vault: Vault, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def issue(self, token: str, *, lasts: timedelta) -> str:
        """A code that stands for ``token``, or for an account; the session ends with the token all the same."""
        code = secrets.token_urlsafe(CODE_BYTES)
        digest, now = _digest(code), self._clock()
        row = {
            "digest": digest,
            "sealed": self._vault.seal(token.encode(), _purpose(digest)),
            "expires_at": instant_text(now + lasts),
        }
        with self._database.transaction() as connection:
            connection.execute(delete(SIGN_IN_CODES).where(SIGN_IN_CODES.c.expires_at <= instant_text(now)))
            connection.execute(insert(SIGN_IN_CODES), row)
        return code

    def peek(self, code: str) -> str:
        """What a code stands for, without using it up; raises :class:`CodeRefused`."""
        digest = _digest(code)
        with self._database.read() as connection:
            row = connection.execute(select(SIGN_IN_CODES).where(SIGN_IN_CODES.c.digest == digest)).first()
        if row is None or row.expires_at <= instant_text(self._clock()):
            raise CodeRefused("no such sign-in code")
        return self._vault.open(row.sealed, _purpose(digest)).decode()

    def redeem(self, code: str) -> str:
        """What a code stands for, this once; raises :class:`CodeRefused`."""
        digest = _digest(code)
        used = delete(SIGN_IN_CODES).where(SIGN_IN_CODES.c.digest == digest)
        with self._database.transaction() as connection:
            row = connection.execute(used.returning(SIGN_IN_CODES.c.sealed, SIGN_IN_CODES.c.expires_at)).first()
        if row is None or row.expires_at <= instant_text(self._clock()):
            raise CodeRefused("no such sign-in code")
        return self._vault.open(row.sealed, _purpose(digest)).decode()


def account_code(account_id: str) -> str:
    """What a code of an account stands for, in the place of a token."""
    return f"{_ACCOUNT}{account_id}"


def account_of(redeemed: str) -> str | None:
    """The account that a redeemed code stands for; None for a token."""
    return redeemed.removeprefix(_ACCOUNT) if redeemed.startswith(_ACCOUNT) else None


def sign_in_link(address: str, code: str) -> str:
    """The code follows ``#``: it reaches no server's log, and no program that only looks at links uses it up."""
    return f"{address.rstrip('/')}/sign-in#code={code}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


def _purpose(digest: str) -> str:
    return f"sign-in:{digest}"
