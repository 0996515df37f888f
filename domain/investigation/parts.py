"""What an investigation consists of besides its state: what it is about, requests, terms, files, absences."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter

from domain.approval.clock import Clock
from domain.approval.pauses import Stretch
from domain.evidence.days import day_in_shanghai
from domain.working_days import WorkingDays


@dataclass(frozen=True, slots=True)
class About:
    """``matter_id`` None: a complaint that no clue speaks of. ``parties`` are keys of organisations; nobody who speaks
    for one of them takes part for the office. ``bidder`` is the one that explains and objects.
    """

    office: str
    title: str
    matter_id: str | None = None
    person_id: str | None = None
    bidder: str | None = None
    parties: tuple[str, ...] = ()


ABOUT: Final = TypeAdapter(About)


def about_record(about: About) -> dict[str, Any]:
    """As an event keeps it: plain JSON."""
    record: dict[str, Any] = ABOUT.dump_python(about, mode="json", exclude_none=True)
    return record


class RequestKind(StrEnum):
    EXPLANATION = "explanation"
    """要求说明"""
    ASSISTANCE = "assistance"
    """协查"""


@dataclass(frozen=True, slots=True)
class Request:
    """``addressee`` is a bidder's key, a source or an office. ``answer`` names the fact it is recorded as."""

    number: int
    kind: RequestKind
    addressee: str
    asked_at: datetime
    answered_at: datetime | None = None
    answer: tuple[str, str] | None = None


class TermName(StrEnum):
    ASSIGN = "assign"
    """分派"""
    DECIDE = "decide"
    """审定"""
    EXPLAIN = "explain"
    """说明"""
    ASSIST = "assist"
    """协查"""
    OBJECT = "object"
    """申诉"""
    REVIEW = "review"
    """复核"""


@dataclass(frozen=True, slots=True)
class Term:
    """``limit`` in working days after the day of ``started``. ``request`` is the number of the request it is for."""

    name: TermName
    started: datetime
    limit: int
    stopped: datetime | None = None
    request: int | None = None

    def clock(self, pauses: tuple[Stretch, ...], calendar: WorkingDays, office: str) -> Clock:
        """Lawful pauses stop the clock of the decision alone."""
        stops = pauses if self.name is TermName.DECIDE else ()
        return Clock(self.started, self.stopped, stops, self.limit, calendar, office)


@dataclass(frozen=True, slots=True)
class Absence:
    """Of the handler; the days are in Shanghai, both inclusive."""

    first: date
    last: date

    def covers(self, moment: datetime) -> bool:
        return self.first <= day_in_shanghai(moment) <= self.last


@dataclass(frozen=True, slots=True)
class File:
    """A file of the investigation; its content is sealed elsewhere under ``sha256``."""

    sha256: str
    size: int
    media_type: str


LARGEST_FILE: Final = 20 * 1024 * 1024
MEDIA_TYPES: Final = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "text/plain",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
)


class PauseGround(StrEnum):
    """When the law lets a clock stand still."""

    EXPERTISE = "expertise"
    """鉴定、专家评审"""
    AUTHORITY = "authority"
    """等待有关机关的认定"""
    COURT = "court"
    """以另案的审理结果为依据"""
    FORCE_MAJEURE = "force-majeure"
    """不可抗力"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: ``by`` is who, as the event keeps it."""

    version: int
    at: datetime
    step: str
    state: str
    by: dict[str, Any]
    reason: str | None
