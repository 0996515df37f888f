"""The steps 审批环节 of an approval case, as its entries name them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.approval.clock import Clock
from domain.approval.entries import CLOSING, Entry, acceptance
from domain.identifiers import organisation_key


@dataclass(frozen=True, slots=True)
class StepCourse:
    """The entries of one step, and when the step ended; ``ended`` is None while it lasts."""

    key: str
    entries: tuple[Entry, ...]
    ended: datetime | None

    @property
    def name(self) -> str:
        """The name of the step as its first entry writes it."""
        return self.entries[0].statement.step or ""

    def started(self, case_accepted: Entry | None) -> datetime | None:
        """When the step was accepted, else when its first entry came after the acceptance of the case.

        None where neither happened, or where the step was accepted only after its end.
        """
        own = acceptance(self.entries)
        if own is not None:
            return own.at if self.ended is None or own.at <= self.ended else None
        first = self.entries[0].at
        return first if case_accepted is not None and first >= case_accepted.at else None


@dataclass(frozen=True, slots=True)
class Step:
    """A step with its limit in working days and its clock; either may be None."""

    course: StepCourse
    limit: int | None
    clock: Clock | None

    @property
    def name(self) -> str:
        return self.course.name

    @property
    def key(self) -> str:
        """The normalised name."""
        return self.course.key

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.course.entries


def step_courses(entries: Sequence[Entry], closed: Entry | None) -> Iterator[StepCourse]:
    """The course of each step, in the order of their first entries.

    A step ends with the entry that decides or closes it, else when the next step begins, else
    with the case, which ``closed`` ended.
    """
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.statement.step is not None:
            by_name.setdefault(organisation_key(entry.statement.step), []).append(entry)
    beginnings = [own[0] for own in by_name.values()]
    for place, (key, own) in enumerate(by_name.items()):
        next_beginning = beginnings[place + 1] if place + 1 < len(beginnings) else None
        end = next((entry for entry in reversed(own) if entry.state in CLOSING), None) or next_beginning or closed
        yield StepCourse(key, tuple(own), end.at if end is not None else None)


def stated_limit(entries: Iterable[Entry]) -> int | None:
    """The last limit that ``entries`` state, in working days; None where none states one."""
    limits = [entry.statement.limit_working_days for entry in entries]
    stated = [limit for limit in limits if limit is not None]
    return stated[-1] if stated else None
