"""Interruptions of an approval case: special procedures 特别程序 and correction requests 补正."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.approval.entries import Entry
from domain.identifiers import organisation_key


@dataclass(frozen=True, slots=True)
class Interruption:
    """An interruption from the entry ``began`` to the entry ``ended``, which is None while it lasts."""

    began: Entry
    ended: Entry | None

    @property
    def procedure(self) -> str | None:
        """The name of the special procedure; None where neither of its entries names one."""
        names = (entry.statement.special_procedure for entry in (self.began, self.ended) if entry is not None)
        return next((name for name in names if name), None)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (self.began,) if self.ended is None else (self.began, self.ended)

    def is_listed(self, listed: frozenset[str]) -> bool:
        """Whether the procedure may stop the clock; ``listed`` are normalised names."""
        return self.procedure is not None and organisation_key(self.procedure) in listed


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time; ``ended`` is None while it lasts."""

    began: datetime
    ended: datetime | None


def special_procedures(entries: Iterable[Entry]) -> tuple[Interruption, ...]:
    return tuple(_paired(entries, "special-started", "special-finished"))


def corrections(entries: Iterable[Entry]) -> tuple[Interruption, ...]:
    """The requests to the applicant to correct something; entries of one moment count once."""
    requests = _paired(entries, "correction-started", "correction-finished")
    return tuple({request.began.at: request for request in requests}.values())


def _paired(entries: Iterable[Entry], start: str, finish: str) -> Iterator[Interruption]:
    """The interruptions, by their beginning.

    An end belongs to the earliest open beginning with the same name. A beginning or an end without a
    name goes with any name.
    """
    still_open: list[Entry] = []
    ends: dict[int, Entry] = {}
    begun: list[Entry] = []
    for entry in entries:
        if entry.state == start:
            begun.append(entry)
            still_open.append(entry)
        elif entry.state == finish:
            beginning = next((began for began in still_open if _same_procedure(began, entry)), None)
            if beginning is not None:
                still_open.remove(beginning)
                ends[id(beginning)] = entry
    yield from (Interruption(entry, ends.get(id(entry))) for entry in begun)


def _same_procedure(began: Entry, ended: Entry) -> bool:
    first, second = began.statement.special_procedure, ended.statement.special_procedure
    return first is None or second is None or organisation_key(first) == organisation_key(second)


def joined(interruptions: Iterable[Interruption]) -> tuple[Stretch, ...]:
    """The time that ``interruptions`` cover, as sorted stretches that do not touch each other."""
    stretches: list[Stretch] = []
    times = [(pause.began.at, pause.ended.at if pause.ended else None) for pause in interruptions]
    for began, ended in sorted(times, key=lambda time: time[0]):
        last = stretches[-1] if stretches else None
        if last is None or (last.ended is not None and began > last.ended):
            stretches.append(Stretch(began, ended))
        else:
            until = None if None in (last.ended, ended) else max(filter(None, (last.ended, ended)))
            stretches[-1] = Stretch(last.began, until)
    return tuple(stretches)
