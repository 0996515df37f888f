"""Check-ins and the stays on site they make up."""

from math import isclose, pi

from domain.evidence.stays import EARTH_RADIUS_KM, CheckIn, Place, fold_check_ins, fold_stays
from domain.facts.attendance import AttendanceRecorded
from tests.builders import LEAD, SOMEONE_ELSE, in_order
from tests.site_builders import ELSEWHERE, checked, stayed


def check_ins(*facts: AttendanceRecorded) -> tuple[CheckIn, ...]:
    return fold_check_ins(LEAD.person_id, in_order(facts))


def stays(*facts: AttendanceRecorded) -> list[str]:
    """As ``hh:mm-hh:mm``."""
    return [f"{stay.arrival.at:%H:%M}-{stay.departure.at:%H:%M}" for stay in fold_stays(check_ins(*facts))]


def test_a_stay_runs_from_a_check_in_to_the_next_check_out() -> None:
    facts = (*stayed("08-04", "13:00-17:00"), *stayed("08-04", "08:00-12:00"))
    assert stays(*facts) == ["08:00-12:00", "13:00-17:00"]


def test_sites_do_not_end_each_others_stays() -> None:
    facts = (*stayed("08-04", "08:00-17:00"), *stayed("08-04", "09:00-10:00", ELSEWHERE))
    assert stays(*facts) == ["09:00-10:00", "08:00-17:00"]


def test_of_several_check_ins_the_last_begins_and_of_several_check_outs_the_first_ends_a_stay() -> None:
    ins = checked("08-04 08:00"), checked("08-04 08:01")
    outs = checked("08-04 17:00", direction="out"), checked("08-04 17:01", direction="out")
    assert stays(*ins, *outs) == ["08:01-17:00"]


def test_who_leaves_and_arrives_at_one_moment_has_two_stays() -> None:
    facts = (*stayed("08-04", "12:00-17:00"), *stayed("08-04", "08:00-12:00"))
    assert stays(*facts) == ["08:00-12:00", "12:00-17:00"]


def test_a_check_in_without_a_check_out_is_no_stay() -> None:
    assert stays(checked("08-04 08:00")) == []
    assert stays(checked("08-04 08:00", direction="out")) == []


def test_other_peoples_check_ins_are_left_out() -> None:
    assert check_ins(checked("08-04 08:00", person=SOMEONE_ELSE)) == ()


def test_a_place_needs_both_coordinates() -> None:
    assert check_ins(checked("08-04 08:00", lat=23.1))[0].place is None
    assert check_ins(checked("08-04 08:00", lat=23.1, lng=113.2))[0].place == Place(23.1, 113.2)


def test_a_quarter_of_the_globe_is_as_long_as_it_is() -> None:
    assert isclose(Place(0, 0).kilometres_to(Place(90, 0)), EARTH_RADIUS_KM * pi / 2)
    assert isclose(Place(0, 179).kilometres_to(Place(0, -179)), EARTH_RADIUS_KM * pi / 90)
    assert isclose(Place(10, 20).kilometres_to(Place(-10, -160)), EARTH_RADIUS_KM * pi, rel_tol=1e-6)
    assert Place(1, 2).kilometres_to(Place(1, 2)) == 0
