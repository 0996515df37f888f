"""Accounts 账号 as they stand: one row for each that was ever opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Column, Connection, Row, String, Table, Text, delete, insert, select

from domain.accounts.grants import GRANT, Capacity, Deputy, Grant, capacities, grant_record
from domain.instants import instant_text
from projections.tables import METADATA

if TYPE_CHECKING:
    from domain.accounts.account import Account

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("account_id", String(32), primary_key=True),
    Column("login_key", String(64), nullable=False, index=True),
    Column("details", String(64), nullable=False),
    Column("grants", Text, nullable=False),
    Column("deputies", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("invited_until", String(32)),
    Column("disabled_at", String(32)),
    Column("why_disabled", String(20)),
)
"""``grants`` and ``deputies`` are JSON. ``details`` is the digest under which the vault keeps who it is."""


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """One account; ``disabled_at`` None: it is in force."""

    account_id: str
    login_key: str
    details: str
    grants: tuple[Grant, ...]
    deputies: tuple[Deputy, ...]
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    invited_until: datetime | None
    disabled_at: datetime | None
    why_disabled: str | None

    @property
    def in_force(self) -> bool:
        return self.disabled_at is None


class AccountBook:
    """All accounts at one moment, in memory: a request must not wait for the database to learn who asks."""

    def __init__(self, accounts: Iterator[ShownAccount] | list[ShownAccount]) -> None:
        self._by_id = {each.account_id: each for each in accounts}
        self._by_login = {each.login_key: each for each in self._by_id.values()}

    def __iter__(self) -> Iterator[ShownAccount]:
        return iter(self._by_id.values())

    def get(self, account_id: str) -> ShownAccount | None:
        return self._by_id.get(account_id)

    def of_login(self, login_key: str) -> ShownAccount | None:
        return self._by_login.get(login_key)

    def capacities(self, account_id: str, moment: datetime) -> tuple[Capacity, ...]:
        """What the account may act as at ``moment``; nothing while it is disabled."""
        account = self._by_id.get(account_id)
        if account is None or not account.in_force:
            return ()
        return tuple(capacities(account.grants, self._lent(account_id, moment)))

    def _lent(self, account_id: str, moment: datetime) -> Iterator[tuple[str, Grant]]:
        for principal in self._by_id.values():
            if principal.in_force and any(
                each.account == account_id and each.covers(moment) for each in principal.deputies
            ):
                for grant in principal.grants:
                    yield principal.account_id, grant


def put(connection: Connection, account: "Account") -> None:
    """Write the account as it is now."""
    row = {
        "account_id": account.account_id,
        "login_key": account.login_key,
        "details": account.details,
        "grants": _text([grant_record(grant) for grant in account.grants.values()]),
        "deputies": _text([_deputy_record(deputy) for deputy in account.deputies.values()]),
        "opened_by": account.opened_by,
        "opened_at": instant_text(account.opened_at),
        "changed_at": instant_text(account.changed_at),
        "invited_until": _moment_text(account.invited_until),
        "disabled_at": _moment_text(account.disabled_at),
        "why_disabled": account.why_disabled,
    }
    connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.account_id == account.account_id))
    connection.execute(insert(ACCOUNTS), row)


def accounts(connection: Connection) -> list[ShownAccount]:
    """All, in the order of opening."""
    rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.opened_at, ACCOUNTS.c.account_id))
    return [_account(row) for row in rows]


def account(connection: Connection, account_id: str) -> ShownAccount | None:
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.account_id == account_id)).first()
    return _account(row) if row else None


def holder_of_login(connection: Connection, login_key: str) -> str | None:
    """The id of the account with that login name."""
    query = select(ACCOUNTS.c.account_id).where(ACCOUNTS.c.login_key == login_key)
    return connection.execute(query).scalar()


def _account(row: Row[Any]) -> ShownAccount:
    return ShownAccount(
        row.account_id,
        row.login_key,
        row.details,
        tuple(GRANT.validate_python(each) for each in msgspec.json.decode(row.grants)),
        tuple(_deputy(each) for each in msgspec.json.decode(row.deputies)),
        row.opened_by,
        datetime.fromisoformat(row.opened_at),
        datetime.fromisoformat(row.changed_at),
        _moment(row.invited_until),
        _moment(row.disabled_at),
        row.why_disabled,
    )


def _deputy_record(deputy: Deputy) -> dict[str, str]:
    return {"account": deputy.account, "first": deputy.first.isoformat(), "last": deputy.last.isoformat()}


def _deputy(record: dict[str, str]) -> Deputy:
    return Deputy(record["account"], date.fromisoformat(record["first"]), date.fromisoformat(record["last"]))


def _text(content: Any) -> str:
    return msgspec.json.encode(content, order="sorted").decode()


def _moment_text(moment: datetime | None) -> str | None:
    return instant_text(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
