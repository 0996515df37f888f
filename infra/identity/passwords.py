"""Passwords and second factors of local accounts: kept beside the ledger, checked in one place, locked for a while.

A password is kept as an Argon2id hash, the secret of the second factor sealed with the vault's key. Five wrong tries
lock a login name for a quarter of an hour, and tries meanwhile do not lengthen that. A browser in which the person
signed in before has a device cookie, and its tries are counted apart: so nobody can lock somebody else out of the own
browser.
"""

import hmac
import secrets
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, delete, insert, or_, select

from domain.errors import MonitorError, NotAllowed
from domain.instants import instant_text
from infra.identity.vault import SealBroken, Vault
from infra.storage.database import Database
from projections.table_sums import summed
from projections.tables import METADATA

if TYPE_CHECKING:
    # Loaded where somebody signs in by password: every command looks at the tables here.
    from argon2 import PasswordHasher

SHORTEST: Final = 12
LONGEST: Final = 200
_FEWEST_CHARACTERS: Final = 5
MOST_WRONG: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
_FORGOTTEN_AFTER: Final = timedelta(hours=24)
_STEP_SECONDS: Final = 30
_AT_ONCE: Final = 2
"""Hashes that are computed at the same time: each takes 64 MiB."""
_NO_DEVICE: Final = ""

