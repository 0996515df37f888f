"""Working days 工作日: the official calendar, corrected by a versioned file and by local days.

The library ``chinesecalendar`` knows the days the State Council 国务院办公厅 has announced;
``working_days_overrides.toml`` says otherwise where the library is wrong or late. A year that
nobody has announced is *provisional*: its weekdays would be a guess, so nothing is said of it.
"""

import json
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from importlib.metadata import version as installed_version
from importlib.resources import files
from typing import Final

from chinese_calendar import constants, is_workday

from domain.errors import MonitorError
from domain.identifiers import jurisdiction_covers, significant_digits

LocalDays = Mapping[str, Mapping[date, bool]]
"""By jurisdiction (an empty code is the whole country): whether a day is a working day there."""

_OFFICIAL_YEARS: Final[frozenset[int]] = frozenset(day.year for day in constants.holidays)


class NotAnnounced(MonitorError):
    """Which days of ``year`` are working days is not known."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} have not been announced")
        self.year = year


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a limit (inclusive) by a ``calendar``, named by its version.

    ``on`` is None where the limit ends in a year not announced: a provisional deadline.
    """

    on: date | None
    calendar: str

    @property
    def provisional(self) -> bool:
        return self.on is None

    def passed(self, day: date) -> bool:
        """Whether ``day`` surely lies after the limit."""
        return self.on is not None and day > self.on


@dataclass(frozen=True, slots=True)
class Span:
    """How many working days; ``at_least`` as many where part of the span is not announced."""

    days: int
    at_least: bool


@dataclass(frozen=True)
class Overrides:
    """A version of the override file: the years it announces, and days by jurisdiction."""

    version: str
    years: frozenset[int]
    days: LocalDays


@cache
def shipped_overrides() -> Overrides:
    """``working_days_overrides.toml``."""
    said = tomllib.loads(files("domain").joinpath("working_days_overrides.toml").read_text(encoding="utf-8"))
    days: dict[str, dict[date, bool]] = {}
    for entry in said.get("days", ()):
        days.setdefault(entry.get("jurisdiction", ""), {})[entry["day"]] = entry["working"]
    return Overrides(said["version"], frozenset(said["years"]), days)


@dataclass(frozen=True, eq=False)
class WorkingDays:
    """The calendar of every jurisdiction.

    Of what is said about a day, ``local`` wins over the file, the file over the library, and
    in each of them the deeper jurisdiction over the wider one.
    """

    local: LocalDays = field(default_factory=dict)
    overrides: Overrides = field(default_factory=shipped_overrides)
    _of: dict[str, "_Calendar"] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def version(self) -> str:
        """Library and override file; a deadline also names the local days it was counted with."""
        return f"chinesecalendar {installed_version('chinesecalendar')}, overrides {self.overrides.version}"

    def known(self, year: int) -> bool:
        """Whether the working days of ``year`` have been announced."""
        return year in self.years

    def is_working(self, day: date, jurisdiction: str = "") -> bool:
        """Raises :class:`NotAnnounced`."""
        if not self.known(day.year):
            raise NotAnnounced(day.year)
        days = self._calendar(jurisdiction).days
        place = bisect_left(days, day)
        return place < len(days) and days[place] == day

    def add(self, day: date, count: int, jurisdiction: str = "") -> Deadline:
        """The ``count``-th working day after ``day``, which itself does not count; 0 is ``day``."""
        calendar = self._calendar(jurisdiction)
        if count == 0:
            return Deadline(day, calendar.version)
        place = bisect_right(calendar.days, day) + count - 1
        known = self.known(day.year) and place < len(calendar.days)
        return Deadline(calendar.days[place] if known else None, calendar.version)

    def between(self, first: date, last: date, jurisdiction: str = "") -> Span:
        """The working days after ``first`` until ``last`` (inclusive); none where ``last`` is earlier."""
        days = self._calendar(jurisdiction).days
        counted = max(0, bisect_right(days, last) - bisect_right(days, first))
        return Span(counted, first < last and not (self.known(first.year) and self.known(last.year)))

    @cached_property
    def years(self) -> range:
        """The years announced, from the library's first one on without a gap."""
        first = last = min(_OFFICIAL_YEARS)
        while last + 1 in _OFFICIAL_YEARS | self.overrides.years:
            last += 1
        return range(first, last + 1)

    def _calendar(self, jurisdiction: str) -> "_Calendar":
        found = self._of.get(jurisdiction)
        if found is None:
            found = self._of[jurisdiction] = self._worked_out(jurisdiction)
        return found

    def _worked_out(self, jurisdiction: str) -> "_Calendar":
        own = _said_of(self.local, jurisdiction)
        said = _said_of(self.overrides.days, jurisdiction) | own
        first, last = date(self.years[0], 1, 1), date(self.years[-1], 12, 31)
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        days = tuple(day for day in every if (said[day] if day in said else _official(day)))
        return _Calendar(days, f"{self.version}, local {_digest(own)}" if own else self.version)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The working days of one jurisdiction, ascending."""

    days: tuple[date, ...]
    version: str


def _official(day: date) -> bool:
    """Years of the override file alone start from weekdays; the file lists what differs."""
    return bool(is_workday(day)) if day.year in _OFFICIAL_YEARS else day.weekday() < 5


def _said_of(days: LocalDays, jurisdiction: str) -> dict[date, bool]:
    covering = [code for code in days if code == "" or jurisdiction_covers(code, jurisdiction)]
    merged: dict[date, bool] = {}
    for code in sorted(covering, key=lambda code: len(significant_digits(code))):
        merged |= days[code]
    return merged


def _digest(days: Mapping[date, bool]) -> str:
    text = json.dumps(sorted((day.isoformat(), working) for day, working in days.items()))
    return blake2b(text.encode(), digest_size=4).hexdigest()


OFFICIAL_WORKING_DAYS: Final = WorkingDays()
"""The calendar without local days."""


def working_days_with(local: Mapping[date, bool]) -> WorkingDays:
    """The calendar of a place that says ``local`` of single days."""
    return _with(frozenset(local.items())) if local else OFFICIAL_WORKING_DAYS


@lru_cache(maxsize=256)
def _with(local: frozenset[tuple[date, bool]]) -> WorkingDays:
    return WorkingDays(local={"": dict(local)})
