"""Accounts over HTTP: opened by operators, given roles by security officers, let in by a link, and put out at once."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import pyotp
import pytest

from domain.access import Role
from domain.evidence.days import day_in_shanghai
from infra.rebuilding import Rebuilding
from tests.infra.http.served import ACTORS, Answer, Served, served

NAME, MAIL = "欧阳修文", "ouyang@example.org"
OPERATOR, OFFICER = ACTORS[Role.OPERATOR], ACTORS[Role.SECURITY_OFFICER]
TODAY = day_in_shanghai(datetime.now(UTC))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = {"refused_sign_ins": 10_000, "sign_ins_of_one_account": 10_000}
    with served(tmp_path_factory.mktemp("data"), limits=limits) as found:
        yield found


@dataclass(frozen=True)
class Person:
    """An account that was let in by its link, with the headers of its browser."""

    id: str
    headers: Mapping[str, str]


def post(server: Served, path: str, body: object = None, actor: Any = None, headers: Any = None) -> Answer:
    content = json.dumps(body if body is not None else {}).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    return server.request("POST", path, actor, body=content, headers=sent)


def opened(server: Served, **details: str) -> str:
    wanted = {"login": f"user-{server.number()}", "name": NAME, "mail": MAIL, **details}
    answer = post(server, "/api/v1/accounts", wanted, OPERATOR)
    assert answer.status == 201, answer.body
    return str(answer.json()["account_id"])


def granted(server: Served, account_id: str, role: Role, **bounds: str) -> None:
    answer = post(server, f"/api/v1/accounts/{account_id}/roles", {"role": role, **bounds}, OFFICER)
    assert answer.status == 200, answer.body


def code_of(server: Served, account_id: str) -> str:
    answer = post(server, f"/api/v1/accounts/{account_id}/invite", {"seconds": 600}, OPERATOR)
    assert answer.status == 201, answer.body
    link: str = answer.json()["link"]
    return link.rpartition("=")[2]


def a_person(server: Served, role: Role = Role.SUPERVISOR, **bounds: str) -> Person:
    account_id = opened(server)
    granted(server, account_id, role, **(bounds or ({"jurisdiction": "440100"} if role is Role.SUPERVISOR else {})))
    return let_in(server, account_id)


def let_in(server: Served, account_id: str) -> Person:
    answer = post(server, "/session", {"code": code_of(server, account_id)})
    assert answer.status == 201, answer.body
    return Person(account_id, browser(answer))


def browser(answer: Answer) -> dict[str, str]:
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"].value
    return {"Cookie": f"session={cookie}", "X-CSRF-Token": answer.json()["csrf"]}


def status(server: Served, person: Person, path: str = "/api/v1/clues") -> int:
    return server.request("GET", path, headers=person.headers).status


def test_an_account_is_opened_given_a_role_and_let_in_once(asked: Served) -> None:
    account_id = opened(asked)
    assert post(asked, f"/api/v1/accounts/{account_id}/invite", {}, OPERATOR).status == 409
    granted(asked, account_id, Role.SUPERVISOR, jurisdiction="440100")
    code = code_of(asked, account_id)
    answer = post(asked, "/session", {"code": code})
    assert answer.status == 201
    assert asked.request("GET", "/api/v1/clues", headers=browser(answer)).status == 200
    assert post(asked, "/session", {"code": code}).status == 401


def test_the_ledger_and_the_tables_hold_neither_name_nor_mail_nor_login(asked: Served) -> None:
    opened(asked, login="zhangsan-7", phone="+86 13800138000")
    with asked.running.installation.database.read() as connection:
        rows = asked.running.installation.recorder.scan(connection, after=0, limit=1_000_000)
        board = connection.exec_driver_sql("SELECT * FROM accounts").all()
    text = str([state for _, _, state in rows]) + str(board)
    for secret in (NAME, NAME.encode("unicode_escape").decode(), MAIL, "zhangsan-7", "13800138000"):
        assert secret not in text


def test_an_auditor_reads_ids_where_operators_and_security_officers_read_names(asked: Served) -> None:
    account_id = opened(asked)
    for role, named in ((Role.OPERATOR, True), (Role.SECURITY_OFFICER, True), (Role.AUDITOR, False)):
        items = asked.get("/api/v1/accounts", role)["items"]
        (found,) = (each for each in items if each["account_id"] == account_id)
        assert (found["name"] == NAME, found["mail"] == MAIL) == (named, named)


def test_a_login_name_belongs_to_one_account_however_it_is_written(asked: Served) -> None:
    first = opened(asked, login="Staff-1")
    answer = post(asked, "/api/v1/accounts", {"login": "staff-1", "name": "x"}, OPERATOR)
    assert answer.status == 409
    changed = post(asked, f"/api/v1/accounts/{first}/details", {"login": "STAFF-1", "name": "y"}, OPERATOR)
    assert changed.json()["name"] == "y"


def test_a_security_officer_cannot_grant_to_the_own_account_or_through_a_deputy(asked: Served) -> None:
    officer, other = a_person(asked, Role.SECURITY_OFFICER), a_person(asked)
    role = {"role": "supervisor", "jurisdiction": "44"}
    assert post(asked, f"/api/v1/accounts/{officer.id}/roles", role, headers=officer.headers).status == 403
    days = {"deputy": officer.id, "first": str(TODAY), "last": str(TODAY)}
    assert post(asked, f"/api/v1/accounts/{other.id}/deputies", days, headers=officer.headers).status == 403
    assert post(asked, f"/api/v1/accounts/{other.id}/roles", role, headers=officer.headers).status == 200
    operator = {"role": "operator"}
    assert post(asked, f"/api/v1/accounts/{officer.id}/roles", operator, OFFICER).status == 409


def test_disabling_ends_every_session_at_once_and_for_good(asked: Served) -> None:
    person = a_person(asked)
    assert status(asked, person) == 200
    disabled = post(asked, f"/api/v1/accounts/{person.id}/disable", {"why": "left"}, OPERATOR)
    assert disabled.json()["why_disabled"] == "left"
    assert status(asked, person) == 401
    assert post(asked, f"/api/v1/accounts/{person.id}/enable", {}, OPERATOR).status == 200
    assert status(asked, person) == 401
    assert status(asked, let_in(asked, person.id)) == 200


def test_a_role_that_is_withdrawn_ends_the_sessions_that_act_in_it(asked: Served) -> None:
    person = a_person(asked)
    role = {"role": "supervisor", "jurisdiction": "440100"}
    assert post(asked, f"/api/v1/accounts/{person.id}/roles/withdraw", role, OFFICER).status == 200
    assert status(asked, person) == 401
    granted(asked, person.id, Role.SUPERVISOR, jurisdiction="440100")
    assert status(asked, person) == 401


@pytest.mark.parametrize(("begins", "ends", "stands_in"), [(-2, -1, False), (0, 0, True), (1, 2, False)])
def test_a_deputy_stands_in_on_the_days_given_and_the_record_names_both(
    asked: Served, begins: int, ends: int, stands_in: bool
) -> None:
    person, deputy = a_person(asked), a_person(asked, Role.INVESTIGATOR)
    days = {
        "deputy": deputy.id,
        "first": str(TODAY + timedelta(days=begins)),
        "last": str(TODAY + timedelta(days=ends)),
    }
    assert post(asked, f"/api/v1/accounts/{person.id}/deputies", days, headers=person.headers).status == 200
    wanted = {"capacity": f"{person.id}/supervisor:440100"}
    answer = post(asked, "/session/capacity", wanted, headers=deputy.headers)
    assert answer.status == (201 if stands_in else 409)
    if not stands_in:
        assert status(asked, deputy) == 200
        return
    assert status(asked, deputy) == 401
    acting = Person(deputy.id, browser(answer))
    opening = asked.a_suspicious_opening()
    path = f"/api/v1/clues/{opening.clue_id}"
    assert post(asked, f"{path}/acknowledge", headers=acting.headers).status == 200
    (step,) = (each for each in asked.get(path, Role.SUPERVISOR)["history"] if each["what"] == "acknowledged")
    assert step["name"] == f"{deputy.id} for {person.id}"
    assert post(asked, f"/api/v1/accounts/{person.id}/deputies/end", {"deputy": deputy.id}, OFFICER).status == 200
    assert status(asked, acting) == 401


def test_sessions_are_listed_and_ended_one_by_one(asked: Served) -> None:
    person, other = a_person(asked), a_person(asked)
    again = let_in(asked, person.id)
    listed = asked.request("GET", "/api/v1/sessions", headers=person.headers).json()["items"]
    assert {each["account"] for each in listed} == {person.id}
    (elsewhere,) = (each for each in listed if not each["this_one"])
    assert (elsewhere["how"], elsewhere["capacity"]) == ("link", "supervisor:440100")
    ending = f"/api/v1/sessions/{elsewhere['id']}/end"
    assert post(asked, ending, headers=other.headers).status == 404
    assert post(asked, ending, headers=person.headers).status == 204
    assert (status(asked, person), status(asked, again)) == (200, 401)
    everybody = asked.get("/api/v1/sessions", Role.OPERATOR)["items"]
    assert {person.id, other.id} <= {each["account"] for each in everybody}


def test_tokens_of_programs_are_listed_and_revoked_alone(asked: Served) -> None:
    from infra.identity.tokens import TokenRegister

    access, register = asked.running.access, TokenRegister(asked.running.installation.database)
    one, two = (access.issue(ACTORS[Role.SOURCE], expires=timedelta(days=1)) for _ in range(2))
    for issued in (one, two):
        register.add(issued)
    listed = {each["id"]: each for each in asked.get("/api/v1/tokens", Role.OPERATOR)["items"]}
    assert listed[one.id]["source"] == ACTORS[Role.SOURCE].source
    assert post(asked, f"/api/v1/tokens/{one.id}/revoke", {}, OPERATOR).status == 204
    answers = [
        asked.request("GET", "/api/v1/quarantine", headers={"Authorization": f"Bearer {each.token}"}).status
        for each in (one, two)
    ]
    assert answers == [401, 200]
    assert post(asked, "/api/v1/tokens/none/revoke", {}, OPERATOR).status == 404


def test_signing_in_and_out_and_every_refusal_is_on_record_by_the_id_alone(asked: Served) -> None:
    person = a_person(asked)
    post(asked, "/session", {"code": "guessed"})
    post(asked, "/session/close", headers=person.headers)
    items = asked.get("/api/v1/access-log", Role.AUDITOR)["items"]
    own = [(each["what"], each["how"]) for each in items if each["account"] == person.id]
    assert own == [("signed-out", "signed-out"), ("signed-in", "link")]
    assert ("refused", "nobody", "code") in [(each["what"], each["account"], each["how"]) for each in items]
    filtered = asked.get(f"/api/v1/access-log?account={person.id}&limit=1", Role.AUDITOR)
    assert (len(filtered["items"]), filtered["next"]) == (1, "1")


def test_an_account_sees_what_a_token_of_its_role_sees(asked: Served) -> None:
    opening = asked.a_suspicious_opening()
    here, elsewhere = a_person(asked), a_person(asked, jurisdiction="440300")
    path = f"/api/v1/clues/{opening.clue_id}"
    assert (status(asked, here, path), status(asked, elsewhere, path)) == (200, 404)


def test_a_session_of_an_account_is_no_bearer_token(asked: Served) -> None:
    person = a_person(asked)
    cookie = person.headers["Cookie"].partition("=")[2]
    assert asked.request("GET", "/api/v1/clues", headers={"Authorization": f"Bearer {cookie}"}).status == 401


def test_the_accounts_of_a_rebuild_are_those_of_the_board(asked: Served) -> None:
    person = a_person(asked)
    post(asked, f"/api/v1/accounts/{person.id}/disable", {"why": "moved"}, OPERATOR)
    assert Rebuilding(asked.running.installation).rebuild()


def test_an_id_of_nobody_is_not_found(asked: Served) -> None:
    days = {"deputy": "0" * 32, "first": str(date(2026, 1, 5)), "last": str(date(2026, 1, 6))}
    person = a_person(asked)
    assert post(asked, f"/api/v1/accounts/{person.id}/deputies", days, headers=person.headers).status == 404
    assert asked.request("GET", f"/api/v1/accounts/{'0' * 32}", OPERATOR).status == 404
    assert asked.request("GET", "/api/v1/accounts/x", OPERATOR).status == 404


PASSWORD = "correct horse battery"


def set_up(server: Served, person: Person) -> str:
    """Password and second factor, from the page; the secret of the codes."""
    page = server.request("GET", "/account?lang=en", headers=person.headers).body.decode()
    offered = re.search(r'name="offered" value="([^"]+)"', page)
    secret = re.search(r"or type <code>(\w+)</code>", page)
    assert offered is not None
    assert secret is not None
    body = {"password": PASSWORD, "code": pyotp.TOTP(secret[1]).now(), "offered": offered[1]}
    assert post(server, "/account/secrets", {**body, "password": "short"}, headers=person.headers).status == 409
    answer = post(server, "/account/secrets", body, headers=person.headers)
    assert answer.status == 204, answer.body
    return secret[1]


def next_code(secret: str) -> str:
    """The code of the next half minute, which counts already: that of this one was used for setting up."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30))


