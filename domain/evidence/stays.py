"""The check-ins 考勤记录 of one person, and the stays on sites that they make up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from math import asin, cos, radians, sin, sqrt
from typing import Final

from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import RecordedFact
from domain.facts.attendance import AttendanceRecorded, is_lead_role

EARTH_RADIUS_KM: Final = 6371.0088
"""The mean radius of the Earth (IUGG)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place by latitude and longitude in degrees (WGS 84)."""

    lat: float
    lng: float

    def kilometres_to(self, other: "Place") -> float:
        """The great-circle distance, by the haversine formula on a sphere with the mean radius."""
        from_lat, to_lat = radians(self.lat), radians(other.lat)
        lat_term = sin((to_lat - from_lat) / 2) ** 2
        lng_term = sin(radians(other.lng - self.lng) / 2) ** 2
        # Rounding may lift the square root of two opposite points above 1, where asin has no value.
        return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(lat_term + cos(from_lat) * cos(to_lat) * lng_term)))


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One check-in or check-out; ``day`` and ``month`` are in Shanghai."""

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
    """The time from a check-in to the check-out on the same site that follows it."""

    arrival: CheckIn
    departure: CheckIn

    @property
    def hours(self) -> float:
        return (self.departure.at - self.arrival.at).total_seconds() / 3600


def fold_check_ins(person_id: str, facts: Iterable[RecordedFact]) -> tuple[CheckIn, ...]:
    """The check-ins of one person, sorted by time; of one moment, a check-out comes before a check-in."""
    check_ins = [
        _check_in(data, fact)
        for fact in facts
        if isinstance(data := fact.data, AttendanceRecorded) and data.person.person_id == person_id
    ]
    return tuple(sorted(check_ins, key=_order))


def fold_stays(check_ins: Iterable[CheckIn]) -> tuple[Stay, ...]:
    """The stays that sorted ``check_ins`` make up on each site, sorted by departure.

    A check-out ends the stay that the last check-in on the same site began.
    """
    # A check-in followed by another one, and a check-out after another one, belong to no stay: one of the
    # pair is missing, and a stay must never be longer than is surely known. Both still show presence.
    arrivals: dict[str, CheckIn] = {}
    stays = []
    for check_in in check_ins:
        if check_in.direction == "in":
            arrivals[check_in.project_code] = check_in
        elif check_in.project_code in arrivals:
            stays.append(Stay(arrivals.pop(check_in.project_code), check_in))
    return tuple(stays)


def _order(check_in: CheckIn) -> tuple[datetime, bool, str, tuple[str, str]]:
    return check_in.at, check_in.direction == "in", check_in.project_code, check_in.fact.identity


def _check_in(data: AttendanceRecorded, fact: RecordedFact) -> CheckIn:
    located = data.lat is not None and data.lng is not None
    return CheckIn(
        project_code=data.project_code,
        at=data.checked_at,
        direction=data.direction,
        method=data.method,
        place=Place(data.lat, data.lng) if located else None,  # type: ignore[arg-type]
        # The role of the lead is no special operation, for which a certificate would be needed.
        trade=None if data.trade is None or is_lead_role(data.trade) else data.trade,
        day=day_in_shanghai(data.checked_at),
        fact=fact,
    )
