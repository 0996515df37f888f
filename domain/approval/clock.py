"""The working-day clock of a case or of a step: what is used, what is left, when it runs out."""

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
    """The clock counts the working days after ``after`` until ``until`` (inclusive; None: on and on)."""

    after: date
    until: date | None


@dataclass(frozen=True)
class Clock:
    """Runs from ``started`` to ``stopped`` but for the ``pauses``, which are in order and apart.

    The day it starts does not count, the day it stops does; neither does the day a pause ends,
    while the day it begins does. ``limit`` in working days, None where none is known;
    ``lower_limit`` where a table gives a range whose lower end some projects have: it lights nothing.
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
        """The runs, the last one open, and whether the clock stands still."""
        runs: list[Run] = []
        after = day_in_shanghai(self.started)
        for pause in self.pauses:
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
    def stands(self) -> bool:
        """Whether a special procedure holds the clock."""
        return self._course[1]

    @cached_property
    def paused_seconds(self) -> int:
        """How long it stood between start and stop; 0 before it stopped."""
        if self.stopped is None:
            return 0
        total = timedelta()
        for pause in self.pauses:
            ended = self.stopped if pause.ended is None else min(pause.ended, self.stopped)
            total += max(timedelta(), ended - max(pause.began, self.started))
        return int(total.total_seconds())

    def used(self, now: datetime) -> Span:
        """Working days used by ``now``, the current day among them."""
        last = self._counted_until(now)
        runs = self._course[0]
        spans = [self._between(run.after, last if run.until is None else min(run.until, last)) for run in runs]
        return Span(sum(span.days for span in spans), any(span.at_least for span in spans))

    @cached_property
    def least_limit(self) -> int | None:
        """The shortest limit in working days that it kept; None before it stopped.

        One more than is used where it stopped on a day off after its last working day.
        """
        if self.stopped is None:
            return None
        used = self.used(self.stopped).days
        deadline = self._deadline_of(used)
        return used + (deadline is not None and deadline.passed(day_in_shanghai(self.stopped)))

    @cached_property
    def deadline(self) -> Deadline | None:
        """The last day of the limit; None without a limit, and while the clock stands before it."""
        return None if self.limit is None else self._deadline_of(self.limit)

    def over_lower_limit(self, now: datetime) -> bool | None:
        """Whether more than the lower end of the range is used by ``now``, or was; None without a range."""
        if self.lower_limit is None:
            return None
        lower = self._deadline_of(self.lower_limit)
        return lower is not None and lower.passed(day_in_shanghai(self.stopped or now))

    def _deadline_of(self, limit: int) -> Deadline | None:
        left = limit
        for run in self._course[0]:
            deadline = self.calendar.add(run.after, left, self.jurisdiction)
            if run.until is None or deadline.passed(run.until):
                return deadline
            left -= self._between(run.after, run.until).days
        return None

    def left(self, now: datetime) -> int | None:
        """Working days left of the limit by ``now``; never less than none."""
        return None if self.limit is None else max(0, self.limit - self.used(now).days)

    def light(self, now: datetime, margin: Margin) -> Light:
        """Red once the limit has passed; once stopped, red if that was late and green otherwise."""
        day, deadline = day_in_shanghai(self.stopped or now), self.deadline
        if deadline is not None and deadline.passed(day):
            return Light.RED
        if self.stopped is not None or self.limit is None:
            return Light.GREEN
        warned = self._warned(margin)
        return Light.YELLOW if warned is not None and warned <= day else Light.GREEN

    def turns(self, margin: Margin) -> tuple[datetime | None, datetime | None]:
        """When time alone turns the light yellow, and red; None where it will not."""
        if self.stopped is not None or self.limit is None:
            return None, None
        warned, deadline = self._warned(margin), self.deadline
        overdue = None if deadline is None or deadline.on is None else midnight(deadline.on + _DAY)
        return (None if warned is None else midnight(warned)), overdue

    def _warned(self, margin: Margin) -> date | None:
        """The first day on which the light is yellow, as far as is known."""
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


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends, None standing for none."""
    return min((moment for moment in (one, other) if moment is not None), default=None)
