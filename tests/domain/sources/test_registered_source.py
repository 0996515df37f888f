"""A registered source: given events, when a command comes, then events."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.access import Actor, Role
from domain.errors import NotAllowed, NotEntitled
from domain.sources.bounds import BOUNDS, Bounds, bounds_record
from domain.sources.registered_source import Changed, Ended, Registered, RegisteredSource, register
from tests.source_builders import GRANTED

AT = datetime(2026, 1, 5, 1, tzinfo=UTC)
OPERATOR = Actor(Role.OPERATOR, "值班员")


def a_source() -> RegisteredSource:
    source = register("urn:bureau", GRANTED, OPERATOR, at=AT)
    source.collect_events()
    return source


def test_who_registers_a_source_is_named_in_the_event() -> None:
    source = register("urn:bureau", GRANTED, OPERATOR, at=AT)
    (event,) = source.collect_events()
    assert isinstance(event, Registered)
    assert (event.role, event.name, source.granted_by) == ("operator", "值班员", "值班员")
    assert (source.bounds, source.in_force) == (GRANTED, True)


def test_granting_what_is_granted_already_is_no_event() -> None:
    source = a_source()
    source.change(GRANTED, OPERATOR, at=AT)
    assert source.collect_events() == []


def test_a_source_that_ended_is_granted_anew() -> None:
    source = a_source()
    source.end("合同到期", OPERATOR, at=AT)
    assert (source.in_force, source.end_reason) == (False, "合同到期")
    source.change(GRANTED, OPERATOR, at=AT + timedelta(days=1))
    assert [type(event) for event in source.collect_events()] == [Ended, Changed]
    assert (source.in_force, source.end_reason) == (True, None)


def test_a_source_ends_once_and_with_a_reason() -> None:
    source = a_source()
    with pytest.raises(NotAllowed):
        source.end(" ", OPERATOR, at=AT)
    source.end("停用", OPERATOR, at=AT)
    with pytest.raises(NotAllowed):
        source.end("停用", OPERATOR, at=AT)


def test_a_registration_holds_no_id_number() -> None:
    with pytest.raises(NotAllowed):
        a_source().end("张三 110101199003070 02X", OPERATOR, at=AT)
    with pytest.raises(ValidationError):
        BOUNDS.validate_python({**bounds_record(GRANTED), "owner": "11010119900307002X"})


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_nobody_but_an_operator_registers_changes_or_ends_a_source(role: Role) -> None:
    actor, source = Actor(role, "someone", source="urn:bureau"), a_source()
    with pytest.raises(NotEntitled):
        register("urn:other", GRANTED, actor, at=AT)
    with pytest.raises(NotEntitled):
        source.change(replace(GRANTED, types=("*",)), actor, at=AT)
    with pytest.raises(NotEntitled):
        source.end("停用", actor, at=AT)


def test_a_grant_holds_on_its_first_and_its_last_day_in_shanghai() -> None:
    bounds = replace(GRANTED, valid_from=date(2026, 1, 5), valid_to=date(2026, 1, 6))
    first, last = datetime(2026, 1, 4, 16, tzinfo=UTC), datetime(2026, 1, 6, 15, 59, tzinfo=UTC)
    assert bounds.covers(first)
    assert bounds.covers(last)
    assert not bounds.covers(first - timedelta(seconds=1))
    assert not bounds.covers(last + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("granted", "area", "allowed"),
    [
        ("4401", "440106", True),
        ("4401", "440100", True),
        ("440100", "4401", True),
        ("4401", "440300", False),
        ("4401", "44", False),
        ("4401", "省直统筹", False),
        ("省直统筹", "省直统筹", True),
        ("*", "510000", True),
    ],
)
def test_an_area_is_allowed_where_it_lies_in_a_granted_one(granted: str, area: str, allowed: bool) -> None:
    bounds = Bounds("社保局", "社保局", ("insurance-paid",), (granted,))
    assert bounds.allows_area(area) is allowed
