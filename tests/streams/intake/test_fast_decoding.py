"""What a shape takes, the model takes, and both make the same of it to the byte."""

import json
from copy import deepcopy
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import model_validator

from domain.facts.conducts import ConductRecorded
from domain.facts.fact import FactData
from domain.facts.messages import OUTSIDE
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from streams.intake.fast_decoding import Unsupported, shape_of
from streams.intake.intake import Intake
from streams.intake.prepared import PreparedBatch, Rows
from tests.builders import a_check_in, a_licence, a_message, a_payment, a_registration, a_renaming, an_exemption
from tests.site_builders import a_lead_change, an_inspection

KEYS = Keys(vault=bytes(32), pseudonyms=b"p" * 32, pseudonyms_version=1, tokens=b"t" * 32)
PERSON = {"name": "诸葛青云", "id_number": "11010519491231002X"}
PEOPLE = ("person", "lead", "holder", "old", "new")


def at_the_door(message: dict[str, Any]) -> dict[str, Any]:
    data = message["data"]
    for name in PEOPLE:
        if "person_id" in data.get(name, {}):
            data[name] = dict(PERSON)
    return message


MASSES = tuple(
    at_the_door(a_message(data, id=f"m-{number}"))
    for number, data in enumerate(
        (
            a_payment(),
            a_check_in(lat=23, lng=113.25, device="gate-1"),
            a_registration(),
            a_licence(),
            a_licence(kind="special-operations", holder={"person_id": "a" * 32}),
            a_renaming(),
            a_check_in(trade="项目负责人"),
            an_inspection(role="项目负责人", present=False),
            a_lead_change(),
        )
    )
)
MEANT_OTHERWISE: tuple[Any, ...] = (
    None,
    0,
    23.5,
    True,
    "",
    "x",
    "2025-02-29",
    "2024-02-29",
    "2025-06",
    "2025-06\n",
    "1899-12-31",
    "2199-12-31",
    "2025-06-18T09:30:00Z",
    "2025-06-18T09:30:00.120+08:00",
    "2025-06-18 09:30:00+08:00",
    "2025-06-18T09:30:00",
    "2025-06-18T24:00:00+08:00",
    "2025-06-18T23:59:60+08:00",
    "1900-01-01T00:00:00+13:00",
    "91440101ma5abcde0x",
    "11010519491231002x",
    "110105194912310021",
    "110105491231002",
    "公司\0",
    "/",
    "无",
    " N/A ",
    "——",
    "'91440101MA5ABCDE0X",
    "ＭＡ５９ＡＢＣＤ１",
    "440101000123456",
    '="11010519491231002X"',
    "粤1440 000001",
    "4.40E+17",
    "911124198108030024",
    "AUS440080010112",
    {"name": "广州市建设有限公司", "uscc": "/"},
    {"name": "广州市建设有限公司", "uscc": "MA59ABCD-1"},
    {"name": "广州市建设有限公司", "aliases": ["无"]},
    {"name": "/"},
    {**PERSON, "id_number": "'11010519491231002x"},
    {**PERSON, "name": "/"},
    {**PERSON, "id_number": "/", "uscc": "91440101MA5ABCDE0X"},
    "项目11010519491231002X",
    [],
    {},
    {"name": "广州市建设有限公司"},
    {"name": "广州市建设有限公司", "aliases": ["旧名"]},
    {"name": "广州市建设有限公司", "uscc": "x"},
    PERSON,
    {**PERSON, "phone": "13800000000"},
    {**PERSON, "id_type": 3},
    {**PERSON, "uscc": "91440101MA5ABCDE0X"},
    {"person_id": "b" * 32},
    {"person_id": "b" * 32, "name_key": "c" * 32},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every field of a message."""
    if not isinstance(value, dict):
        return [path]
    return [*([path] if path else []), *(place for key, item in value.items() for place in places(item, (*path, key)))]


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    message = deepcopy(draw(st.sampled_from(MASSES)))
    for _ in range(draw(st.integers(0, 2))):
        *way, last = draw(st.sampled_from([*places(message), ("data", "further"), ("further",)]))
        place: Any = message
        for key in way:
            place = place[key] if isinstance(place, dict) and key in place else {}
        if isinstance(place, dict):
            if draw(st.booleans()) and last in place:
                del place[last]
            else:
                place[last] = deepcopy(draw(st.sampled_from(MEANT_OTHERWISE)))
    return json.dumps(message, ensure_ascii=draw(st.booleans())).encode()


def prepared(intake: Intake, message: bytes, *, shaped: bool) -> PreparedBatch | None:
    """By the shape or by the model alone; None where the shape leaves it to the model."""
    rows = Rows()
    if not shaped:
        intake._prepare_one(rows, 0, message, None)
    elif not intake._take_shaped(rows, 0, message, None):
        return None
    return rows.batch([])


def an_intake() -> Intake:
    return Intake(Vault(KEYS).pseudonymiser())


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages())
def test_what_a_shape_takes_is_what_the_model_makes_of_it(message: bytes) -> None:
    by_shape = prepared(an_intake(), message, shaped=True)
    if by_shape is not None:
        by_model = prepared(an_intake(), message, shaped=False)
        assert by_model is not None
        for column in fields(PreparedBatch):
            ours, theirs = getattr(by_shape, column.name), getattr(by_model, column.name)
            assert np.array_equal(ours, theirs) if isinstance(ours, np.ndarray) else ours == theirs, column.name


@pytest.mark.parametrize("message", MASSES, ids=lambda message: message["type"])
def test_what_comes_in_masses_has_a_shape(message: dict[str, Any]) -> None:
    assert prepared(an_intake(), json.dumps(message).encode(), shaped=True) is not None


def test_a_kind_with_a_check_of_its_own_goes_to_its_model() -> None:
    """An exemption: whether the person can have retired is noted while the ID number is at hand."""
    message = at_the_door(a_message(an_exemption(ground="retired"), id="m-1"))
    assert prepared(an_intake(), json.dumps(message).encode(), shaped=True) is None
    by_model = prepared(an_intake(), json.dumps(message).encode(), shaped=False)
    assert by_model is not None
    assert b'"of_retirement_age":' in by_model.states[0]


def test_both_ways_seal_the_same_identity() -> None:
    one, other = Vault(KEYS).pseudonymiser(), Vault(KEYS).pseudonymiser()
    message = json.dumps(MASSES[0]).encode()
    prepared(Intake(one), message, shaped=True)
    prepared(Intake(other), message, shaped=False)
    opened = [
        [(person_id, variant, Vault(KEYS).open(sealed, person_id)) for person_id, variant, sealed in each.drain()]
        for each in (one, other)
    ]
    assert opened[0] == opened[1] != []


def test_a_model_with_a_check_of_its_own_has_no_shape() -> None:
    class Checked(ConductRecorded):
        @model_validator(mode="after")
        def _published_later(self) -> "Checked":
            return self

    with pytest.raises(Unsupported):
        shape_of(Checked)


def test_most_kinds_have_a_shape_and_the_rest_is_for_the_model() -> None:
    def has_shape(data: type[FactData]) -> bool:
        try:
            shape_of(data)
        except Unsupported:
            return False
        return True

    without = {data.KIND for data in OUTSIDE if not has_shape(data)}
    assert "bid-opened" in without
    assert not without & {"insurance-paid", "attendance-recorded", "certificate-issued", "registration-recorded"}


def test_nothing_personal_is_left_in_the_row() -> None:
    batch = prepared(an_intake(), json.dumps(MASSES[1]).encode(), shaped=True)
    assert batch is not None
    assert PERSON["id_number"].encode() not in batch.states[0]
    assert PERSON["name"].encode() not in batch.states[0]
