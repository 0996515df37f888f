"""An account 账号: a person by an id, what the person may do, and who stands in for the person.

Each change is an event in the ledger, with the role and the name of whoever made it. The events hold no name,
address or number: these are sealed in the vault under the digest ``details``, and can be erased. The login name is
kept as a keyed digest. An account is disabled and never deleted.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate
from eventsourcing.utils import register_topic

from domain.access import Actor
from domain.accounts.grants import DUTIES, GRANT, Deputy, Grant, grant_record
from domain.errors import NotAllowed, NotEntitled

LONGEST_DEPUTY_DAYS: Final = 366


class WhyDisabled(StrEnum):
    """Chosen from a list, for words of one's own would speak of a person."""

    LEFT = "left"
    """离职"""
    MOVED = "moved"
    """调岗"""
    UNUSED = "unused"
    """长期未使用"""
    MISUSED = "misused"
    """账号被冒用或滥用"""


class _Account(Protocol):
    """The attributes of an account that events change."""

    details: str
    login_key: str
    grants: dict[str, Grant]
    deputies: dict[str, Deputy]
    changed_at: datetime
    invited_until: datetime | None
    disabled_at: datetime | None
    why_disabled: str | None


class Opened(AggregateCreated):
    """An operator opened the account. ``role`` and ``name`` of every event are those of whoever caused it."""

    TOPIC: ClassVar[str] = "account.opened.v1"

    details: str
    login_key: str
    role: str
    name: str


class AccountEvent(AggregateEvent):
    """Something that happened to an account that is open."""

    role: str
    name: str

    def apply(self, aggregate: _Account) -> None:
        self.change(aggregate)
        aggregate.changed_at = self.timestamp

    def change(self, account: _Account) -> None:
        raise NotImplementedError


class DetailsChanged(AccountEvent):
    """Name, login name, mail address or telephone number changed."""

    TOPIC: ClassVar[str] = "account.details-changed.v1"

    details: str
    login_key: str

    def change(self, account: _Account) -> None:
        account.details, account.login_key = self.details, self.login_key


class Invited(AccountEvent):
    """A link was made that lets the person in once, until ``until``."""

    TOPIC: ClassVar[str] = "account.invited.v1"

    until: datetime

    def change(self, account: _Account) -> None:
        account.invited_until = self.until


class RoleGranted(AccountEvent):
    TOPIC: ClassVar[str] = "account.role-granted.v1"

    grant: dict[str, Any]

    def change(self, account: _Account) -> None:
        grant = GRANT.validate_python(self.grant)
        account.grants[grant.key] = grant


class RoleWithdrawn(AccountEvent):
    TOPIC: ClassVar[str] = "account.role-withdrawn.v1"

    grant: dict[str, Any]

    def change(self, account: _Account) -> None:
        del account.grants[GRANT.validate_python(self.grant).key]


class DeputyNamed(AccountEvent):
    """``deputy`` may do what this account may, on the days from ``first`` to ``last`` (YYYY-MM-DD)."""

    TOPIC: ClassVar[str] = "account.deputy-named.v1"

    deputy: str
    first: str
    last: str

    def change(self, account: _Account) -> None:
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        account.deputies[self.deputy] = Deputy(self.deputy, first, last)


class DeputyEnded(AccountEvent):
    TOPIC: ClassVar[str] = "account.deputy-ended.v1"

    deputy: str

    def change(self, account: _Account) -> None:
        del account.deputies[self.deputy]


class Disabled(AccountEvent):
    TOPIC: ClassVar[str] = "account.disabled.v1"

    why: str

    def change(self, account: _Account) -> None:
        account.disabled_at, account.why_disabled = self.timestamp, self.why


class Enabled(AccountEvent):
    TOPIC: ClassVar[str] = "account.enabled.v1"

    def change(self, account: _Account) -> None:
        account.disabled_at = account.why_disabled = None


_STORED: Final = (
    Opened,
    DetailsChanged,
    Invited,
    RoleGranted,
    RoleWithdrawn,
    DeputyNamed,
    DeputyEnded,
    Disabled,
    Enabled,
)
TOPICS: Final = tuple(event.TOPIC for event in _STORED)
"""The topics of all events, as the ledger stores them."""
for _event in _STORED:
    register_topic(_event.TOPIC, _event)


