"""The events of an investigation, as the ledger stores them: one for each step of the table.

Attributes are plain JSON types and every time is passed in, so that a replay gives the same bytes. Each event says in
which state it left the investigation: a later change of the table changes nothing that has happened.
"""

from datetime import date
from typing import Any, ClassVar, Final

from eventsourcing.domain import AggregateCreated, AggregateEvent
from eventsourcing.utils import register_topic

from domain.investigation.conclusion import CONCLUSION
from domain.investigation.course import Course
from domain.investigation.parts import Absence, File, RequestKind, Taken, TermName
from domain.investigation.steps import State


def step_of(event: "StepTaken | type[StepTaken]") -> str:
    """The step of the table that an event records: ``hand-over`` for ``investigation.hand-over.v1``."""
    return event.TOPIC.split(".")[1]


class Opened(AggregateCreated):
    """``limits`` are the terms of the policy at that time, by name. ``came_from`` is the investigation that it was
    split from, or that was transferred here. ``cause`` is a rule of the policy, or None where a person opened it.
    """

    TOPIC: ClassVar[str] = "investigation.opened.v1"

    about: dict[str, Any]
    clues: list[str]
    limits: dict[str, int]
    by: dict[str, Any]
    reason: str | None
    cause: str | None = None
    came_from: str | None = None


class StepTaken(AggregateEvent):
    """``by`` is who took the step, ``state`` that in which it left the investigation, ``reason`` sealed words."""

    TOPIC: ClassVar[str]

    by: dict[str, Any]
    state: str
    reason: str | None

    def apply(self, aggregate: Course) -> None:
        before, aggregate.state = aggregate.state, State(self.state)
        self.change(aggregate)
        if before in (State.SERVED, State.CLOSED) and aggregate.state in (State.OPEN, State.HANDLED):
            aggregate.begin_again(self.timestamp)
        taken = Taken(self.originator_version, self.timestamp, step_of(self), self.state, self.by, self.reason)
        aggregate.history.append(taken)

    def change(self, investigation: Course) -> None:
        """What the step changes besides the state."""


class Numbered(StepTaken):
    TOPIC: ClassVar[str] = "investigation.number.v1"

    number: str

    def change(self, investigation: Course) -> None:
        investigation.number = self.number


class Assigned(StepTaken):
    TOPIC: ClassVar[str] = "investigation.assign.v1"

    handler: str
    deputy: str | None

    def change(self, investigation: Course) -> None:
        investigation.give_to(self.handler, self.deputy)
        investigation.stop(TermName.ASSIGN, self.timestamp)


class HandedOver(Assigned):
    TOPIC: ClassVar[str] = "investigation.hand-over.v1"


class Recused(StepTaken):
    TOPIC: ClassVar[str] = "investigation.recuse.v1"

    handler: str

    def change(self, investigation: Course) -> None:
        investigation.recused.add(self.handler)
        investigation.drop_proposal()
        investigation.give_to(None, None)
        investigation.begin(TermName.ASSIGN, self.timestamp)


class WasAbsent(StepTaken):
    TOPIC: ClassVar[str] = "investigation.be-absent.v1"

    first: str
    last: str

    def change(self, investigation: Course) -> None:
        investigation.absence = Absence(date.fromisoformat(self.first), date.fromisoformat(self.last))


class _Requested(StepTaken):
    KIND: ClassVar[RequestKind]
    TERM: ClassVar[TermName]

    addressee: str
    days: int

    def change(self, investigation: Course) -> None:
        investigation.request(self.KIND, self.TERM, self.addressee, self.days, self.timestamp)


class ExplanationRequested(_Requested):
    TOPIC: ClassVar[str] = "investigation.request-explanation.v1"
    KIND: ClassVar[RequestKind] = RequestKind.EXPLANATION
    TERM: ClassVar[TermName] = TermName.EXPLAIN


class AssistanceRequested(_Requested):
    TOPIC: ClassVar[str] = "investigation.request-assistance.v1"
    KIND: ClassVar[RequestKind] = RequestKind.ASSISTANCE
    TERM: ClassVar[TermName] = TermName.ASSIST


class Explained(StepTaken):
    TOPIC: ClassVar[str] = "investigation.explain.v1"

    request: int

    def change(self, investigation: Course) -> None:
        investigation.answered(self.request, TermName.EXPLAIN, None, self.timestamp)


class Answered(StepTaken):
    TOPIC: ClassVar[str] = "investigation.answer.v1"

    request: int
    source: str
    fact_id: str

    def change(self, investigation: Course) -> None:
        investigation.answered(self.request, TermName.ASSIST, (self.source, self.fact_id), self.timestamp)


class Noted(StepTaken):
    TOPIC: ClassVar[str] = "investigation.note.v1"


class FileAdded(StepTaken):
    TOPIC: ClassVar[str] = "investigation.file.v1"

    sha256: str
    size: int
    media_type: str

    def change(self, investigation: Course) -> None:
        investigation.files[self.sha256] = File(self.sha256, self.size, self.media_type)


