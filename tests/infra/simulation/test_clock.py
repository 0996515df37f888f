"""The city's clock: set on with the city's days, walking by itself between."""

from datetime import UTC, datetime, timedelta

from infra.simulation.clock import CityClock

BEGIN = datetime(2025, 10, 24, 9, 30)  # noqa: DTZ001 - the city's own plans carry no offset


def test_the_citys_moments_are_those_of_shanghai() -> None:
    """A plan of half past nine is half past one in UTC."""
    assert timedelta() <= CityClock(BEGIN)() - datetime(2025, 10, 24, 1, 30, tzinfo=UTC) < timedelta(minutes=1)


def test_it_walks_by_itself_and_never_back() -> None:
    """Set to an earlier moment it goes on as before."""
    clock = CityClock(BEGIN)
    first = clock()
    clock.set_on(BEGIN - timedelta(days=1))
    assert clock() > first


def test_set_on_it_is_at_least_there() -> None:
    """Days pass at once."""
    clock = CityClock(BEGIN)
    first = clock()
    clock.set_on(BEGIN + timedelta(days=8))
    assert clock() - first >= timedelta(days=7, hours=23)