class Account(BaseAggregate[UUID]):
    """One person who may sign in."""

    TOPIC = "account"

    def __init__(self, details: str, login_key: str, role: str, name: str) -> None:  # noqa: ARG002 - the event's
        self.details = details
        self.login_key = login_key
        self.opened_by = name
        self.opened_at = self.changed_at = self.created_on
        self.grants: dict[str, Grant] = {}
        self.deputies: dict[str, Deputy] = {}
        self.invited_until: datetime | None = None
        self.disabled_at: datetime | None = None
        self.why_disabled: str | None = None

    @property
    def account_id(self) -> str:
        """As records and interfaces name it."""
        return self.id.hex

    @property
    def in_force(self) -> bool:
        return self.disabled_at is None

    def must_be_in_force(self) -> None:
        """Raises :class:`NotAllowed` for a disabled account."""
        if not self.in_force:
            raise NotAllowed("the account is disabled")

    def change_details(self, details: str, login_key: str, actor: Actor, *, at: datetime) -> None:
        _must_administer(actor)
        if (details, login_key) != (self.details, self.login_key):
            self._happen(DetailsChanged, actor, at, details=details, login_key=login_key)

    def invite(self, until: datetime, actor: Actor, *, at: datetime) -> None:
        """Raises :class:`NotEntitled`, or :class:`NotAllowed` for an account that is disabled or may do nothing."""
        _must_administer(actor)
        self.must_be_in_force()
        if not self.grants:
            raise NotAllowed("the account has no role yet; a security officer grants one")
        self._happen(Invited, actor, at, until=until.astimezone(UTC))

    def grant(self, grant: Grant, actor: Actor, *, at: datetime) -> None:
        """Give the account a role; nothing happens where it has it already.

        Raises :class:`NotEntitled` also for whoever would give rights to themself, and :class:`NotAllowed` where it
        would hold two of the separate duties.
        """
        self._must_grant(actor)
        self.must_be_in_force()
        if grant.key in self.grants:
            return
        duties = {held.role for held in self.grants.values()} & DUTIES
        if grant.role in DUTIES and duties - {grant.role}:
            raise NotAllowed("nobody is operator, security officer and auditor at once, or two of them")
        self._happen(RoleGranted, actor, at, grant=grant_record(grant))

    def withdraw(self, grant: Grant, actor: Actor, *, at: datetime) -> None:
        self._must_grant(actor)
        if grant.key not in self.grants:
            raise NotAllowed("the account does not have this role")
        self._happen(RoleWithdrawn, actor, at, grant=grant_record(grant))

    def name_deputy(self, deputy: Deputy, actor: Actor, *, at: datetime) -> None:
        """Said by the person, or by a security officer."""
        self._must_be_own_or_granting(actor, deputy.account)
        self.must_be_in_force()
        if deputy.account == self.account_id:
            raise NotAllowed("nobody stands in for themself")
        if not 0 <= (deputy.last - deputy.first).days < LONGEST_DEPUTY_DAYS:
            raise NotAllowed("a deputy is named for a day at least and a year at most")
        if self.deputies.get(deputy.account) != deputy:
            first, last = deputy.first.isoformat(), deputy.last.isoformat()
            self._happen(DeputyNamed, actor, at, deputy=deputy.account, first=first, last=last)

    def end_deputy(self, deputy: str, actor: Actor, *, at: datetime) -> None:
        self._must_be_own_or_granting(actor, deputy)
        if deputy not in self.deputies:
            raise NotAllowed("that account is no deputy of this one")
        self._happen(DeputyEnded, actor, at, deputy=deputy)

    def disable(self, why: WhyDisabled, actor: Actor, *, at: datetime) -> None:
        """By an operator, or in haste by a security officer; by nobody for the own account."""
        if not actor.may_grant_roles:
            _must_administer(actor)
        self._must_be_anothers(actor)
        self.must_be_in_force()
        self._happen(Disabled, actor, at, why=why.value)

    def enable(self, actor: Actor, *, at: datetime) -> None:
        _must_administer(actor)
        self._must_be_anothers(actor)
        if self.in_force:
            raise NotAllowed("the account is not disabled")
        self._happen(Enabled, actor, at)

    def _must_grant(self, actor: Actor) -> None:
        if not actor.may_grant_roles:
            raise NotEntitled("only a security officer grants roles")
        self._must_be_anothers(actor)

    def _must_be_anothers(self, actor: Actor) -> None:
        if self.account_id in (actor.account, actor.acting_for):
            raise NotEntitled("nobody changes the own rights; another administrator must")

    def _must_be_own_or_granting(self, actor: Actor, deputy: str) -> None:
        if actor.account == self.account_id and actor.acting_for is None:
            return
        if not actor.may_grant_roles:
            raise NotEntitled("a deputy is named by the person, or by a security officer")
        self._must_be_anothers(actor)
        if deputy in (actor.account, actor.acting_for):
            raise NotEntitled("nobody changes the own rights; another administrator must")

    def _happen(self, event: type[AccountEvent], actor: Actor, at: datetime, **given: Any) -> None:
        self.trigger_event(event, timestamp=at.astimezone(UTC), role=actor.role.value, name=actor.name, **given)


def open_account(account_id: UUID, details: str, login_key: str, actor: Actor, *, at: datetime) -> Account:
    """A new account, which may do nothing yet; raises :class:`NotEntitled`."""
    _must_administer(actor)
    return Account._create(
        Opened,
        id=account_id,
        timestamp=at.astimezone(UTC),
        details=details,
        login_key=login_key,
        role=actor.role.value,
        name=actor.name,
    )


def _must_administer(actor: Actor) -> None:
    if not actor.may_administer:
        raise NotEntitled("only an operator makes and changes accounts")