def test_a_person_sets_password_and_code_and_signs_in_with_both(asked: Served) -> None:
    """And from then on no link alone lets anybody in: an operator made that."""
    login = f"local-{asked.number()}"
    account_id = opened(asked, login=login)
    granted(asked, account_id, Role.SUPERVISOR, jurisdiction="440100")
    secret = set_up(asked, let_in(asked, account_id))
    typed = {"login": login.upper(), "password": PASSWORD}
    assert post(asked, "/session", {**typed, "otp": "000000"}).status == 401
    assert post(asked, "/session", {**typed, "password": "wrong", "otp": next_code(secret)}).status == 401
    link = code_of(asked, account_id)
    asked_for_code = post(asked, "/session", {"code": link})
    assert (asked_for_code.status, asked_for_code.json()["code"]) == (401, "second_factor_needed")
    code = next_code(secret)
    answer = post(asked, "/session", {**typed, "otp": code})
    assert answer.status == 201, answer.body
    assert asked.request("GET", "/api/v1/clues", headers=browser(answer)).status == 200
    assert post(asked, "/session", {"code": link, "otp": code}).status == 401, "a code works once"
    refusals = asked.get(f"/api/v1/access-log?account={account_id}", Role.AUDITOR)["items"]
    assert {"password", "second-factor"} <= {each["how"] for each in refusals if each["what"] == "refused"}


def test_it_takes_two_to_let_somebody_begin_anew_who_lost_the_telephone(asked: Served) -> None:
    account_id = opened(asked)
    granted(asked, account_id, Role.INVESTIGATOR)
    set_up(asked, let_in(asked, account_id))
    removing = f"/api/v1/accounts/{account_id}/second-factor/remove"
    assert post(asked, removing, {}, OPERATOR).status == 403
    assert post(asked, removing, {}, OFFICER).status == 204
    assert status(asked, let_in(asked, account_id)) == 200


def test_five_wrong_tries_are_answered_with_429_for_a_name_of_nobody_too(asked: Served) -> None:
    typed = {"login": f"nobody-{asked.number()}", "password": PASSWORD, "otp": "000000"}
    assert [post(asked, "/session", typed).status for _ in range(6)] == [401] * 5 + [429]
