"""Who takes part in an investigation for the office or for a party, and who may take which step."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.access import Actor, Role
from domain.errors import NotEntitled, NotFound
from domain.investigating import Investigating
from domain.investigation.parts import About
from domain.investigation.steps import Step, Who


@dataclass(frozen=True, slots=True)
class Officer:
    """Whoever takes a step. ``organisations`` are the credit codes for which the same account may speak elsewhere."""

    actor: Actor
    organisations: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The account, and that of whom it stands in for: both count as having taken the step."""
        own = self.actor.account or self.actor.name
        return frozenset({own, self.actor.acting_for or own})

    @property
    def record(self) -> dict[str, Any]:
        """As an event keeps it."""
        actor = self.actor
        given = {
            "account": actor.account,
            "acting_for": actor.acting_for,
            "role": actor.role.value,
            "name": actor.name,
            "jurisdiction": actor.jurisdiction,
        }
        return {name: value for name, value in given.items() if value is not None}

    def speaks_for(self, parties: Set[str]) -> bool:
        return bool(self.organisations & parties) or self.actor.uscc in parties


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom work is given: a supervisor's account with its jurisdiction, and for whom else it speaks."""

    account: str
    jurisdiction: str
    organisations: frozenset[str] = frozenset()

    @property
    def officer(self) -> Officer:
        actor = Actor(Role.SUPERVISOR, self.account, jurisdiction=self.jurisdiction, account=self.account)
        return Officer(actor, self.organisations)


class Case(Protocol):
    """What entitlement depends on."""

    @property
    def about(self) -> About: ...
    @property
    def recused(self) -> Set[str]: ...
    @property
    def involved(self) -> Set[str]: ...
    @property
    def proposed_by(self) -> Set[str]: ...

    def in_charge(self, moment: datetime) -> str | None: ...


def must_be_entitled(case: Case, step: Step, officer: Officer | None, policy: Investigating, *, at: datetime) -> None:
    """Raises NotEntitled, or NotFound where the officer may not even know of the case; None stands for the system."""
    if officer is None:
        if Who.SYSTEM not in step.who:
            raise NotEntitled(f"{step.name} is taken by a person")
        return
    if officer.actor.role is Role.BIDDER:
        _must_be_party(case, step, officer)
        return
    must_be_impartial(case, officer)
    if not any(_is(who, case, officer, policy, at) for who in step.who):
        raise NotEntitled(f"{step.name} is taken by: {', '.join(step.who)}")


def must_be_impartial(case: Case, officer: Officer) -> None:
    """Of the office or its superior, for no party, and not recused."""
    if not officer.actor.may_decide:
        raise NotEntitled("only a supervisor investigates")
    if not officer.actor.covers(case.about.office):
        raise NotFound("investigation")
    if officer.speaks_for(set(case.about.parties)):
        raise NotEntitled("nobody investigates the own case")
    if officer.names & case.recused:
        raise NotEntitled("whoever left the case takes no part in it")


def _must_be_party(case: Case, step: Step, officer: Officer) -> None:
    if case.about.bidder is None or not officer.actor.is_organisation(case.about.bidder):
        raise NotFound("investigation")
    if Who.PARTY not in step.who:
        raise NotEntitled(f"{step.name} is not taken by a party")


def _is(who: Who, case: Case, officer: Officer, policy: Investigating, at: datetime) -> bool:
    names = officer.names
    match who:
        case Who.OFFICE:
            return True
        case Who.HEAD:
            return not policy.heads or bool(names & policy.heads)
        case Who.HANDLER:
            return case.in_charge(at) in names
        case Who.APPROVER:
            return not (policy.four_eyes and names & case.proposed_by)
        case Who.REVIEWER:
            return not names & case.involved
    return False
