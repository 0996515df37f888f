"""An investigation 核查, as an aggregate: each step of the table is a command, checked against it, and an event.

Nothing is ever final against new facts: a clue that joins a closed investigation, or whose evidence changes, opens it
again; a proposal goes back to its handler. What people write is sealed elsewhere: ``reason`` is what the ledger keeps
in its place (:mod:`domain.clues.words`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import BaseAggregate

from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.investigating import Investigating
from domain.investigation import events
from domain.investigation.conclusion import Conclusion, conclusion_record
from domain.investigation.course import Course
from domain.investigation.events import Opened, StepTaken, step_of
from domain.investigation.officer import Colleague, Officer, must_be_entitled, must_be_impartial
from domain.investigation.parts import (
    ABOUT,
    LARGEST_FILE,
    MEDIA_TYPES,
    About,
    File,
    PauseGround,
    Request,
    RequestKind,
    Taken,
    TermName,
    about_record,
)
from domain.investigation.steps import STEPS, State
from domain.working_days import WorkingDays

LONGEST_ABSENCE_DAYS = 366
BY_SYSTEM = {"role": "system"}
"""Who takes a step that is taken by itself."""


class Investigation(Course, BaseAggregate[UUID]):
    """One investigation of one office. Every command takes who asks, the policy of the office, and ``at``.

    Commands raise NotEntitled, NotFound or NotAllowed; then nothing happened.
    """

    TOPIC = "investigation"

    def __init__(
        self,
        about: dict[str, Any],
        clues: list[str],
        limits: dict[str, int],
        by: dict[str, Any],
        reason: str | None,
        cause: str | None = None,
        came_from: str | None = None,
    ) -> None:
        self.begin_course(ABOUT.validate_python(about), clues, limits, self.created_on)
        self.cause, self.came_from = cause, came_from
        self.history.append(Taken(self.version, self.created_on, "open", State.OPEN, by, reason))

    def give_number(self, number: str, policy: Investigating, *, at: datetime) -> None:
        """Once; the register gives it (:mod:`domain.investigation.numbering`)."""
        if self.number is None:
            self._take(events.Numbered, None, policy, at, number=number)

    def assign(
        self,
        handler: Colleague,
        deputy: Colleague | None,
        officer: Officer | None,
        policy: Investigating,
        *,
        at: datetime,
    ) -> None:
        self._may(events.Assigned, officer, policy, at)
        self._give(events.Assigned, handler, deputy, officer, None, policy, at)

    def hand_over(
        self,
        handler: Colleague,
        deputy: Colleague | None,
        officer: Officer,
        reason: str,
        policy: Investigating,
        *,
        at: datetime,
    ) -> None:
        self._may(events.HandedOver, officer, policy, at)
        if handler.account == self.handler:
            raise NotAllowed("this account handles it already")
        self._give(events.HandedOver, handler, deputy, officer, reason, policy, at)

    def recuse(self, officer: Officer, reason: str, policy: Investigating, *, at: datetime) -> None:
        """Whoever handles it now leaves the case for good, whoever says so."""
        self._take(events.Recused, officer, policy, at, reason, handler=self.in_charge(at) or "")

    def be_absent(self, first: date, last: date, officer: Officer, policy: Investigating, *, at: datetime) -> None:
        self._may(events.WasAbsent, officer, policy, at)
        if self.deputy is None:
            raise NotAllowed("there is no deputy; hand the case over")
        if not 0 <= (last - first).days < LONGEST_ABSENCE_DAYS:
            raise NotAllowed("an absence lasts a day at least and a year at most")
        self._take(events.WasAbsent, officer, policy, at, first=first.isoformat(), last=last.isoformat())

    def request_explanation(
        self, officer: Officer, reason: str, policy: Investigating, *, at: datetime, days: int | None = None
    ) -> None:
        self._may(events.ExplanationRequested, officer, policy, at)
        if self.about.bidder is None:
            raise NotAllowed("the case names no bidder that could explain")
        given: dict[str, Any] = {"addressee": self.about.bidder, "days": days or policy.explanation_days}
        self._take(events.ExplanationRequested, officer, policy, at, reason, **given)

    def explain(self, request: int, officer: Officer, reason: str, policy: Investigating, *, at: datetime) -> None:
        """Also after the term: who is late is heard all the same."""
        self._may(events.Explained, officer, policy, at)
        self._open_request(request, RequestKind.EXPLANATION)
        self._take(events.Explained, officer, policy, at, reason, request=request)

    def request_assistance(
        self,
        addressee: str,
        officer: Officer,
        reason: str,
        policy: Investigating,
        *,
        at: datetime,
        days: int | None = None,
    ) -> None:
        given: dict[str, Any] = {"addressee": addressee, "days": days or policy.explanation_days}
        self._take(events.AssistanceRequested, officer, policy, at, reason, **given)

    def answer(
        self, request: int, fact: tuple[str, str], officer: Officer, policy: Investigating, *, at: datetime
    ) -> None:
        self._may(events.Answered, officer, policy, at)
        self._open_request(request, RequestKind.ASSISTANCE)
        self._take(events.Answered, officer, policy, at, request=request, source=fact[0], fact_id=fact[1])

    def note(self, officer: Officer, reason: str, policy: Investigating, *, at: datetime) -> None:
        self._take(events.Noted, officer, policy, at, reason)

    def add_file(self, file: File, officer: Officer, policy: Investigating, *, at: datetime) -> None:
        """Nothing happens where it is there already."""
        self._may(events.FileAdded, officer, policy, at)
        if not 0 < file.size <= LARGEST_FILE:
            raise NotAllowed("a file has a byte at least and 20 MiB at most")
        if file.media_type not in MEDIA_TYPES:
            raise NotAllowed("files of this type are not taken")
        if file.sha256 not in self.files:
            given: dict[str, Any] = {"sha256": file.sha256, "size": file.size, "media_type": file.media_type}
            self._take(events.FileAdded, officer, policy, at, **given)

    def link(self, other: UUID, officer: Officer, policy: Investigating, *, at: datetime) -> None:
        self._may(events.Linked, officer, policy, at)
        if other == self.id:
            raise NotAllowed("an investigation is not linked to itself")
        if other.hex not in self.links:
            self._take(events.Linked, officer, policy, at, other=other.hex)

    def pause_clock(
        self, ground: PauseGround, officer: Officer, reason: str, policy: Investigating, *, at: datetime
    ) -> None:
        self._may(events.Paused, officer, policy, at)
        if self.is_paused:
            raise NotAllowed("the clock stands still already")
        self._take(events.Paused, officer, policy, at, reason, ground=ground.value)

    def resume(self, officer: Officer, policy: Investigating, *, at: datetime) -> None:
        self._may(events.Resumed, officer, policy, at)
        if not self.is_paused:
            raise NotAllowed("the clock does not stand still")
        self._take(events.Resumed, officer, policy, at)

    def propose(
        self, conclusion: Conclusion, officer: Officer, reason: str, policy: Investigating, *, at: datetime
    ) -> None:
        self._may(events.Proposed, officer, policy, at)
        if self.is_paused:
            raise NotAllowed("the clock stands still: resume first")
        conclusion.must_be_complete()
        given: dict[str, Any] = {"conclusion": conclusion_record(conclusion), "names": sorted(officer.names)}
        self._take(events.Proposed, officer, policy, at, reason, **given)

    def send_back(self, officer: Officer, reason: str, policy: Investigating, *, at: datetime) -> None:
        self._take(events.Returned, officer, policy, at, reason)

    def decide(self, officer: Officer, policy: Investigating, *, at: datetime) -> None:
        self._take(events.Decided, officer, policy, at, names=sorted(officer.names))

    def serve(self, officer: Officer | None, policy: Investigating, *, at: datetime) -> None:
        self._take(events.Served, officer, policy, at)

    def object(
        self, officer: Officer, reason: str, policy: Investigating, calendar: WorkingDays, *, at: datetime
    ) -> None:
        """Raises NotAllowed after the term, and for a second time."""
        self._may(events.Objected, officer, policy, at)
        if self.objected:
            raise NotAllowed("an objection is reviewed once")
        if self.is_over(TermName.OBJECT, at, calendar):
            raise NotAllowed("the term for an objection has passed")
        self._take(events.Objected, officer, policy, at, reason)

    def review(
        self, changed: Conclusion | None, officer: Officer, reason: str, policy: Investigating, *, at: datetime
    ) -> None:
        """Uphold the conclusion, or change it."""
        self._may(events.Reviewed, officer, policy, at)
        if changed is not None:
            changed.must_be_complete()
        record = conclusion_record(changed) if changed is not None else None
        self._take(events.Reviewed, officer, policy, at, reason, conclusion=record)

    def close(self, officer: Officer | None, policy: Investigating, calendar: WorkingDays, *, at: datetime) -> None:
        """Raises NotAllowed while somebody may object."""
        self._may(events.Closed, officer, policy, at)
        if self.may_be_objected_to and not self.is_over(TermName.OBJECT, at, calendar):
            raise NotAllowed("the term for an objection has not passed")
        self._take(events.Closed, officer, policy, at)

    def reopen(self, officer: Officer, reason: str, policy: Investigating, *, at: datetime) -> None:
        self._take(events.Reopened, officer, policy, at, reason, state=self._again)

    def take_in(self, clue: str, policy: Investigating, *, at: datetime, came_from: UUID | None = None) -> None:
        """A clue joins, to the same effect as changed evidence; nothing happens where it is there."""
        if clue not in self.clues:
            given: dict[str, Any] = {"clue": clue, "came_from": came_from.hex if came_from else None}
            self._take(events.ClueTakenIn, None, policy, at, state=self._after_news, **given)

    def evidence_has_changed(self, clue: str, policy: Investigating, *, stands: bool, at: datetime) -> None:
        """Mark it; open a closed one again, and send a proposal back. Raises NotFound for a clue of another one."""
        if clue not in self.clues:
            raise NotFound("clue")
        self._take(events.EvidenceChanged, None, policy, at, state=self._after_news, clue=clue, stands=stands)

    def merge_into(
        self, other: "Investigation", officer: Officer, reason: str, policy: Investigating, *, at: datetime
    ) -> None:
        """Its clues go to ``other``, which is of the same office and still running."""
        self._may(events.Merged, officer, policy, at)
        if other.id == self.id or other.about.office != self.about.office:
            raise NotAllowed("it is merged into another investigation of the same office")
        must_be_impartial(other, officer)
        if other.state not in STEPS["merge"].states:
            raise NotAllowed(f"an investigation that is {other.state} takes in no other")
        clues = list(self.clues)
        self._take(events.Merged, officer, policy, at, reason, into=other.id.hex)
        for clue in clues:
            other.take_in(clue, policy, at=at, came_from=self.id)

    def split(
        self,
        clues: Sequence[str],
        new_id: UUID,
        officer: Officer,
        reason: str,
        policy: Investigating,
        *,
        at: datetime,
    ) -> "Investigation":
        """The new investigation, of the same office, with these clues; one at least stays here."""
        self._may(events.Split, officer, policy, at)
        leaving = [clue for clue in self.clues if clue in set(clues)]
        if not leaving or len(leaving) == len(self.clues) or len(leaving) != len(set(clues)):
            raise NotAllowed("some of its clues leave, and one at least stays")
        new = open_investigation(new_id, self.about, leaving, officer, reason, policy, at=at, came_from=self.id)
        self._take(events.Split, officer, policy, at, reason, into=new_id.hex, clues=leaving)
        return new

    def transfer(
        self,
        new_id: UUID,
        office: str,
        officer: Officer,
        reason: str,
        policy: Investigating,
        *,
        policy_there: Investigating,
        at: datetime,
    ) -> "Investigation":
        """The new investigation of ``office``, which goes on with all clues under its own policy."""
        self._may(events.Transferred, officer, policy, at)
        if office == self.about.office:
            raise NotAllowed("it is transferred to another jurisdiction")
        clues, about = list(self.clues), replace(self.about, office=office)
        self._take(events.Transferred, officer, policy, at, reason, into=new_id.hex, office=office)
        return _opened(new_id, about, clues, officer.record, reason, policy_there, at, came_from=self.id)

    @property
    def _again(self) -> State:
        """The state in which the work goes on."""
        return State.HANDLED if self.handler is not None else State.OPEN

    @property
    def _after_news(self) -> State:
        """The state once a clue joined or its evidence changed."""
        return self._again if self.state in (State.PROPOSED, State.CLOSED) else self.state

    def _give(
        self,
        event: type[events.Assigned],
        handler: Colleague,
        deputy: Colleague | None,
        officer: Officer | None,
        reason: str | None,
        policy: Investigating,
        at: datetime,
    ) -> None:
        for colleague in filter(None, (handler, deputy)):
            try:
                must_be_impartial(self, colleague.officer)
            except (NotEntitled, NotFound) as error:
                raise NotAllowed("this account may not handle the case") from error
        if deputy is not None and deputy.account == handler.account:
            raise NotAllowed("nobody is the own deputy")
        given: dict[str, Any] = {"handler": handler.account, "deputy": deputy.account if deputy else None}
        self._take(event, officer, policy, at, reason, **given)

    def _open_request(self, number: int, kind: RequestKind) -> Request:
        request = self.requests.get(number)
        if request is None or request.kind is not kind:
            raise NotFound("request")
        if request.answered_at is not None:
            raise NotAllowed("the request was answered")
        return request

    def _may(self, event: type[StepTaken], officer: Officer | None, policy: Investigating, at: datetime) -> None:
        """Raises NotEntitled, NotFound or NotAllowed where the table does not let ``officer`` take the step now."""
        step = STEPS[step_of(event)]
        must_be_entitled(self, step, officer, policy, at=at)
        if self.state not in step.states:
            raise NotAllowed(f"an investigation that is {self.state} has no step {step.name}")

    def _take(
        self,
        event: type[StepTaken],
        officer: Officer | None,
        policy: Investigating,
        at: datetime,
        reason: str | None = None,
        *,
        state: State | None = None,
        **given: Any,
    ) -> None:
        self._may(event, officer, policy, at)
        step = STEPS[step_of(event)]
        if step.reason and not (reason or "").strip():
            raise NotAllowed("a reason must be given")
        self.trigger_event(
            event,
            timestamp=at.astimezone(UTC),
            by=officer.record if officer else BY_SYSTEM,
            state=(state or step.to or self.state).value,
            reason=reason.strip() if reason else None,
            **given,
        )


@dataclass(frozen=True, slots=True)
class _NotOpened:
    """A case in which nobody has taken part yet."""

    about: About
    recused: frozenset[str] = frozenset()
    involved: frozenset[str] = frozenset()
    proposed_by: frozenset[str] = frozenset()

    def in_charge(self, moment: datetime) -> None: ...


def open_investigation(
    investigation_id: UUID,
    about: About,
    clues: Iterable[str],
    officer: Officer | None,
    reason: str | None,
    policy: Investigating,
    *,
    at: datetime,
    cause: str | None = None,
    came_from: UUID | None = None,
) -> Investigation:
    """A new investigation; ``officer`` None: the policy opens it, for the rule ``cause``.

    Raises NotEntitled, NotFound, or NotAllowed for a complaint without words.
    """
    must_be_entitled(_NotOpened(about), STEPS["open"], officer, policy, at=at)
    if about.matter_id is None and not (reason or "").strip():
        raise NotAllowed("a complaint must be told in words")
    by = officer.record if officer else BY_SYSTEM
    return _opened(investigation_id, about, clues, by, reason, policy, at, cause=cause, came_from=came_from)


def _opened(
    investigation_id: UUID,
    about: About,
    clues: Iterable[str],
    by: dict[str, Any],
    reason: str | None,
    policy: Investigating,
    at: datetime,
    *,
    cause: str | None = None,
    came_from: UUID | None = None,
) -> Investigation:
    return Investigation._create(
        Opened,
        id=investigation_id,
        timestamp=at.astimezone(UTC),
        about=about_record(about),
        clues=list(dict.fromkeys(clues)),
        limits={
            TermName.ASSIGN: policy.assign_days,
            TermName.DECIDE: policy.decide_days,
            TermName.OBJECT: policy.objection_days,
            TermName.REVIEW: policy.review_days,
        },
        by=by,
        reason=reason.strip() if reason else None,
        cause=cause,
        came_from=came_from.hex if came_from else None,
    )
