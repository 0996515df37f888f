"""A clue 线索: a finding that is tracked, pushed and followed to its end.

Raised → (revised) → acknowledged → under investigation → confirmed | cleared; or withdrawn
when the evidence no longer supports it, and raised again when it does. While a supervisor
investigates, and after the decision, evidence only marks a clue as changed.

Nobody closes the own case: an actor who speaks for the bidder or for the tenderer of the
lot decides nothing about it, whatever the role. Who opened an investigation may also end
it: a jurisdiction may have a single supervisor, so that a strict four-eyes rule would leave
its clues open for ever. The history names who did which, for those who check.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from eventsourcing.domain import BaseAggregate

from domain.access import Actor, Role
from domain.clues.context import (
    ClueContext,
    ClueStatus,
    Step,
    clue_id,
    context_from,
    context_record,
    finding_from,
    finding_record,
    fingerprint,
    says_the_same,
)
from domain.clues.events import (
    Acknowledged,
    CandidacyChanged,
    Cleared,
    Confirmed,
    Decided,
    EvidenceChanged,
    Explained,
    InvestigationOpened,
    JudgedAnew,
    Raised,
    Reopened,
    Revised,
    Withdrawn,
)
from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.rule import Finding, Severity

__all__ = ["BY_TIME", "COMMANDS", "Clue", "ClueContext", "ClueStatus", "Step", "clue_id", "consider", "fingerprint"]

BY_TIME: Final = "time"
"""The cause of what no event but the passing of a due date brought about."""


class Clue(BaseAggregate[UUID]):
    """One suspicion about one appointment, by one rule.

    ``finding`` is what the rule says now, or said last; ``stands`` tells whether it still
    says so. ``severity`` is that of the last finding that made a clue. ``candidate``: the
    bidder is announced as a winning candidate 中标候选人.
    """

    TOPIC = "clue"

    def __init__(self, finding: dict[str, Any], context: dict[str, Any], candidate: bool, caused_by: str) -> None:
        self.status = ClueStatus.RAISED
        self.severity = Severity.INFO
        self.take(finding, context, candidate=candidate)
        self.raised_at = self.created_on
        self.revised_at: datetime | None = None
        self.evidence_changed = False
        said = self.finding
        self.history = [
            Step(
                self.version,
                self.raised_at,
                "raised",
                caused_by=caused_by,
                outcome=said.outcome,
                explanation=said.explanation,
            )
        ]

    def take(self, finding: Mapping[str, Any] | None, context: Mapping[str, Any] | None, *, candidate: bool) -> None:
        """What the rule says from now on, and about which appointment: for events only."""
        self.candidate = candidate
        self.fingerprint: str | None = None
        if finding is not None:
            self.finding = finding_from(finding)
            self.fingerprint = fingerprint(self.finding)
            self.severity = self.finding.severity or self.severity
        if context is not None:
            self.context = context_from(context)

    @property
    def stands(self) -> bool:
        """Whether the rule still says what makes a clue."""
        return self.fingerprint is not None and self.finding.outcome.makes_clue

    @property
    def is_open(self) -> bool:
        return self.status.is_open

    def acknowledge(self, actor: Actor, reason: str | None = None, *, at: datetime) -> None:
        self._must_be_decided_by(actor)
        self._must_be("acknowledged", ClueStatus.RAISED)
        self._decide(Acknowledged, actor, reason, at)

    def explain(self, actor: Actor, reason: str | None, *, at: datetime) -> None:
        """The bidder's explanation, possible while the clue is open; changes no status."""
        if actor.role is not Role.BIDDER:
            raise NotEntitled("only the bidder explains a clue about its own lead")
        bidder = self.context.bidder
        if bidder is None or not actor.is_organisation(bidder.key):
            raise NotFound("clue")
        if not self.is_open:
            raise NotAllowed(f"the clue is {self.status}: there is nothing left to explain")
        self._decide(Explained, actor, _given(reason), at)

    def investigate(self, actor: Actor, reason: str | None = None, *, at: datetime) -> None:
        """Open an investigation 核查; of a decided clue only when its evidence has changed."""
        self._must_be_decided_by(actor)
        if not (self.evidence_changed and self.status in (ClueStatus.CONFIRMED, ClueStatus.CLEARED)):
            self._must_be("investigated", ClueStatus.RAISED, ClueStatus.ACKNOWLEDGED)
        self._decide(InvestigationOpened, actor, reason, at)

    def confirm(self, actor: Actor, reason: str | None, *, at: datetime) -> None:
        self._must_be_decided_by(actor)
        self._must_be("confirmed", ClueStatus.UNDER_INVESTIGATION)
        self._decide(Confirmed, actor, _given(reason), at)

    def clear(self, actor: Actor, reason: str | None, *, at: datetime) -> None:
        self._must_be_decided_by(actor)
        self._must_be("cleared", ClueStatus.UNDER_INVESTIGATION)
        self._decide(Cleared, actor, _given(reason), at)

    def _must_be_decided_by(self, actor: Actor) -> None:
        if not actor.may_decide:
            raise NotEntitled("only a supervisor decides about a clue")
        if not any(actor.covers(place) for place in self.context.places):
            raise NotFound("clue")
        if any(actor.is_organisation(party.key) for party in self.context.parties):
            raise NotEntitled("nobody closes the own case")

    def _must_be(self, done: str, *statuses: ClueStatus) -> None:
        if self.status not in statuses:
            raise NotAllowed(f"a clue that is {self.status} cannot be {done}")

    def _decide(self, event: type[Decided], actor: Actor, reason: str | None, at: datetime) -> None:
        self.trigger_event(event, timestamp=at.astimezone(UTC), role=actor.role.value, name=actor.name, reason=reason)


