"""The course of an investigation: what it has come to, changed by its events alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from domain.approval.pauses import Stretch
from domain.evidence.days import day_in_shanghai
from domain.investigation.conclusion import Conclusion
from domain.investigation.parts import About, Absence, File, Request, RequestKind, Taken, Term, TermName
from domain.investigation.steps import State
from domain.working_days import WorkingDays


class Course:
    """``involved`` are all who handled, proposed or decided: none of them reviews. ``terms`` are in the order in which
    they began, those of earlier rounds too.
    """

    def begin_course(self, about: About, clues: list[str], limits: dict[str, int], at: datetime) -> None:
        self.about = about
        self.state = State.OPEN
        self.number: str | None = None
        self.limits = {TermName(name): days for name, days in limits.items()}
        self.clues = list(clues)
        self.handler: str | None = None
        self.deputy: str | None = None
        self.absence: Absence | None = None
        self.recused: set[str] = set()
        self.involved: set[str] = set()
        self.proposed_by: set[str] = set()
        self.proposal: Conclusion | None = None
        self.conclusion: Conclusion | None = None
        self.objected = False
        self.evidence_changed = False
        self.requests: dict[int, Request] = {}
        self.terms: list[Term] = []
        self.pauses: list[Stretch] = []
        self.files: dict[str, File] = {}
        self.links: set[str] = set()
        self.went_to: str | None = None
        self.history: list[Taken] = []
        self.begin(TermName.ASSIGN, at)
        self.begin(TermName.DECIDE, at)

    def in_charge(self, moment: datetime) -> str | None:
        """Who handles it at ``moment``: one person or nobody; the deputy while the handler is absent."""
        if self.handler is not None and self.deputy is not None and self.absence and self.absence.covers(moment):
            return self.deputy
        return self.handler

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].ended is None

    @property
    def may_be_objected_to(self) -> bool:
        """Whether a term of objection begins with serving: there is a bidder, which has not objected yet."""
        return self.about.bidder is not None and not self.objected

    def give_to(self, handler: str | None, deputy: str | None) -> None:
        self.handler, self.deputy, self.absence = handler, deputy, None
        self.involved |= {name for name in (handler, deputy) if name is not None}

    def drop_proposal(self) -> None:
        self.proposal, self.proposed_by = None, set()

    def mark_changed(self) -> None:
        """What was proposed did not know of this."""
        self.evidence_changed = True
        if self.state in (State.OPEN, State.HANDLED):
            self.drop_proposal()

    def begin(self, name: TermName, at: datetime, *, limit: int | None = None, request: int | None = None) -> None:
        self.terms.append(Term(name, at, limit or self.limits[name], request=request))

    def stop(self, name: TermName, at: datetime, *, request: int | None = None) -> None:
        self._stop(at, lambda term: term.name is name and term.request == request)

    def stop_all(self, at: datetime) -> None:
        self._stop(at, lambda _: True)
        self.resume_clock(at)

    def _stop(self, at: datetime, which: Callable[[Term], bool]) -> None:
        self.terms = [
            replace(term, stopped=at) if term.stopped is None and which(term) else term for term in self.terms
        ]

    def request(self, kind: RequestKind, term: TermName, addressee: str, days: int, at: datetime) -> None:
        number = len(self.requests) + 1
        self.requests[number] = Request(number, kind, addressee, at)
        self.begin(term, at, limit=days, request=number)

    def answered(self, number: int, term: TermName, answer: tuple[str, str] | None, at: datetime) -> None:
        self.requests[number] = replace(self.requests[number], answered_at=at, answer=answer)
        self.stop(term, at, request=number)

    def pause(self, at: datetime) -> None:
        self.pauses.append(Stretch(at, None))

    def resume_clock(self, at: datetime) -> None:
        if self.is_paused:
            self.pauses[-1] = replace(self.pauses[-1], ended=at)

    def begin_again(self, at: datetime) -> None:
        """After it was closed, or before its closing was due: another round, in which may be objected once more."""
        self.drop_proposal()
        self.conclusion, self.objected = None, False
        self.stop_all(at)
        self.begin(TermName.DECIDE, at)
        if self.handler is None:
            self.begin(TermName.ASSIGN, at)

    def leave_for(self, other: str, at: datetime) -> None:
        """The work goes on there, with all clues."""
        self.went_to, self.clues = other, []
        self.stop_all(at)

    def is_over(self, name: TermName, at: datetime, calendar: WorkingDays) -> bool:
        """Whether the last term of that name is over at ``at``; False while nobody can know."""
        term = next((each for each in reversed(self.terms) if each.name is name), None)
        if term is None:
            return True
        clock = term.clock(tuple(self.pauses), calendar, self.about.office)
        return clock.deadline is not None and clock.deadline.passed(day_in_shanghai(at))
