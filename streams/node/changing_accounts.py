"""What each command about an account does to it."""

from datetime import datetime

from sqlalchemy import Connection

from domain.accounts.account import Account
from domain.accounts.grants import Deputy
from projections.decisions import Decisions
from streams.node.commands import (
    ChangeAccount,
    DisableAccount,
    EnableAccount,
    EndDeputy,
    GrantRole,
    InviteAccount,
    NameDeputy,
    OpenAccount,
    WithdrawRole,
)


def change_account(
    decisions: Decisions, connection: Connection, command: ChangeAccount, details: str, *, at: datetime
) -> None:
    """Carry ``command`` out; ``details`` is the digest of those that it brings.

    Raises NotFound, NotEntitled or NotAllowed.
    """
    if isinstance(command, OpenAccount):
        key, actor = command.login_key, command.actor
        decisions.open_account(connection, command.account_id, details, key, actor, at=at)
        return
    if isinstance(command, NameDeputy):
        # Somebody must be able to stand in; who it is must be there in any case.
        decisions.change_account(connection, command.deputy, _must_be_in_force)
    decisions.change_account(connection, command.account_id, lambda account: _change(account, command, at))


def _change(account: Account, command: ChangeAccount, at: datetime) -> None:
    match command:
        case InviteAccount():
            account.invite(command.until, command.actor, at=at)
        case GrantRole():
            account.grant(command.grant, command.actor, at=at)
        case WithdrawRole():
            account.withdraw(command.grant, command.actor, at=at)
        case NameDeputy():
            account.name_deputy(Deputy(command.deputy.hex, command.first, command.last), command.actor, at=at)
        case EndDeputy():
            account.end_deputy(command.deputy.hex, command.actor, at=at)
        case DisableAccount():
            account.disable(command.why, command.actor, at=at)
        case EnableAccount():
            account.enable(command.actor, at=at)


def _must_be_in_force(deputy: Account) -> None:
    deputy.must_be_in_force()
