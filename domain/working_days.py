"""Working days 工作日: the official calendar, corrected by a versioned file and by local days.

The library ``chinesecalendar`` holds the days that the State Council 国务院办公厅 has announced.
``working_days_overrides.toml`` corrects it where it is wrong or late. The working days of a year that
has not been announced are unknown: a deadline in such a year is *provisional*, without a date.
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

from chinese_calendar import constants

from domain.errors import MonitorError
from domain.identifiers import jurisdiction_covers, significant_digits

LocalDays = Mapping[str, Mapping[date, bool]]
"""Jurisdiction (an empty code is the whole country) → day → whether it is a working day there."""

_OFFICIAL_YEARS: Final[frozenset[int]] = frozenset(day.year for day in constants.holidays)


class NotAnnounced(MonitorError):
    """The working days of ``year`` have not been announced."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} have not been announced")
        self.year = year


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a limit (inclusive); ``calendar`` is the version of the calendar it was counted with.

    ``on`` is None where the limit ends in a year that has not been announced: a provisional deadline.
    """

    on: date | None
    calendar: str

    @property
    def provisional(self) -> bool:
        return self.on is None

    def passed(self, day: date) -> bool:
        """Whether ``day`` lies after the limit; False for a provisional deadline."""
        return self.on is not None and day > self.on


@dataclass(frozen=True, slots=True)
class Span:
    """A number of working days; ``at_least`` is True where part of the span has not been announced."""

    days: int
    at_least: bool


@dataclass(frozen=True)
class Overrides:
    """One version of the override file: the years it announces, and its days by jurisdiction."""

    version: str
    years: frozenset[int]
    days: LocalDays


@cache
def shipped_overrides() -> Overrides:
    """The content of ``working_days_overrides.toml``."""
    content = tomllib.loads(files("domain").joinpath("working_days_overrides.toml").read_text(encoding="utf-8"))
    days: dict[str, dict[date, bool]] = {}
    for entry in content.get("days", ()):
        days.setdefault(entry.get("jurisdiction", ""), {})[entry["day"]] = entry["working"]
    return Overrides(content["version"], frozenset(content["years"]), days)


@dataclass(frozen=True, eq=False)
class WorkingDays:
    """The calendar of every jurisdiction.

    ``local`` days come before those of the file, and the file before the library. Within each of
    them, the smaller jurisdiction comes before the larger one.
    """

    local: LocalDays = field(default_factory=dict)
    overrides: Overrides = field(default_factory=shipped_overrides)
    _calendars: dict[str, "_Calendar"] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def version(self) -> str:
        """The versions of library and override file; the calendar of a deadline names local days as well."""
        return f"chinesecalendar {installed_version('chinesecalendar')}, overrides {self.overrides.version}"

    def known(self, year: int) -> bool:
        """Whether the working days of ``year`` have been announced."""
        return year in self.years

    def is_working(self, day: date, jurisdiction: str = "") -> bool:
        """Whether ``day`` is a working day; raises :class:`NotAnnounced` for a year without a calendar."""
        if not self.known(day.year):
            raise NotAnnounced(day.year)
        days = self._calendar(jurisdiction).days
        place = bisect_left(days, day)
        return place < len(days) and days[place] == day

    def add(self, day: date, count: int, jurisdiction: str = "") -> Deadline:
        """The ``count``-th working day after ``day``; ``day`` itself where ``count`` is 0."""
        calendar = self._calendar(jurisdiction)
        if count == 0:
            return Deadline(day, calendar.version)
        place = bisect_right(calendar.days, day) + count - 1
        known = self.known(day.year) and place < len(calendar.days)
        return Deadline(calendar.days[place] if known else None, calendar.version)

    def between(self, first: date, last: date, jurisdiction: str = "") -> Span:
        """The number of working days after ``first`` up to ``last`` (inclusive); 0 where ``last`` is earlier."""
        days = self._calendar(jurisdiction).days
        counted = max(0, bisect_right(days, last) - bisect_right(days, first))
        return Span(counted, first < last and not (self.known(first.year) and self.known(last.year)))

    @cached_property
    def years(self) -> range:
        """The announced years, from the first one in the library on, without a gap."""
        # A gap would make the sorted tuple of working days skip a year, and every count across it
        # would be too small. So the years after a gap count as not announced.
        first = last = min(_OFFICIAL_YEARS)
        while last + 1 in _OFFICIAL_YEARS | self.overrides.years:
            last += 1
        return range(first, last + 1)

    def _calendar(self, jurisdiction: str) -> "_Calendar":
        calendar = self._calendars.get(jurisdiction)
        if calendar is None:
            calendar = self._calendars[jurisdiction] = self._build_calendar(jurisdiction)
        return calendar

    def _build_calendar(self, jurisdiction: str) -> "_Calendar":
        local = _days_for(self.local, jurisdiction)
        corrected = _days_for(self.overrides.days, jurisdiction) | local
        first, last = date(self.years[0], 1, 1), date(self.years[-1], 12, 31)
        every_day = (first + timedelta(days=number) for number in range((last - first).days + 1))
        days = tuple(day for day in every_day if (corrected[day] if day in corrected else _official(day)))
        return _Calendar(days, f"{self.version}, local {_digest(local)}" if local else self.version)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The working days of one jurisdiction, ascending, so that counting is a binary search."""

    days: tuple[date, ...]
    version: str


def _official(day: date) -> bool:
    """Whether the library has ``day`` as a working day.

    For a year that only the override file announces, Monday to Friday are working days; the file
    lists the days that differ.
    """
    if day.year not in _OFFICIAL_YEARS:
        return day.weekday() < 5
    # As the library's is_workday, which looks through all of its years for every day it is asked about.
    return day in constants.workdays or (day.weekday() < 5 and day not in constants.holidays)


def _days_for(days: LocalDays, jurisdiction: str) -> dict[date, bool]:
    covering = [code for code in days if code == "" or jurisdiction_covers(code, jurisdiction)]
    merged: dict[date, bool] = {}
    # From the largest jurisdiction to the smallest, so that the smallest one is merged last and wins.
    for code in sorted(covering, key=lambda code: len(significant_digits(code))):
        merged |= days[code]
    return merged


def _digest(days: Mapping[date, bool]) -> str:
    text = json.dumps(sorted((day.isoformat(), working) for day, working in days.items()))
    return blake2b(text.encode(), digest_size=4).hexdigest()


OFFICIAL_WORKING_DAYS: Final = WorkingDays()
"""The calendar without local days."""


def working_days_with(local: Mapping[date, bool]) -> WorkingDays:
    """The calendar of a place whose single days ``local`` differ from the official calendar."""
    return _with(frozenset(local.items())) if local else OFFICIAL_WORKING_DAYS


@lru_cache(maxsize=256)
def _with(local: frozenset[tuple[date, bool]]) -> WorkingDays:
    return WorkingDays(local={"": dict(local)})