class Linked(StepTaken):
    TOPIC: ClassVar[str] = "investigation.link.v1"

    other: str

    def change(self, investigation: Course) -> None:
        investigation.links.add(self.other)


class Paused(StepTaken):
    TOPIC: ClassVar[str] = "investigation.pause.v1"

    ground: str

    def change(self, investigation: Course) -> None:
        investigation.pause(self.timestamp)


class Resumed(StepTaken):
    TOPIC: ClassVar[str] = "investigation.resume.v1"

    def change(self, investigation: Course) -> None:
        investigation.resume_clock(self.timestamp)


class Proposed(StepTaken):
    TOPIC: ClassVar[str] = "investigation.propose.v1"

    conclusion: dict[str, Any]
    names: list[str]

    def change(self, investigation: Course) -> None:
        investigation.proposal = CONCLUSION.validate_python(self.conclusion)
        investigation.proposed_by = set(self.names)
        investigation.involved |= set(self.names)
        investigation.evidence_changed = False


class Returned(StepTaken):
    TOPIC: ClassVar[str] = "investigation.return.v1"

    def change(self, investigation: Course) -> None:
        investigation.drop_proposal()


class Decided(StepTaken):
    TOPIC: ClassVar[str] = "investigation.decide.v1"

    names: list[str]

    def change(self, investigation: Course) -> None:
        investigation.conclusion = investigation.proposal
        investigation.involved |= set(self.names)
        investigation.stop(TermName.DECIDE, self.timestamp)


class Served(StepTaken):
    TOPIC: ClassVar[str] = "investigation.serve.v1"

    def change(self, investigation: Course) -> None:
        if investigation.may_be_objected_to:
            investigation.begin(TermName.OBJECT, self.timestamp)


class Objected(StepTaken):
    TOPIC: ClassVar[str] = "investigation.object.v1"

    def change(self, investigation: Course) -> None:
        investigation.objected = True
        investigation.stop(TermName.OBJECT, self.timestamp)
        investigation.begin(TermName.REVIEW, self.timestamp)


class Reviewed(StepTaken):
    """``conclusion`` None: upheld."""

    TOPIC: ClassVar[str] = "investigation.review.v1"

    conclusion: dict[str, Any] | None

    def change(self, investigation: Course) -> None:
        if self.conclusion is not None:
            investigation.conclusion = CONCLUSION.validate_python(self.conclusion)
        investigation.stop(TermName.REVIEW, self.timestamp)


class Closed(StepTaken):
    TOPIC: ClassVar[str] = "investigation.close.v1"

    def change(self, investigation: Course) -> None:
        investigation.stop_all(self.timestamp)


class Reopened(StepTaken):
    TOPIC: ClassVar[str] = "investigation.reopen.v1"


class ClueTakenIn(StepTaken):
    """``clue`` joined; ``came_from`` is the investigation that was merged into this one with it."""

    TOPIC: ClassVar[str] = "investigation.take-in.v1"

    clue: str
    came_from: str | None

    def change(self, investigation: Course) -> None:
        investigation.clues.append(self.clue)
        investigation.mark_changed()


class EvidenceChanged(StepTaken):
    """The evidence behind a clue changed; ``stands`` says whether a rule still finds it."""

    TOPIC: ClassVar[str] = "investigation.evidence-changed.v1"

    clue: str
    stands: bool

    def change(self, investigation: Course) -> None:
        investigation.mark_changed()


class Merged(StepTaken):
    TOPIC: ClassVar[str] = "investigation.merge.v1"

    into: str

    def change(self, investigation: Course) -> None:
        investigation.leave_for(self.into, self.timestamp)


class Split(StepTaken):
    TOPIC: ClassVar[str] = "investigation.split.v1"

    into: str
    clues: list[str]

    def change(self, investigation: Course) -> None:
        investigation.clues = [clue for clue in investigation.clues if clue not in self.clues]
        investigation.links.add(self.into)


class Transferred(StepTaken):
    TOPIC: ClassVar[str] = "investigation.transfer.v1"

    into: str
    office: str

    def change(self, investigation: Course) -> None:
        investigation.leave_for(self.into, self.timestamp)


TAKEN: Final[tuple[type[StepTaken], ...]] = (
    Numbered,
    Assigned,
    HandedOver,
    Recused,
    WasAbsent,
    ExplanationRequested,
    AssistanceRequested,
    Explained,
    Answered,
    Noted,
    FileAdded,
    Linked,
    Paused,
    Resumed,
    Proposed,
    Returned,
    Decided,
    Served,
    Objected,
    Reviewed,
    Closed,
    Reopened,
    ClueTakenIn,
    EvidenceChanged,
    Merged,
    Split,
    Transferred,
)


TOPICS: Final = (Opened.TOPIC, *(event.TOPIC for event in TAKEN))
"""The topics of all events, as the ledger stores them."""
register_topic(Opened.TOPIC, Opened)
for _event in TAKEN:
    register_topic(_event.TOPIC, _event)
