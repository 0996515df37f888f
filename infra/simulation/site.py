"""One site of the city: who works there on which days, and the lines its attendance platform sends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.months import Month, at, month_of, working_days
from infra.simulation.people import Person
from infra.simulation.wire import ATTENDANCE, Post, Reference, Sent, envelope, fragment, stamp

KIND = "attendance-recorded"
_ANY_METHOD = ("face", "face", "face", "face", "fingerprint", "fingerprint", "card", "gps", "manual")
_BY_MACHINE = ("face", "face", "fingerprint", "card")
_MISSES_ONE_DAY_IN = 10


@dataclass
class Worker:
    """Somebody on site; ``there`` are the days on which they come, for months that are told apart.

    Who is ``watched`` otherwise misses one day in ten of a month and is never entered by hand;
    the others come and go as people do. ``trade`` is a special operation.
    """

    person: Person
    watched: bool = False
    there: dict[Month, list[date]] = field(default_factory=dict)
    trade: str | None = None

    def comes(self, day: date, number: int, rng: Random) -> bool:
        """Whether there on ``day``, the ``number``-th working day of the month on this site."""
        by_chance = rng.random() < 0.93
        if month_of(day) in self.there:
            return day in self.there[month_of(day)]
        return number % _MISSES_ONE_DAY_IN != _MISSES_ONE_DAY_IN - 1 if self.watched else by_chance


@dataclass
class Site:
    """``stops`` are days without construction, both inclusive; ``completed`` is the day of acceptance."""

    number: int
    project_code: str
    contractor: Firm
    lead: Worker
    crew: list[Worker]
    started: date
    completed: date
    stops: list[tuple[date, date]] = field(default_factory=list)

    def workers(self) -> Iterator[Worker]:
        yield self.lead
        yield from self.crew

    def days(self, month: Month) -> list[date]:
        """The working days of ``month`` on which the site is under construction."""
        return [day for day in working_days(month) if self.started <= day < self.completed and not self._stopped(day)]

    def _stopped(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.stops)

    def said(
        self,
        post: Post,
        kind: str,
        on: date,
        *,
        lead: Person | None = None,
        arrives: datetime | None = None,
        **more: Any,
    ) -> Reference:
        """Plan a message about the project itself, which names ``lead`` where somebody else took over."""
        data = {
            "project_code": self.project_code,
            "contractor": self.contractor.org,
            "lead": (lead or self.lead.person).door,
            "on": on.isoformat(),
        }
        return post.send(kind, ATTENDANCE, data | more, happened=on, arrives=arrives)

    def check_ins(self, month: Month, rng: Random) -> Iterator[Sent]:
        """In and out of everyone; the platform sends a day in the evening, seldom it was offline for weeks."""
        for number, day in enumerate(self.days(month)):
            days_late = rng.randrange(3, 20) if rng.random() < 0.03 else 0
            arrival = at(day, 20) + timedelta(days=days_late, minutes=rng.randrange(0, 120))
            for place, worker in enumerate(self.workers()):
                if worker.comes(day, number, rng):
                    method = rng.choice(_BY_MACHINE if worker.watched else _ANY_METHOD)
                    times = at(day, 7, rng.randrange(20, 59)), at(day, 17, rng.randrange(30, 59))
                    for direction, moment in zip(("in", "out"), times, strict=True):
                        reference = f"KQ-{self.number:04d}-{day:%Y%m%d}-{place:02d}-{direction}"
                        yield self._check_in(worker, (reference, direction, method), moment, arrival)

    def _check_in(self, worker: Worker, said: tuple[str, str, str], moment: datetime, arrival: datetime) -> Sent:
        number, direction, method = said
        happened = stamp(moment)
        trade = f',"trade":{fragment(worker.trade)}' if worker.trade else ""
        data = (
            f'{{"person":{worker.person.fragment},"project_code":"{self.project_code}","checked_at":"{happened}",'
            f'"direction":"{direction}","method":"{method}"{trade}}}'
        )
        return Sent(arrival, KIND, envelope(KIND, Reference(ATTENDANCE, number), happened, happened, data))