Command = Callable[..., None]
COMMANDS: Final[Mapping[str, Command]] = {
    "acknowledge": Clue.acknowledge,
    "explain": Clue.explain,
    "investigate": Clue.investigate,
    "confirm": Clue.confirm,
    "clear": Clue.clear,
}
"""By verb; each takes ``(clue, actor, reason, at=…)``."""


def consider(
    clue: Clue | None,
    finding: Finding | None,
    context: ClueContext | None,
    *,
    candidate: bool,
    at: datetime,
    caused_by: str,
) -> Clue | None:
    """What a judgement does to its clue; at most one event is left pending on the clue returned.

    ``finding`` and ``context`` are None where the appointment itself is gone. ``caused_by``
    is ``source#id`` of the fact that changed the answer, or ``time``.
    """
    at = at.astimezone(UTC)
    if clue is None:
        if finding is None or context is None or not finding.outcome.makes_clue:
            return None
        return _raised(finding, context, candidate=candidate, at=at, caused_by=caused_by)
    event = _consequence(clue, finding, context)
    if event is not None:
        clue.trigger_event(
            event,
            timestamp=at,
            finding=finding_record(finding) if finding else None,
            context=context_record(context) if context else None,
            candidate=candidate,
            material=finding is None or clue.fingerprint is None or not says_the_same(clue.finding, finding),
            caused_by=caused_by,
        )
    elif candidate != clue.candidate and clue.status is not ClueStatus.WITHDRAWN:
        clue.trigger_event(CandidacyChanged, timestamp=at, candidate=candidate, caused_by=caused_by)
    return clue


def _consequence(clue: Clue, finding: Finding | None, context: ClueContext | None) -> type[JudgedAnew] | None:
    makes_clue = finding is not None and finding.outcome.makes_clue
    if clue.status is ClueStatus.WITHDRAWN:
        return Reopened if makes_clue else None
    if not makes_clue and not clue.status.is_in_peoples_hands:
        return Withdrawn
    new_fingerprint = fingerprint(finding) if finding else None
    if new_fingerprint == clue.fingerprint and context in (None, clue.context):
        return None
    return EvidenceChanged if clue.status.is_in_peoples_hands else Revised


def _raised(finding: Finding, context: ClueContext, *, candidate: bool, at: datetime, caused_by: str) -> Clue:
    return Clue._create(
        Raised,
        id=clue_id(finding),
        timestamp=at,
        finding=finding_record(finding),
        context=context_record(context),
        candidate=candidate,
        caused_by=caused_by,
    )


def _given(reason: str | None) -> str:
    if reason is None or not reason.strip():
        raise NotAllowed("a reason must be given")
    return reason.strip()
