"""A clue 线索: a finding that is tracked, pushed and followed to its end.

Raised → (revised) → acknowledged → under investigation → confirmed | cleared. A clue is withdrawn
when the evidence no longer supports it, and raised again when the evidence does. While a
supervisor investigates, and after the decision, new evidence only marks the clue as changed.

Nobody decides their own case: an actor who speaks for the bidder or the tenderer of the lot may not
decide about its clues, whatever the role. The person who opened an investigation may also end it. A
strict four-eyes rule would leave clues open for ever where a jurisdiction has a single supervisor.
The history names who did what, so that an auditor can check.
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

__all__ = [
    "BY_RULES",
    "BY_TIME",
    "COMMANDS",
    "Clue",
    "ClueContext",
    "ClueStatus",
    "Step",
    "by_rule",
    "clue_id",
    "consider",
    "fingerprint",
    "is_by_rules",
]

BY_TIME: Final = "time"
"""The cause of a change that no fact caused, but the passing of a due date."""
BY_RULES: Final = "rules"
"""The cause of a change that came with other policies, or with another way to apply the same rule."""


class Clue(BaseAggregate[UUID]):
    """One suspicion of one rule about one subject.

    ``finding`` is the last finding of the rule; ``stands`` tells whether the rule still returns it and
    it makes a clue. ``severity`` is that of the last finding that made a clue. ``candidate`` is True
    where the bidder has been announced as a winning candidate 中标候选人.
    """

    TOPIC = "clue"

    def __init__(self, finding: dict[str, Any], context: dict[str, Any], candidate: bool, caused_by: str) -> None:
        self.status = ClueStatus.RAISED
        self.severity = Severity.INFO
        self.take(finding, context, candidate=candidate)
        self.raised_at = self.created_on
        self.revised_at: datetime | None = None
        self.evidence_changed = False
        self.history = [
            Step(
                self.version,
                self.raised_at,
                "raised",
                caused_by=caused_by,
                outcome=self.finding.outcome,
                explanation=self.finding.explanation,
            )
        ]

    def take(self, finding: Mapping[str, Any] | None, context: Mapping[str, Any] | None, *, candidate: bool) -> None:
        """Set the finding and what it is about; for events only.

        Without a ``finding`` the last one is kept for readers, but no longer stands.
        """
        self.candidate = candidate
        self.fingerprint: str | None = None
        if finding is not None:
            self.finding = finding_from(finding)
            self.fingerprint = fingerprint(self.finding)
            # A finding that makes no clue has no severity. The clue keeps its last one, so that lists
            # of withdrawn clues can still be sorted by it.
            self.severity = self.finding.severity or self.severity
        if context is not None:
            self.context = context_from(context)

    @property
    def stands(self) -> bool:
        """Whether the rule still returns a finding that makes a clue."""
        return self.fingerprint is not None and self.finding.outcome.makes_clue

    @property
    def is_open(self) -> bool:
        return self.status.is_open

    def acknowledge(self, actor: Actor, reason: str | None = None, *, at: datetime) -> None:
        self._must_be_decided_by(actor)
        self._must_be("acknowledged", ClueStatus.RAISED)
        self._decide(Acknowledged, actor, reason, at)

    def explain(self, actor: Actor, reason: str | None, *, at: datetime) -> None:
        """Record the bidder's explanation, which is possible while the clue is open. The status stays.

        Raises :class:`NotEntitled`, :class:`NotFound` for another bidder, :class:`NotAllowed`.
        """
        if actor.role is not Role.BIDDER:
            raise NotEntitled("only the bidder explains a clue about its own lead")
        bidder = self.context.bidder
        if bidder is None or not actor.is_organisation(bidder.key):
            raise NotFound("clue")
        if not self.is_open:
            raise NotAllowed(f"the clue is {self.status}: there is nothing left to explain")
        self._decide(Explained, actor, _given(reason), at)

    def investigate(self, actor: Actor, reason: str | None = None, *, at: datetime) -> None:
        """Open an investigation 核查; for a decided clue only after its evidence has changed."""
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
        # Outside the actor's jurisdiction a clue looks as if it did not exist.
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
"""The commands by their verbs; each takes ``(clue, actor, reason, at=…)``."""


def by_rule(code: str, version: int) -> str:
    """The cause of a change that came with a version of a rule."""
    return f"rule {code} version {version}"


def is_by_rules(cause: str) -> bool:
    """Whether a clue changed because it was judged anew, by other rules or policies."""
    return cause == BY_RULES or cause.startswith("rule ")


def consider(
    clue: Clue | None,
    finding: Finding | None,
    context: ClueContext | None,
    *,
    candidate: bool,
    at: datetime,
    caused_by: str,
    quiet: bool = False,
) -> Clue | None:
    """The clue after a judgement, with at most one pending event; None where there is still no clue.

    ``clue`` is the clue as it was, if there is one. ``finding`` and ``context`` are None where the
    subject itself no longer exists. ``caused_by`` is ``source#id`` of the fact that changed the
    finding, ``time``, or what :func:`by_rule` says. ``quiet`` is True where nothing but history, or
    judging anew, changed it.
    """
    # Events keep every time in UTC: a replay must give the same bytes, whatever zone the caller used.
    at = at.astimezone(UTC)
    if clue is None:
        if finding is None or context is None or not finding.outcome.makes_clue:
            return None
        return _raised(finding, context, candidate=candidate, at=at, caused_by=caused_by, quiet=quiet)
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
            quiet=quiet,
        )
    elif candidate != clue.candidate and clue.status is not ClueStatus.WITHDRAWN:
        clue.trigger_event(CandidacyChanged, timestamp=at, candidate=candidate, caused_by=caused_by, quiet=quiet)
    return clue


def _consequence(clue: Clue, finding: Finding | None, context: ClueContext | None) -> type[JudgedAnew] | None:
    """The event that a judgement causes; None where nothing changed."""
    makes_clue = finding is not None and finding.outcome.makes_clue
    if clue.status is ClueStatus.WITHDRAWN:
        return Reopened if makes_clue else None
    if not makes_clue and not clue.status.is_in_peoples_hands:
        return Withdrawn
    # Whether anything changed is decided by fingerprint: facts that were recorded twice, or at other
    # positions after a rebuild, must cause no event.
    new_fingerprint = fingerprint(finding) if finding else None
    if new_fingerprint == clue.fingerprint and context in (None, clue.context):
        return None
    return EvidenceChanged if clue.status.is_in_peoples_hands else Revised


def _raised(
    finding: Finding, context: ClueContext, *, candidate: bool, at: datetime, caused_by: str, quiet: bool
) -> Clue:
    return Clue._create(
        Raised,
        id=clue_id(finding),
        timestamp=at,
        finding=finding_record(finding),
        context=context_record(context),
        candidate=candidate,
        caused_by=caused_by,
        quiet=quiet,
    )


def _given(reason: str | None) -> str:
    """The reason without white space around it; raises :class:`NotAllowed` where there is none."""
    if reason is None or not reason.strip():
        raise NotAllowed("a reason must be given")
    return reason.strip()
