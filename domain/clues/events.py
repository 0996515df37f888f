"""The events of a clue 线索, as the ledger stores them.

Attributes are plain JSON types and every time is passed in by the caller, so that a replay gives the
same bytes. Topics are stored for ever: an event class that changes keeps its topic and gets a
``class_version`` with an upcast.
"""

from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from eventsourcing.domain import AggregateCreated, AggregateEvent
from eventsourcing.utils import register_topic

from domain.clues.context import ClueStatus, Step
from domain.rule import Finding


class _Clue(Protocol):
    """The attributes of a clue that events change."""

    status: ClueStatus
    candidate: bool
    evidence_changed: bool
    revised_at: datetime | None
    history: list[Step]

    @property
    def finding(self) -> Finding: ...

    def take(self, finding: dict[str, Any] | None, context: dict[str, Any] | None, *, candidate: bool) -> None: ...


def _leave_out_if_not_quiet(event: "Raised | JudgedAnew | CandidacyChanged") -> None:
    """Store ``quiet`` only where it is True: events that were stored before it existed stay equal to the byte."""
    if not event.quiet:
        del event.__dict__["quiet"]


class Raised(AggregateCreated):
    """A rule returned a finding that makes a clue; ``caused_by`` is ``source#id`` of a fact, or ``time``.

    ``quiet`` is True where history alone caused the event: then nothing is pushed.
    """

    TOPIC: ClassVar[str] = "clue.raised.v1"

    finding: dict[str, Any]
    context: dict[str, Any]
    candidate: bool
    caused_by: str
    quiet: bool = False

    def __post_init__(self) -> None:
        _leave_out_if_not_quiet(self)


class JudgedAnew(AggregateEvent):
    """The finding changed; ``finding`` is None where the subject no longer exists.

    ``material`` is False where the words are the same and only the facts behind them changed.
    ``quiet`` is as for :class:`Raised`.
    """

    TOPIC: ClassVar[str]

    finding: dict[str, Any] | None
    context: dict[str, Any] | None
    candidate: bool
    material: bool
    caused_by: str
    quiet: bool = False

    def __post_init__(self) -> None:
        _leave_out_if_not_quiet(self)

    def apply(self, aggregate: _Clue) -> None:
        aggregate.take(self.finding, self.context, candidate=self.candidate)
        aggregate.revised_at = self.timestamp
        finding = aggregate.finding if self.finding else None
        aggregate.history.append(
            Step(
                self.originator_version,
                self.timestamp,
                name_of(self),
                caused_by=self.caused_by,
                outcome=finding.outcome if finding else None,
                explanation=finding.explanation if finding else None,
            )
        )


class Revised(JudgedAnew):
    """The finding still makes a clue, with other words or other facts."""

    TOPIC: ClassVar[str] = "clue.revised.v1"


class EvidenceChanged(JudgedAnew):
    """The finding changed while a supervisor investigates, or after the decision; the status stays."""

    TOPIC: ClassVar[str] = "clue.evidence-changed.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.evidence_changed |= self.material


class Withdrawn(JudgedAnew):
    """The finding no longer makes a clue."""

    TOPIC: ClassVar[str] = "clue.withdrawn.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.status = ClueStatus.WITHDRAWN


class Reopened(JudgedAnew):
    """The finding makes a clue again after the clue was withdrawn."""

    TOPIC: ClassVar[str] = "clue.reopened.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.status = ClueStatus.RAISED


class CandidacyChanged(AggregateEvent):
    """The bidder was announced as a winning candidate 中标候选人, or the announcement was retracted."""

    TOPIC: ClassVar[str] = "clue.candidacy-changed.v1"

    candidate: bool
    caused_by: str
    quiet: bool = False

    def __post_init__(self) -> None:
        _leave_out_if_not_quiet(self)

    def apply(self, aggregate: _Clue) -> None:
        aggregate.candidate = self.candidate
        what = "candidate-announced" if self.candidate else "candidacy-retracted"
        aggregate.history.append(Step(self.originator_version, self.timestamp, what, caused_by=self.caused_by))


class Decided(AggregateEvent):
    """Base of the events that a person causes; ``role`` and ``name`` are those of the actor."""

    TOPIC: ClassVar[str]

    role: str
    name: str
    reason: str | None

    def apply(self, aggregate: _Clue) -> None:
        aggregate.history.append(
            Step(
                self.originator_version,
                self.timestamp,
                name_of(self),
                role=self.role,
                name=self.name,
                reason=self.reason,
            )
        )


class Acknowledged(Decided):
    TOPIC: ClassVar[str] = "clue.acknowledged.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.status = ClueStatus.ACKNOWLEDGED


class Explained(Decided):
    TOPIC: ClassVar[str] = "clue.explained.v1"


class InvestigationOpened(Decided):
    TOPIC: ClassVar[str] = "clue.investigation-opened.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.status = ClueStatus.UNDER_INVESTIGATION
        aggregate.evidence_changed = False


class Confirmed(Decided):
    TOPIC: ClassVar[str] = "clue.confirmed.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.status = ClueStatus.CONFIRMED
        aggregate.evidence_changed = False


class Cleared(Decided):
    TOPIC: ClassVar[str] = "clue.cleared.v1"

    def apply(self, aggregate: _Clue) -> None:
        super().apply(aggregate)
        aggregate.status = ClueStatus.CLEARED
        aggregate.evidence_changed = False


ClueEvent = Raised | JudgedAnew | CandidacyChanged | Decided

_STORED: Final = (
    Raised,
    Revised,
    EvidenceChanged,
    Withdrawn,
    Reopened,
    CandidacyChanged,
    Acknowledged,
    Explained,
    InvestigationOpened,
    Confirmed,
    Cleared,
)
TOPICS: Final = tuple(event.TOPIC for event in _STORED)
"""The topics of all events, as the ledger stores them."""
for _event in _STORED:
    register_topic(_event.TOPIC, _event)


def name_of(event: ClueEvent) -> str:
    """The name of an event in histories: ``evidence-changed`` for ``clue.evidence-changed.v1``."""
    return event.TOPIC.split(".")[1]
