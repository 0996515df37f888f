"""The working-day clock of a case or of a step: days used, days left, and the deadline."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from domain.approval.lights import Light, Margin, midnight
from domain.approval.pauses import Stretch
from domain.evidence.days import day_in_shanghai
from domain.working_days import Deadline, Span, WorkingDays

_DAY = timedelta(days=1)


class Run(NamedTuple):
    """A part of the clock's time in which it counts: the days after ``after`` up to ``until`` (inclusive).

    ``until`` is None where the run has no end.
    """

    after: date
    until: date | None


@dataclass(frozen=True)
class Clock:
    """Counts working days from ``started`` to ``stopped``, without the ``pauses``.

    ``pauses`` are sorted and do not touch each other. The day of the start and the day on which a pause
    ends do not count; the day of the stop and the day on which a pause begins do. ``limit`` is in
    working days, None where no limit is known. ``lower_limit`` is the lower end of a range that a
    table gives without saying for which projects; it changes no light.
    """

    started: datetime
    stopped: datetime | None
    pauses: tuple[Stretch, ...]
    limit: int | None
    calendar: WorkingDays
    jurisdiction: str
    lower_limit: int | None = None

    @cached_property
    def _course(self) -> tuple[tuple[Run, ...], bool]:
        """The runs of the clock, and whether it is paused at the end of them.

        Unless the clock is paused, the last run has no end: how far it is counted is up to the caller.
        """
        runs: list[Run] = []
        after = day_in_shanghai(self.started)
        for pause in self.pauses:
            # A procedure may have begun and ended before the acceptance: then there is nothing to stop.
            if pause.ended is not None and pause.ended <= self.started:
                continue
            if self.stopped is not None and pause.began >= self.stopped:
                break
            runs.append(Run(after, day_in_shanghai(max(pause.began, self.started))))
            ended = _earlier(pause.ended, self.stopped)
            if ended is None:
                return tuple(runs), True
            after = day_in_shanghai(ended)
        return (*runs, Run(after, None)), False

    @property
    def paused(self) -> bool:
        """Whether a special procedure stops the clock and has not ended."""
        return self._course[1]

    @cached_property
    def paused_seconds(self) -> int:
        """How many seconds the clock was paused between start and stop; 0 while it has not stopped."""
        if self.stopped is None:
            return 0
        total = timedelta()
        for pause in self.pauses:
            ended = self.stopped if pause.ended is None else min(pause.ended, self.stopped)
            total += max(timedelta(), ended - max(pause.began, self.started))
        return int(total.total_seconds())

    def used(self, now: datetime) -> Span:
        """The working days used up to ``now``, the current day included."""
        last = self._counted_until(now)
        runs = self._course[0]
        spans = [self._between(run.after, last if run.until is None else min(run.until, last)) for run in runs]
        return Span(sum(span.days for span in spans), any(span.at_least for span in spans))

    @cached_property
    def least_limit(self) -> int | None:
        """The shortest limit in working days that would have been kept; None while the clock has not stopped."""
        if self.stopped is None:
            return None
        used = self.used(self.stopped).days
        # A clock that stops on a day off has used no more working days than on the working day
        # before, but that day's limit has passed: only a limit of one day more would have been kept.
        deadline = self._deadline_of(used)
        return used + (deadline is not None and deadline.passed(day_in_shanghai(self.stopped)))

    @cached_property
    def deadline(self) -> Deadline | None:
        """The last day of the limit; None without a limit, and while the clock is paused before that day."""
        return None if self.limit is None else self._deadline_of(self.limit)

    def over_lower_limit(self, now: datetime) -> bool | None:
        """Whether the lower end of the range has passed by ``now``, or by the stop; None without a range."""
        if self.lower_limit is None:
            return None
        lower = self._deadline_of(self.lower_limit)
        return lower is not None and lower.passed(day_in_shanghai(self.stopped or now))

    def _deadline_of(self, limit: int) -> Deadline | None:
        left = limit
        for run in self._course[0]:
            # A limit that would end on the day on which a pause begins ends on the day on which the
            # pause ends: the clock stops within that day, so the limit has not passed there.
            deadline = self.calendar.add(run.after, left, self.jurisdiction)
            if run.until is None or deadline.passed(run.until):
                return deadline
            left -= self._between(run.after, run.until).days
        return None

    def left(self, now: datetime) -> int | None:
        """The working days left of the limit at ``now``, at least 0; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used(now).days)

    def light(self, now: datetime, margin: Margin) -> Light:
        """The light at ``now``: red after the limit; for a stopped clock, red if it stopped late, else green."""
        day, deadline = day_in_shanghai(self.stopped or now), self.deadline
        if deadline is not None and deadline.passed(day):
            return Light.RED
        if self.stopped is not None or self.limit is None:
            return Light.GREEN
        warned = self._warned(margin)
        return Light.YELLOW if warned is not None and warned <= day else Light.GREEN

    def light_changes(self, margin: Margin) -> tuple[datetime | None, datetime | None]:
        """When time alone makes the light yellow and when red; None where it will not, or nobody can know yet."""
        if self.stopped is not None or self.limit is None:
            return None, None
        warned, deadline = self._warned(margin), self.deadline
        overdue = None if deadline is None or deadline.on is None else midnight(deadline.on + _DAY)
        return (None if warned is None else midnight(warned)), overdue

    def _warned(self, margin: Margin) -> date | None:
        """The first day on which the light is yellow.

        None while the clock is paused before that day, or where the day's year is not announced.
        """
        assert self.limit is not None
        left = margin.used_from(self.limit)
        for after, until in self._course[0]:
            day = self.calendar.add(after, max(0, left), self.jurisdiction).on
            if until is None or (day is not None and day <= until):
                return day
            left -= self._between(after, until).days
        return None

    def _counted_until(self, now: datetime) -> date:
        return day_in_shanghai(now if self.stopped is None else min(now, self.stopped))

    def _between(self, first: date, last: date) -> Span:
        return self.calendar.between(first, last, self.jurisdiction)


def _earlier(end: datetime | None, stop: datetime | None) -> datetime | None:
    """The earlier of two moments, either of which may be missing; None where both are."""
    return min((moment for moment in (end, stop) if moment is not None), default=None)
