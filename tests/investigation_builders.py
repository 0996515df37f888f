"""Investigations, the people of an office and its policy, with sensible defaults."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import AggregateEvent

from domain.access import Actor, Role
from domain.investigating import Investigating
from domain.investigation.conclusion import Conclusion, Outcome
from domain.investigation.investigation import Investigation, open_investigation
from domain.investigation.officer import Colleague, Officer
from domain.investigation.parts import About
from domain.working_days import OFFICIAL_WORKING_DAYS
from tests.builders import BIDDER, RIVAL, TENDERER
from tests.clue_builders import _mapper

AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
"""A Monday morning in Shanghai."""
OFFICE = "440100"
CALENDAR = OFFICIAL_WORKING_DAYS
POLICY = Investigating()
FOUR_EYES = Investigating(four_eyes=True)
NUMBERS = [UUID(int=number) for number in range(1, 10)]
ABOUT = About(
    OFFICE,
    "测试路改造工程",
    "00000000-0000-5000-8000-000000000001",
    "a1" * 32,
    BIDDER.key,
    (BIDDER.key, TENDERER.key),
)


def account(number: int) -> str:
    return f"{number:032x}"


def officer(number: int, jurisdiction: str = OFFICE, **given: Any) -> Officer:
    actor = Actor(Role.SUPERVISOR, account(number), jurisdiction=jurisdiction, account=account(number))
    return Officer(actor, **given)


def colleague(number: int, **given: Any) -> Colleague:
    return Colleague(account(number), **{"jurisdiction": OFFICE, **given})


HEAD, HANDLER, DEPUTY, APPROVER, REVIEWER = (officer(number) for number in range(1, 6))
SUPERIOR = officer(6, "440000")
ELSEWHERE = officer(7, "440300")
OF_THE_BIDDER = officer(8, organisations=frozenset({BIDDER.key}))
BY_BIDDER = Officer(Actor(Role.BIDDER, "宏图建设", uscc=BIDDER.uscc))
BY_RIVAL = Officer(Actor(Role.BIDDER, "泰和市政", uscc=RIVAL.uscc))
NOT_SUBSTANTIATED = Conclusion(Outcome.NOT_SUBSTANTIATED)


def days_later(days: float) -> datetime:
    return AT + timedelta(days=days)


def opened(
    policy: Investigating = POLICY, *, about: About = ABOUT, clues: Iterable[str] = ("c1", "c2")
) -> Investigation:
    return open_investigation(NUMBERS[0], about, clues, HEAD, None, policy, at=AT)


def handled(policy: Investigating = POLICY, **given: Any) -> Investigation:
    made = opened(policy, **given)
    made.assign(colleague(2), colleague(3), HEAD, policy, at=AT)
    return made


def proposed(policy: Investigating = POLICY, **given: Any) -> Investigation:
    made = handled(policy, **given)
    made.propose(NOT_SUBSTANTIATED, HANDLER, "材料齐全", policy, at=days_later(1))
    return made


def decided(policy: Investigating = POLICY, **given: Any) -> Investigation:
    made = proposed(policy, **given)
    made.decide(APPROVER, policy, at=days_later(2))
    return made


def served(policy: Investigating = POLICY, **given: Any) -> Investigation:
    made = decided(policy, **given)
    made.serve(APPROVER, policy, at=days_later(3))
    return made


def closed(policy: Investigating = POLICY, **given: Any) -> Investigation:
    made = served(policy, **given)
    made.close(HANDLER, policy, CALENDAR, at=days_later(30))
    return made


def replayed(investigation: Investigation) -> Investigation:
    """From its events as the ledger stores them; they are collected."""
    return replay_of(investigation.collect_events())


def replay_of(happened: Iterable[Any]) -> Investigation:
    mapper, made = _mapper(), None
    for event in happened:
        read: Any = mapper.to_domain_event(mapper.to_stored_event(event))
        assert isinstance(read, AggregateEvent) or made is None
        made = read.mutate(made)
    assert isinstance(made, Investigation)
    return made


def content(investigation: Investigation) -> dict[str, Any]:
    """All that it has come to."""
    return {name: value for name, value in vars(investigation).items() if not name.startswith("_")}
