"""Every state of an account × every route that is not public: whoever may not act is told so at each of them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Role
from domain.evidence.days import day_in_shanghai
from infra.http.route import Route
from infra.serving.application import ROUTES
from tests.infra.http.served import ACTORS, Opening, Served, served
from tests.infra.http.test_access_matrix import Line
from tests.infra.http.test_accounts import a_person, browser, code_of, post

TODAY = day_in_shanghai(datetime.now(UTC))
GUARDED = [route for route in ROUTES if route.roles is not None and not route.path.endswith("/stream")]
CAPACITY = "supervisor:440100"
ROLE = {"role": "supervisor", "jurisdiction": "440100"}


@dataclass(frozen=True)
class State:
    name: str
    headers: dict[str, str]
    lets_in: bool = False


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = {"refused_sign_ins": 10_000, "sign_ins_of_one_account": 10_000}
    with served(tmp_path_factory.mktemp("data"), limits=limits) as found:
        yield found


@pytest.fixture(scope="module")
def opening(asked: Served) -> Opening:
    return asked.a_suspicious_opening()


@pytest.fixture(scope="module")
def states(asked: Served) -> list[State]:
    return [*_by_what_became_of_them(asked), *_as_deputies(asked)]


def _session(server: Served, account_id: str, capacity: str, *, longest: timedelta = timedelta(hours=1)) -> State:
    opened = server.running.access.open_account_session(account_id, capacity, longest=longest)
    return State("", {"Cookie": f"session={opened.cookie}", "X-CSRF-Token": opened.csrf})


def _by_what_became_of_them(server: Served) -> Iterator[State]:
    operator, officer = ACTORS[Role.OPERATOR], ACTORS[Role.SECURITY_OFFICER]
    yield State("in force", dict(a_person(server).headers), lets_in=True)
    disabled = a_person(server)
    assert post(server, f"/api/v1/accounts/{disabled.id}/disable", {"why": "left"}, operator).status == 200
    yield State("disabled", dict(disabled.headers))
    changed = a_person(server)
    assert post(server, f"/api/v1/accounts/{changed.id}/roles/withdraw", ROLE, officer).status == 200
    elsewhere = {**ROLE, "jurisdiction": "440300"}
    assert post(server, f"/api/v1/accounts/{changed.id}/roles", elsewhere, officer).status == 200
    yield State("role changed", dict(changed.headers))
    ended = a_person(server)
    assert post(server, "/session/close", headers=ended.headers).status == 204
    yield State("session ended", dict(ended.headers))
    fresh = a_person(server)
    yield State("expired", _session(server, fresh.id, CAPACITY, longest=timedelta(minutes=-2)).headers)
    yield State("a role never granted", _session(server, fresh.id, "operator").headers)
    yield State("an account of nobody", _session(server, "0" * 32, CAPACITY).headers)


def _as_deputies(server: Served) -> Iterator[State]:
    for name, begins, ends in (("before", 1, 2), ("within", 0, 0), ("after", -2, -1)):
        principal, deputy = a_person(server), a_person(server, Role.INVESTIGATOR)
        first, last = TODAY + timedelta(days=begins), TODAY + timedelta(days=ends)
        days = {"deputy": deputy.id, "first": str(first), "last": str(last)}
        named = post(server, f"/api/v1/accounts/{principal.id}/deputies", days, headers=principal.headers)
        assert named.status == 200, named.body
        session = _session(server, deputy.id, f"{principal.id}/{CAPACITY}")
        yield State(f"deputy {name} the dates", session.headers, lets_in=name == "within")


def test_who_may_not_act_is_refused_at_every_route(asked: Served, opening: Opening, states: list[State]) -> None:
    assert len(states) == 10
    wrong = []
    with closing(Line(asked.url)) as line:
        for state in states:
            for route in GUARDED:
                status = line.status(route.method, opening.path_of(route.path), state.headers)
                if not _fits(route, state, status):
                    wrong.append(f"{route.method} {route.path} as {state.name}: {status}")
    assert not wrong, "\n".join(wrong)


def _fits(route: Route, state: State, status: int) -> bool:
    if not state.lets_in:
        return status == 401
    if route.by_token_alone or Role.SUPERVISOR not in (route.roles or ()):
        return status == 403
    return status not in (401, 500)


def test_after_signing_out_a_new_link_lets_in_again(asked: Served) -> None:
    """What ended has ended; the account itself goes on."""
    person = a_person(asked)
    assert post(asked, "/session/close", headers=person.headers).status == 204
    again = browser(post(asked, "/session", {"code": code_of(asked, person.id)}))
    assert asked.request("GET", "/api/v1/clues", headers=again).status == 200
