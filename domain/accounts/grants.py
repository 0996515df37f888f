"""What an account may do: a role within bounds; and who stands in for it, from which day to which."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self

from pydantic import TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from domain.access import NEEDED_BOUND, Actor, Role
from domain.evidence.days import day_in_shanghai
from domain.facts.fact import Jurisdiction, Uscc

DUTIES: Final = frozenset({Role.OPERATOR, Role.SECURITY_OFFICER, Role.AUDITOR})
"""三员分立: makes accounts, grants roles, checks the record. Nobody holds two of them."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role with its bounds, as it is given to a person. A feed is no person: it has a token."""

    role: Role
    jurisdiction: Jurisdiction | None = None
    uscc: Uscc | None = None

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.role is Role.SOURCE:
            raise PydanticCustomError("role_of_programs", "a source is given a token, and no account")
        needed = NEEDED_BOUND.get(self.role)
        if needed is not None and getattr(self, needed) is None:
            raise PydanticCustomError("missing", f"the role {self.role} needs a {needed}")
        return self

    @property
    def key(self) -> str:
        """Tells it from other grants of the same account, such as ``supervisor:440100``."""
        return ":".join(filter(None, (self.role.value, self.jurisdiction, self.uscc)))


GRANT: Final = TypeAdapter(Grant)


def grant_record(grant: Grant) -> dict[str, Any]:
    """As an event keeps it: plain JSON."""
    record: dict[str, Any] = GRANT.dump_python(grant, mode="json", exclude_none=True)
    return record


@dataclass(frozen=True, slots=True)
class Deputy:
    """Another account that may do what this one may; the days are in Shanghai, both inclusive."""

    account: str
    first: date
    last: date

    def covers(self, moment: datetime) -> bool:
        return self.first <= day_in_shanghai(moment) <= self.last


@dataclass(frozen=True, slots=True)
class Capacity:
    """One thing that an account may act as: by a grant of its own, or as the deputy of ``principal``."""

    grant: Grant
    principal: str | None = None

    @property
    def key(self) -> str:
        return f"{self.principal}/{self.grant.key}" if self.principal else self.grant.key

    def actor(self, account: str) -> Actor:
        """The account acting so. Records name it by its id, and by that of whom it stands in for."""
        name = f"{account} for {self.principal}" if self.principal else account
        grant = self.grant
        return Actor(grant.role, name, None, grant.jurisdiction, grant.uscc, account, self.principal)


def capacities(own: Iterable[Grant], lent: Iterable[tuple[str, Grant]]) -> Iterator[Capacity]:
    """What an account may act as: its ``own`` grants, then those ``lent`` by accounts that it is a deputy of.

    Whoever holds one of the separate duties does not get another by standing in for somebody.
    """
    held = [Capacity(grant) for grant in own]
    duties = {capacity.grant.role for capacity in held} & DUTIES
    yield from held
    for principal, grant in lent:
        if grant.role not in DUTIES:
            yield Capacity(grant, principal)
        elif not duties or grant.role in duties:
            # Of several that are lent, the first one counts.
            duties.add(grant.role)
            yield Capacity(grant, principal)
