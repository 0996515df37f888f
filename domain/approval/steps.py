"""The steps 审批环节 of an approval case: what its entries name as such."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.approval.clock import Clock
from domain.approval.entries import CLOSING, Entry, acceptance
from domain.identifiers import organisation_key


@dataclass(frozen=True, slots=True)
class Part:
    """The entries of one step, and when it ended; None while it lasts."""

    key: str
    entries: tuple[Entry, ...]
    ended: datetime | None

    @property
    def name(self) -> str:
        """As it was written first."""
        return self.entries[0].said.step or ""

    def started(self, case_accepted: Entry | None) -> datetime | None:
        """Its own acceptance, else its first entry once the case has been accepted."""
        own = acceptance(self.entries)
        if own is not None:
            return own.at if self.ended is None or own.at <= self.ended else None
        first = self.entries[0].at
        return first if case_accepted is not None and first >= case_accepted.at else None


@dataclass(frozen=True, slots=True)
class Step:
    """A step with its limit in working days and its clock; None where there is none."""

    part: Part
    limit: int | None
    clock: Clock | None

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def key(self) -> str:
        """The name in one spelling."""
        return self.part.key

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.part.entries


def parts_of(entries: Sequence[Entry], closed: Entry | None) -> Iterator[Part]:
    """By step, in the order of their first entries.

    A step ends with the entry that decides or closes it, else when the next step begins, else
    with the case.
    """
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.said.step is not None:
            by_name.setdefault(organisation_key(entry.said.step), []).append(entry)
    begun = [part[0] for part in by_name.values()]
    for place, (key, own) in enumerate(by_name.items()):
        following = begun[place + 1] if place + 1 < len(begun) else None
        end = next((entry for entry in reversed(own) if entry.state in CLOSING), None) or following or closed
        yield Part(key, tuple(own), end.at if end is not None else None)


def stated_limit(entries: Iterable[Entry]) -> int | None:
    """The limit that these entries state last, in working days."""
    stated = [entry.said.limit_working_days for entry in entries if entry.said.limit_working_days is not None]
    return stated[-1] if stated else None
