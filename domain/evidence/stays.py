"""Check-ins 考勤记录 of one person, and the stays on site they make up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from math import asin, cos, radians, sin, sqrt
from typing import Final

from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import RecordedFact
from domain.facts.attendance import AttendanceRecorded

EARTH_RADIUS_KM: Final = 6371.0088
"""The mean radius of the Earth (IUGG)."""


@dataclass(frozen=True, slots=True)
class Place:
    """In degrees (WGS 84)."""

    lat: float
    lng: float

    def kilometres_to(self, other: "Place") -> float:
        """The great-circle distance, by the haversine formula on a sphere of the mean radius."""
        north, south = radians(self.lat), radians(other.lat)
        across = sin((south - north) / 2) ** 2
        along = sin(radians(other.lng - self.lng) / 2) ** 2
        return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(across + cos(north) * cos(south) * along)))


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One check-in or check-out; ``day`` and ``month`` are those of Shanghai."""

    project_code: str
    at: datetime
    direction: str
    method: str
    place: Place | None
    trade: str | None
    day: date
    fact: RecordedFact

    @property
    def month(self) -> str:
        return month_of(self.day)


@dataclass(frozen=True, slots=True)
class Stay:
    """From a check-in to the check-out on the same site that follows it."""

    arrival: CheckIn
    departure: CheckIn

    @property
    def hours(self) -> float:
        return (self.departure.at - self.arrival.at).total_seconds() / 3600


def fold_check_ins(person_id: str, facts: Iterable[RecordedFact]) -> tuple[CheckIn, ...]:
    """The check-ins of one person by time; at one moment who leaves comes before who arrives."""
    found = [
        _check_in(data, fact)
        for fact in facts
        if isinstance(data := fact.data, AttendanceRecorded) and data.person.person_id == person_id
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.direction == "in", one.project_code, one.fact.identity)))


def fold_stays(check_ins: Iterable[CheckIn]) -> tuple[Stay, ...]:
    """The stays that ``check_ins``, in their order, make up on each site, by departure.

    A check-out ends the stay that the last check-in on the same site began. A check-in that is
    followed by another one, and a check-out that follows another one, belong to no stay: a stay
    is never longer than what is surely known. They still show that the person was there.
    """
    arrivals: dict[str, CheckIn] = {}
    stays = []
    for one in check_ins:
        if one.direction == "in":
            arrivals[one.project_code] = one
        elif one.project_code in arrivals:
            stays.append(Stay(arrivals.pop(one.project_code), one))
    return tuple(stays)


def _check_in(data: AttendanceRecorded, fact: RecordedFact) -> CheckIn:
    located = data.lat is not None and data.lng is not None
    return CheckIn(
        project_code=data.project_code,
        at=data.checked_at,
        direction=data.direction,
        method=data.method,
        place=Place(data.lat, data.lng) if located else None,  # type: ignore[arg-type]
        trade=data.trade,
        day=day_in_shanghai(data.checked_at),
        fact=fact,
    )
