"""What OpenAPI says of each operation holds: schemathesis calls all of them as each role, and compares."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from domain.access import Role
from infra.http.answer_models import ANSWERS
from infra.http.openapi import document
from infra.http.operations import AN_OPENING
from infra.serving.application import ROUTES
from tests.builders import BIDDER
from tests.infra.http.served import ACTORS, EVENT, SOURCE, Opening, Served, served

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
LEFT_OUT = re.compile(r"/stream$|/session/close$")
"""A stream does not end, and signing out is no call with parameters."""
SETTINGS = settings(
    max_examples=2,
    derandomize=True,
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = {"refused_sign_ins": 10_000, "sign_ins_of_one_account": 10_000}
    with served(tmp_path_factory.mktemp("data"), limits=limits) as found:
        yield found


@pytest.fixture(scope="module")
def opening(called: Served) -> Opening:
    return called.a_suspicious_opening()


@pytest.fixture(scope="module")
def operations() -> list[Any]:
    schema: Any = schemathesis.openapi.from_dict(document(ROUTES))
    return [found.ok() for found in schema.get_all_operations()]


def real_ids(opening: Opening) -> dict[str, str]:
    return {
        "clue_id": opening.clue_id,
        "tender_id": opening.tender_id,
        "lot_id": opening.lot_id,
        "person_id": opening.person_id,
        "uscc": str(BIDDER.uscc),
        "code": "E101",
        "position": "1",
        "tile": "0/000.p/1",
    }


@pytest.mark.parametrize("role", [None, *Role])
def test_every_operation_answers_as_openapi_says(
    called: Served, opening: Opening, operations: list[Any], role: Role | None
) -> None:
    headers = {"Authorization": f"Bearer {called.token(ACTORS[role])}"} if role else {}
    wrong: dict[str, str] = {}
    for operation in operations:
        roles = operation.definition.raw["x-roles"]
        if LEFT_OUT.search(operation.path) or (roles is not None and role not in roles) or (roles is None and role):
            continue
        try:
            try_out(operation, called.url, headers, real_ids(opening))
        except (AssertionError, FailureGroup) as error:
            wrong[f"{operation.method} {operation.path}"] = str(error)[:600]
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


def try_out(operation: Any, url: str, headers: dict[str, str], ids: dict[str, str]) -> None:
    """The first call is about what there is, the others about made-up things. Raises what contradicts."""
    number = itertools.count()

    @settings(SETTINGS)
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        if not next(number):
            case.path_parameters = {**(case.path_parameters or {}), **_own(case, ids)}
        case.validate_response(case.call(base_url=url, headers=headers), checks=CHECKS)

    call()


def _own(case: Any, ids: dict[str, str]) -> dict[str, str]:
    return {name: ids[name] for name in case.path_parameters or {} if name in ids}


def test_every_operation_has_a_name_and_a_group_of_its_own() -> None:
    found = [one for methods in document(ROUTES)["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in found}) == len(found) == len(ROUTES)
    assert all(one["tags"] and one["description"] for one in found)
    assert set(ANSWERS) <= {one["operationId"] for one in found}


def test_the_example_of_an_opening_is_accepted(called: Served) -> None:
    example = {**AN_OPENING, "source": SOURCE}
    answer = called.send(json.dumps(example).encode(), form=EVENT)
    assert (answer.status, answer.json()["accepted"], answer.json()["rejected"]) == (202, 1, [])


def test_head_answers_as_get_does_without_a_body(called: Served, opening: Opening) -> None:
    readers = {role: ACTORS[role] for role in Role}
    for route in (one for one in ROUTES if one.method == "GET"):
        role = next(iter(sorted(route.roles or ()))) if route.roles else None
        path = opening.path_of(route.path)
        headed = called.request("HEAD", path, readers[role] if role else None)
        assert headed.body == b"", path
        if route.answered.media == ("text/event-stream",):
            assert (headed.status, headed.headers["Content-Type"]) == (200, "text/event-stream")
            continue
        got = called.request("GET", path, readers[role] if role else None)
        assert (headed.status, headed.headers["Content-Type"]) == (got.status, got.headers["Content-Type"]), path