SECRETS: Final = Table(
    "account_secrets",
    METADATA,
    Column("account_id", String(32), primary_key=True),
    Column("password", String(200), nullable=False),
    Column("second_factor", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("set_at", String(32), nullable=False),
)
"""``last_step`` is the last time step whose one-time code was used: each works once."""

WRONG_TRIES: Final = Table(
    "wrong_sign_ins",
    METADATA,
    Column("login_key", String(64), primary_key=True),
    Column("device", String(32), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", String(32), nullable=False),
    Column("locked_until", String(32)),
)
"""``device`` is empty for all browsers in which the person has not signed in before."""


class Refused(MonitorError):
    """Password or code is wrong, or there is no such account: which of these is not said."""


class Locked(MonitorError):
    """Too many wrong tries. ``seconds`` until the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__("locked after too many wrong tries")
        self.seconds = seconds


class WeakPassword(NotAllowed):
    """A new password that is too short, too simple, or holds the login name."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody typed to prove who they are; ``device`` is a device cookie, if the browser has one."""

    password: str
    code: str
    device: str | None = None


class Passwords:
    """Those of one installation, in the database of the one machine or of the console; used by many threads."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        key: bytes,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        hasher: "PasswordHasher | None" = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._device_key = hmac.digest(key, b"tender-monitor device v1", "sha256")
        self._clock = clock
        self._given_hasher = hasher
        self._hashing = threading.Semaphore(_AT_ONCE)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return self._given_hasher or PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        """Checked for a login name that nobody has, so that the answer takes as long."""
        return self._hasher.hash(secrets.token_urlsafe())

    def has_secrets(self, account_id: str) -> bool:
        with self._database.read() as connection:
            return self._row(connection, account_id) is not None

    def check(self, account_id: str | None, login_key: str, proof: Proof) -> None:
        """Raises :class:`Refused` or :class:`Locked`; ``account_id`` None: nobody has this login name."""
        device = self._device_of(login_key, proof.device)
        self._check_lock(login_key, device)
        row = None
        if account_id is not None:
            with self._database.read() as connection:
                row = self._row(connection, account_id)
        known = self._verified(row.password if row else self._nobodys, proof.password) and row is not None
        if known and self._use_code(str(account_id), proof.code):
            self._forget(login_key, device)
            return
        self._count(login_key, device)
        raise Refused("sign-in refused")

    def check_code(self, account_id: str, login_key: str, code: str) -> None:
        """The second factor alone, beside a link that an operator made; raises as :meth:`check`."""
        self._check_lock(login_key, _NO_DEVICE)
        if not self._use_code(account_id, code):
            self._count(login_key, _NO_DEVICE)
            raise Refused("sign-in refused")

    def offered(self, account_id: str, secret: str) -> bytes:
        """The secret as a form carries it, for this account alone."""
        return self._vault.seal(secret.encode(), _offered_to(account_id))

    def set_secrets(self, account_id: str, password: str, offered: bytes, code: str, *, login: str) -> None:
        """Password and second factor, which come together; raises :class:`WeakPassword` or :class:`Refused`."""
        check_strength(password, login)
        try:
            secret = self._vault.open(offered, _offered_to(account_id)).decode()
        except SealBroken as broken:
            raise Refused("not the form of this account") from broken
        step = _step_of(secret, code, self._clock())
        if step is None:
            raise Refused("the code does not fit")
        with self._hashing:
            hashed = self._hasher.hash(_plain(password))
        row = {
            "account_id": account_id,
            "password": hashed,
            "second_factor": self._vault.seal(secret.encode(), _kept_for(account_id)),
            "last_step": step,
            "set_at": instant_text(self._clock()),
        }
        self._replace(account_id, row)

    def remove(self, account_id: str) -> bool:
        """Forget password and second factor: whoever lost the telephone begins anew. False where there are none."""
        there = self.has_secrets(account_id)
        self._replace(account_id, None)
        return there

    def device_cookie(self, login_key: str) -> str:
        """Says that somebody has signed in under this name in this browser."""
        id = secrets.token_hex(16)
        return f"{id}.{self._device_mac(login_key, id)}"

    def _device_of(self, login_key: str, cookie: str | None) -> str:
        id, _, mac = (cookie or "").partition(".")
        genuine = hmac.compare_digest(self._device_mac(login_key, id).encode(), mac.encode("utf-8", "replace"))
        return id if genuine else _NO_DEVICE

    def _device_mac(self, login_key: str, id: str) -> str:
        return hmac.digest(self._device_key, f"{login_key}\0{id}".encode("utf-8", "replace"), "sha256").hex()

    def _row(self, connection: Connection, account_id: str) -> Any:
        return connection.execute(select(SECRETS).where(SECRETS.c.account_id == account_id)).first()

    def _verified(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._hashing:
            try:
                return self._hasher.verify(hashed, _plain(password))
            except (VerificationError, InvalidHashError):
                return False

    def _use_code(self, account_id: str, code: str) -> bool:
        """Whether the one-time code is right and new; then it is used up."""
        own = SECRETS.c.account_id == account_id
        with self._database.transaction() as connection, summed(connection, SECRETS, own):
            row = self._row(connection, account_id)
            if row is None:
                return False
            secret = self._vault.open(row.second_factor, _kept_for(account_id)).decode()
            step = _step_of(secret, code, self._clock())
            if step is None or step <= row.last_step:
                return False
            connection.execute(SECRETS.update().where(own).values(last_step=step))
        return True

    def _replace(self, account_id: str, row: dict[str, Any] | None) -> None:
        own = SECRETS.c.account_id == account_id
        with self._database.transaction() as connection, summed(connection, SECRETS, own):
            connection.execute(delete(SECRETS).where(own))
            if row is not None:
                connection.execute(insert(SECRETS), row)

    def _check_lock(self, login_key: str, device: str) -> None:
        with self._database.read() as connection:
            row = connection.execute(select(WRONG_TRIES).where(_of(login_key, device))).first()
        if row is not None and row.locked_until is not None:
            left = datetime.fromisoformat(row.locked_until) - self._clock()
            if left > timedelta():
                raise Locked(max(1, int(left.total_seconds())))

    def _count(self, login_key: str, device: str) -> None:
        now = self._clock()
        old = WRONG_TRIES.c.last_at <= instant_text(now - _FORGOTTEN_AFTER)
        with self._database.transaction() as connection:
            row = connection.execute(select(WRONG_TRIES).where(_of(login_key, device))).first()
            # After a lock the count begins anew.
            tries = 1 if row is None or row.locked_until is not None else row.tries + 1
            locked_until = instant_text(now + LOCKED_FOR) if tries >= MOST_WRONG else None
            connection.execute(delete(WRONG_TRIES).where(or_(old, _of(login_key, device))))
            values = {"tries": tries, "last_at": instant_text(now), "locked_until": locked_until}
            connection.execute(insert(WRONG_TRIES), {"login_key": login_key, "device": device, **values})

    def _forget(self, login_key: str, device: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(WRONG_TRIES).where(_of(login_key, device)))


def check_strength(password: str, login: str) -> None:
    """Raises :class:`WeakPassword`."""
    plain = _plain(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise WeakPassword(f"a password has {SHORTEST} to {LONGEST} characters")
    if len(set(plain)) < _FEWEST_CHARACTERS or login.casefold() in plain.casefold():
        raise WeakPassword("a password has five different characters at least, and does not hold the login name")


def new_second_factor() -> str:
    """A secret to be drawn as a QR code; it counts once a code made with it comes back."""
    from pyotp import random_base32

    return random_base32()


def second_factor_address(secret: str, login: str, issuer: str) -> str:
    """What the QR code says to the app that makes the codes."""
    from pyotp import TOTP

    return TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that ``code`` belongs to: this one, the one before or the next."""
    from pyotp import TOTP

    typed = unicodedata.normalize("NFKC", code).replace(" ", "")
    totp, this = TOTP(secret), int(now.timestamp()) // _STEP_SECONDS
    for step in (this, this - 1, this + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode("utf-8", "replace")):
            return step
    return None


def _of(login_key: str, device: str) -> Any:
    return (WRONG_TRIES.c.login_key == login_key) & (WRONG_TRIES.c.device == device)


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _offered_to(account_id: str) -> str:
    return f"second-factor-offered:{account_id}"


def _kept_for(account_id: str) -> str:
    return f"second-factor:{account_id}"
