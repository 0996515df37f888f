"""What OpenAPI says of each operation holds: schemathesis calls all of them as each role, and compares."""

import itertools
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
from infra.http.openapi import document
from infra.serving.application import ROUTES
from tests.builders import BIDDER
from tests.infra.http.served import ACTORS, Opening, Served, served

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
