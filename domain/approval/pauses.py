"""What interrupts an approval case: special procedures 特别程序 and corrections 补正."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.approval.entries import Entry
from domain.identifiers import organisation_key


@dataclass(frozen=True, slots=True)
class Interruption:
    """From ``began`` to ``ended``; None while it lasts."""

    began: Entry
    ended: Entry | None

    @property
    def procedure(self) -> str | None:
        """What the special procedure is called, where one of its entries says so."""
        names = (entry.said.special_procedure for entry in (self.began, self.ended) if entry is not None)
        return next((name for name in names if name), None)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (self.began,) if self.ended is None else (self.began, self.ended)

    def is_listed(self, listed: frozenset[str]) -> bool:
        """Whether it may stop the clock; ``listed`` are normalised names."""
        return self.procedure is not None and organisation_key(self.procedure) in listed


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time; ``ended`` None while it lasts."""

    began: datetime
    ended: datetime | None


def special_procedures(entries: Iterable[Entry]) -> tuple[Interruption, ...]:
    return tuple(_paired(entries, "special-started", "special-finished"))


def corrections(entries: Iterable[Entry]) -> tuple[Interruption, ...]:
    """Each time the applicant was asked for corrections; said twice of one moment, it counts once."""
    found = _paired(entries, "correction-started", "correction-finished")
    return tuple({each.began.at: each for each in found}.values())


def _paired(entries: Iterable[Entry], start: str, finish: str) -> Iterator[Interruption]:
    """An end closes the first open beginning of its name, or of any name where either has none."""
    waiting: list[Entry] = []
    ends: dict[int, Entry] = {}
    begun: list[Entry] = []
    for entry in entries:
        if entry.state == start:
            begun.append(entry)
            waiting.append(entry)
        elif entry.state == finish:
            fitting = next((open_ for open_ in waiting if _fits(open_, entry)), None)
            if fitting is not None:
                waiting.remove(fitting)
                ends[id(fitting)] = entry
    yield from (Interruption(entry, ends.get(id(entry))) for entry in begun)


def _fits(began: Entry, ended: Entry) -> bool:
    one, other = began.said.special_procedure, ended.said.special_procedure
    return one is None or other is None or organisation_key(one) == organisation_key(other)


def joined(interruptions: Iterable[Interruption]) -> tuple[Stretch, ...]:
    """The time they cover, in order, none touching the next."""
    stretches: list[Stretch] = []
    times = [(each.began.at, each.ended.at if each.ended else None) for each in interruptions]
    for began, ended in sorted(times, key=lambda time: time[0]):
        last = stretches[-1] if stretches else None
        if last is None or (last.ended is not None and began > last.ended):
            stretches.append(Stretch(began, ended))
        else:
            until = None if None in (last.ended, ended) else max(filter(None, (last.ended, ended)))
            stretches[-1] = Stretch(last.began, until)
    return tuple(stretches)
