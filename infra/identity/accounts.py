"""Accounts as a server knows them: who each is, and what it may act as at this moment."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import Connection, func, select

from domain.access import Actor
from domain.accounts.grants import Capacity
from infra.identity.vault import Vault
from infra.storage.database import Database
from projections.boards.accounts import ACCOUNTS, AccountBook, ShownAccount, account, accounts

_READ_ANEW_SECONDS: Final = 60.0
"""So often who they are is read again although no account changed: details may have been erased."""
_CHANGED: Final = select(func.count(), func.max(ACCOUNTS.c.changed_at))

Login = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100, pattern=r"^[^\s:/]+$")]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Mail = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Phone = Annotated[str, StringConstraints(max_length=30, pattern=r"^\+?[0-9][0-9 \-]{4,28}$")]


class DetailsWanted(BaseModel):
    """Who the person is. ``login`` is what the person types to sign in, such as a staff number."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    login: Login
    name: Short
    mail: Mail | None = None
    phone: Phone | None = None


class Details(Struct, frozen=True):
    """As the vault keeps them, beside the id of the account: the details of two accounts are never one row."""

    account_id: str
    login: str
    name: str
    mail: str | None = None
    phone: str | None = None

    @classmethod
    def of(cls, account_id: UUID, wanted: DetailsWanted) -> Self:
        return cls(account_id.hex, wanted.login, wanted.name, wanted.mail, wanted.phone)

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


def details_of(connection: Connection, vault: Vault, shown: Iterable[ShownAccount]) -> dict[str, Details]:
    """Who they are, by account; without those whose details were erased."""
    wanted = list(shown)
    kept = vault.said(connection, [each.details for each in wanted])
    return {
        each.account_id: msgspec.json.decode(kept[each.details], type=Details)
        for each in wanted
        if each.details in kept
    }


def account_document(shown: ShownAccount, details: Details | None, *, named: bool) -> dict[str, Any]:
    """As interfaces answer it; who it is only where the reader may know."""
    known = details if named else None
    return {
        "account_id": shown.account_id,
        "name": known.name if known else None,
        "login": known.login if known else None,
        "mail": known.mail if known else None,
        "phone": known.phone if known else None,
        "roles": [{"role": each.role, "jurisdiction": each.jurisdiction, "uscc": each.uscc} for each in shown.grants],
        "deputies": [{"account_id": each.account, "first": each.first, "last": each.last} for each in shown.deputies],
        "opened_by": shown.opened_by,
        "opened_at": shown.opened_at,
        "changed_at": shown.changed_at,
        "invited_until": shown.invited_until,
        "disabled_at": shown.disabled_at,
        "why_disabled": shown.why_disabled,
    }


class KnownAccounts:
    """Those of one process. A change made elsewhere is known after the next :meth:`look`."""

    def __init__(self, database: Database, vault: Vault, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._looking = threading.Lock()
        self._state: Any = None
        self._read_at = float("-inf")
        self._book = AccountBook([])
        self._details: dict[str, Details] = {}

    def look(self) -> None:
        """Read the accounts where one of them has changed; waits for the database."""
        with self._looking, self._database.read() as connection:
            state = tuple(connection.execute(_CHANGED).one())
            if state == self._state and time.monotonic() - self._read_at < _READ_ANEW_SECONDS:
                return
            found = accounts(connection)
            self._details = details_of(connection, self._vault, found)
            self._book, self._state, self._read_at = AccountBook(found), state, time.monotonic()

    def forget(self) -> None:
        """Read all of them again at the next look."""
        self._state = None

    @property
    def book(self) -> AccountBook:
        return self._book

    def of_login(self, login: str) -> ShownAccount | None:
        return self._book.of_login(self._vault.login_key(login))

    def details(self, account_id: str) -> Details | None:
        return self._details.get(account_id)

    def name_of(self, name: str) -> str:
        """What people read in the place of a name in a record: ids of accounts become the names of people."""
        return " ".join(self._details[part].name if part in self._details else part for part in name.split(" "))

    def capacities(self, account_id: str) -> tuple[Capacity, ...]:
        """What the account may act as now."""
        return self._book.capacities(account_id, self._clock())

    def actor(self, account_id: str, capacity: str) -> Actor | None:
        """The account as it acts by the capacity of that key; None where it may not, or not any more."""
        for each in self.capacities(account_id):
            if each.key == capacity:
                return each.actor(account_id)
        return None


def shown_account(database: Database, account_id: str) -> ShownAccount | None:
    with database.read() as connection:
        return account(connection, account_id)
