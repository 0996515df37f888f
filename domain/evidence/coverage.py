"""Coverage 数据覆盖: whether sources stated that they have sent everything of a kind, an area and a period.

Where that was stated, a missing record is evidence. Where it was not, nothing follows from it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol, runtime_checkable

from domain.evidence.recorded import RecordedFact
from domain.facts.deliveries import DeliveryClosed, DeliveryKind, place_of, places_around
from domain.facts.insurance import InsuranceStated
from domain.policy import Policy

PAID: Final[DeliveryKind] = "insurance-paid"
REGISTERED: Final[DeliveryKind] = "registration-recorded"
ATTENDED: Final[DeliveryKind] = "attendance-recorded"
ISSUED: Final[DeliveryKind] = "certificate-issued"


@dataclass(frozen=True, slots=True, order=True)
class Ask:
    """One question: is everything of ``kind`` known for ``area`` and ``period``?

    ``period`` is a month of payments or of attendance. Of a register it is a day.
    """

    kind: DeliveryKind
    area: str
    period: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one :class:`Ask`.

    ``closing`` is the fact by which the period is covered; None where it is not. ``latest`` is the
    last period that is closed in the area at all, and ``latest_closing`` the fact that says so. Where
    there is none, the area was never connected.
    """

    closing: RecordedFact | None = None
    latest: str | None = None
    latest_closing: RecordedFact | None = None

    @property
    def connected(self) -> bool:
        """Whether the area has ever closed a delivery of this kind."""
        return self.latest is not None


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is known of the periods and areas that one judgement needs; without any, nothing is complete."""

    answers: tuple[tuple[Ask, Answer], ...]

    @property
    def given(self) -> bool:
        """Whether everything was stated to be complete, so that what is missing does not exist."""
        return bool(self.answers) and not self.missing

    @property
    def missing(self) -> tuple[tuple[Ask, Answer], ...]:
        return tuple(pair for pair in self.answers if pair[1].closing is None)

    @property
    def facts(self) -> tuple[RecordedFact, ...]:
        """The facts that state it."""
        return tuple(answer.closing for _, answer in self.answers if answer.closing is not None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answers to all that the rules may ask about one case."""

    answers: Mapping[Ask, Answer]

    def of(self, asks: Iterable[Ask]) -> Completeness:
        """The answers to ``asks``; raises KeyError for one that was not laid out for this case."""
        return Completeness(tuple((ask, self.answers[ask]) for ask in asks))

    def with_statements(self, statements: Iterable[RecordedFact]) -> "Coverage":
        """The same for a person about whom there are answers to enquiries: these cover their months as well."""
        stated = [(data, fact) for fact in statements if isinstance(data := fact.data, InsuranceStated)]
        if not stated:
            return self
        covered = {
            ask: replace(answer, closing=fact)
            for ask, answer in self.answers.items()
            if answer.closing is None and (fact := _statement(ask, stated)) is not None
        }
        return Coverage({**self.answers, **covered})


Asking = Callable[[Collection[Ask]], Coverage]
"""Answers questions about coverage, as of one moment."""


@runtime_checkable
class Rests(Protocol):
    """A case whose findings rest on records that are missing."""

    @property
    def open_asks(self) -> frozenset[Ask]:
        """What its rules ask of coverage now: a closing of one of these may change a finding."""
        ...


def nothing_closed(asks: Collection[Ask]) -> Coverage:
    """The answers where no source was ever connected."""
    return Coverage(dict.fromkeys(asks, Answer()))


def asks_of(policy: Policy, jurisdiction: str, kind: DeliveryKind, periods: Iterable[str]) -> tuple[Ask, ...]:
    """The questions for ``periods`` in all areas that the policy requires at a place."""
    areas = policy.areas_of(kind, jurisdiction)
    return tuple(Ask(kind, area, period) for period in periods for area in areas)


def counted(facts: Iterable[RecordedFact]) -> tuple[RecordedFact, ...]:
    """The closings that count, of standing facts: those that no other delivery of their source replaces."""
    closings = [(data, fact) for fact in facts if isinstance(data := fact.data, DeliveryClosed)]
    replaced = {(fact.source, data.replaces) for data, fact in closings if data.replaces != data.delivery_id}
    return tuple(fact for data, fact in closings if (fact.source, data.delivery_id) not in replaced)


def complete_months(coverage: Coverage, asks: Iterable[Ask]) -> dict[str, str | None]:
    """For each area the last month up to which all months asked are covered; None where the first is not."""
    complete: dict[str, str | None] = {}
    ended: set[str] = set()
    for ask in sorted(asks, key=lambda ask: ask.period):
        complete.setdefault(ask.area, None)
        if coverage.answers[ask].closing is None:
            ended.add(ask.area)
        elif ask.area not in ended:
            complete[ask.area] = ask.period
    return dict(sorted(complete.items()))


def complete_days(coverage: Coverage, asks: Iterable[Ask]) -> dict[str, str | None]:
    """For each area the last day up to which its register is complete; None where it never was."""
    return {ask.area: coverage.answers[ask].latest for ask in sorted(asks)}


def _statement(ask: Ask, stated: Iterable[tuple[InsuranceStated, RecordedFact]]) -> RecordedFact | None:
    """The first answer to an enquiry that covers what is asked."""
    if ask.kind != PAID:
        return None
    around = places_around(ask.area)
    covering = (fact for data, fact in stated if ask.period in data.months and place_of(data.area) in around)
    return min(covering, key=lambda fact: fact.identity, default=None)
