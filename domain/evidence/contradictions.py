"""Check-ins that cannot all be true 自相矛盾的签到: the smallest set of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import radians

from domain.evidence.site import ROAD_WINDOW, MovementsCase
from domain.evidence.stays import EARTH_RADIUS_KM, CheckIn, Stay


@dataclass(frozen=True, slots=True)
class Travel:
    """How fast a person can get from one site to another.

    The road is taken to be ``detour_factor`` times the great-circle distance. Before that, the distance
    is shortened by ``coordinate_error_metres``, because coordinates may be wrong by so much.
    """

    speed_limit_kmh: int | Decimal
    detour_factor: int | Decimal
    coordinate_error_metres: int | Decimal

    def takes(self, kilometres: float) -> timedelta:
        """The least time for the way between coordinates that are ``kilometres`` apart."""
        road = max(0.0, kilometres - float(self.coordinate_error_metres) / 1000) * float(self.detour_factor)
        return timedelta(hours=road / float(self.speed_limit_kmh))

    def same_place(self, one: CheckIn, other: CheckIn) -> bool:
        """Whether both have coordinates, and these are no further apart than their error."""
        kilometres = apart(one, other)
        return kilometres is not None and kilometres * 1000 <= float(self.coordinate_error_metres)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A set of check-ins that cannot all be true, sorted by time.

    ``kilometres`` is their distance and ``needed`` the time for the way, where the road is too long.
    """

    check_ins: tuple[CheckIn, ...]
    kilometres: float | None = None
    needed: timedelta | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts smaller sets first, then earlier ones, then by the identity of their facts."""
        times = [check_in.at for check_in in self.check_ins]
        return len(times), times, [check_in.fact.identity for check_in in self.check_ins]


def apart(one: CheckIn, other: CheckIn) -> float | None:
    """The great-circle distance in kilometres; None where a coordinate is missing."""
    return one.place.kilometres_to(other.place) if one.place and other.place else None


def smallest_contradiction(case: MovementsCase, travel: Travel, longest_stay: timedelta) -> Contradiction | None:
    """The first contradiction by :attr:`Contradiction.order`; None where there is none.

    Its last check-in lies in the month of the case. Two check-ins contradict each other where the way
    between them takes longer than the time between them. Three do where a stay of up to
    ``longest_stay`` includes a check-in on another site. So no contradiction needs more than three.
    """
    # A pair is smaller than any triple, so triples are looked for only where there is no pair.
    by_road = _smallest(case, _too_far(case, travel))
    return by_road or _smallest(case, _elsewhere(case, travel, longest_stay))


def _smallest(case: MovementsCase, candidates: Iterator[Contradiction]) -> Contradiction | None:
    own = (candidate for candidate in candidates if candidate.check_ins[-1].month == case.month)
    return min(own, key=lambda candidate: candidate.order, default=None)


def _too_far(case: MovementsCase, travel: Travel) -> Iterator[Contradiction]:
    located = [check_in for check_in in case.check_ins if check_in.place]
    # No way between two of these check-ins takes longer than the window. So only pairs within it are
    # compared, and not all pairs of the month.
    window = min(ROAD_WINDOW, travel.takes(_extent(located)))
    for place, later in enumerate(located):
        for earlier in reversed(located[:place]):
            if later.at - earlier.at >= window:
                break
            if earlier.project_code != later.project_code:
                yield from _by_road(earlier, later, travel)


def _by_road(earlier: CheckIn, later: CheckIn, travel: Travel) -> Iterator[Contradiction]:
    kilometres = apart(earlier, later)
    assert kilometres is not None
    needed = travel.takes(kilometres)
    if later.at - earlier.at < needed:
        yield Contradiction(_by_time(earlier, later), kilometres, needed)


def _elsewhere(case: MovementsCase, travel: Travel, longest_stay: timedelta) -> Iterator[Contradiction]:
    """The check-ins on another site during a stay, each with the beginning and the end of the stay."""
    times = [check_in.at for check_in in case.check_ins]
    for stay in case.stays:
        begins, ends = stay.arrival.at, stay.departure.at
        if begins < ends and ends - begins <= longest_stay:
            for other in case.check_ins[bisect_left(times, begins) : bisect_right(times, ends)]:
                if _is_inside(other, begins, ends) and _is_elsewhere(case, stay, other, travel):
                    yield Contradiction(_by_time(stay.arrival, stay.departure, other))


def _is_inside(check_in: CheckIn, begins: datetime, ends: datetime) -> bool:
    # Who checks in is on the site right after that moment, and who checks out was there right before.
    # So a check-in at the very end of the stay, or a check-out at its very beginning, lies outside.
    return check_in.at < ends if check_in.direction == "in" else check_in.at > begins


def _is_elsewhere(case: MovementsCase, stay: Stay, other: CheckIn, travel: Travel) -> bool:
    if other.project_code == stay.arrival.project_code or case.adjoin(other.project_code, stay.arrival.project_code):
        return False
    return not any(travel.same_place(other, end) for end in (stay.arrival, stay.departure))


def _by_time(*check_ins: CheckIn) -> tuple[CheckIn, ...]:
    return tuple(sorted(check_ins, key=lambda check_in: (check_in.at, check_in.fact.identity)))


def _extent(check_ins: list[CheckIn]) -> float:
    """An upper bound, in kilometres, of the distance between any two of ``check_ins``."""
    # The way along a meridian and then along a parallel is never shorter than the great circle. The
    # last factor makes up for rounding.
    lats = [check_in.place.lat for check_in in check_ins if check_in.place]
    lngs = [check_in.place.lng for check_in in check_ins if check_in.place]
    if not lats:
        return 0.0
    return EARTH_RADIUS_KM * radians(max(lats) - min(lats) + max(lngs) - min(lngs)) * (1 + 1e-9)
