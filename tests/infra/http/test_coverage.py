"""What people see of coverage over HTTP: the grid, the rules that rest on it, and whom to ask a bureau about."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.access import Role
from domain.facts.access import DossierRead
from domain.facts.bidding import AwardAnnounced
from domain.policy import Policy, PolicyBook
from infra.http.session import SESSION_COOKIE
from projections.questions.enquiries import enquiries
from tests.builders import BIDDER, a_bid_opening, a_closing, a_message, a_register_closed, payments
from tests.infra.http.served import ACTORS, FOREIGN, JURISDICTION, SOURCE, Served, served
from tests.site_builders import a_start

NAME, ID_NUMBER = "欧阳小明", "11010519491231002X"
LISTENERS = (Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR)
MONTHS = "from=2025-03&to=2025-06"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """A server of its own, with a bid of whose lead nothing is known."""
    with served(tmp_path / "data", language="zh") as found:
        assert found.send(an_opening()).status == 202
        yield found


def an_opening(id_number: str = ID_NUMBER, **given: Any) -> dict[str, Any]:
    message = a_message(
        a_bid_opening(**{"jurisdiction": JURISDICTION, **given}), source=SOURCE, id=f"open-{id_number[:10]}"
    )
    message["data"]["bids"][0]["lead"]["person"] = {"name": NAME, "id_number": id_number}
    return message


def close(server: Served, *periods: str, **given: Any) -> None:
    for period in periods:
        closing = a_closing(period=period, rows=1_200, people=90, **given)
        assert server.send(a_message(closing, source=SOURCE, id=closing.delivery_id)).status == 202


def statuses(server: Served, query: str, role: Role = Role.OPERATOR) -> dict[tuple[str, str, str], str]:
    items = server.get(f"/api/v1/coverage?{query}", role)["items"]
    return {(item["kind"], item["area"], item["period"]): item["status"] for item in items}


def test_before_anything_is_delivered_every_area_is_never_connected_and_no_rule_speaks(alone: Served) -> None:
    shown = alone.get(f"/api/v1/coverage?{MONTHS}", Role.OPERATOR)
    assert {item["status"] for item in shown["items"]} == {"never"}
    assert ("insurance-paid", "440100") in {(item["kind"], item["area"]) for item in shown["items"]}
    by_rule = {rule["rule"]: rule for rule in shown["rules"]}
    assert set(by_rule) == {"E105", "E109", "C301", "C302", "S501", "S504", "S505", "A606"}
    assert {rule["speaks"] for rule in by_rule.values()} == {"no"}
    assert by_rule["E105"]["areas"][0]["reason"]["zh"] == "440100地区的社保缴费数据尚未接入。"
    assert "E101" in shown["rules_about_presence"]


def test_a_month_is_closed_late_or_open_with_what_was_delivered(alone: Served) -> None:
    close(alone, "2025-03", "2025-05")
    found = statuses(alone, f"kind=insurance-paid&{MONTHS}&known_at=2099-01-01")
    assert list(found.values()) == ["closed", "late", "closed", "late"]
    closed = alone.get("/api/v1/coverage?kind=insurance-paid&from=2025-05&to=2025-05", Role.OPERATOR)["items"]
    assert [(item["rows"], item["people"], item["delivery_id"]) for item in closed] == [
        (1_200, 90, "insurance-paid/440100/2025-05")
    ]
    assert closed[0]["closed_at"] <= closed[0]["recorded_at"]
    rule, _ = alone.get(f"/api/v1/coverage?kind=insurance-paid&{MONTHS}", Role.OPERATOR)["rules"]
    assert (rule["rule"], rule["speaks"]) == ("E105", "partly")
    (area,) = rule["areas"]
    assert (area["complete_to"], area["missing"]) == ("2025-05", ["2025-04", "2025-06"])
    assert area["reason"]["en"] == "social-insurance payments: 2025-04 not closed for area 440100."


def test_a_month_that_is_not_due_is_open(alone: Served) -> None:
    close(alone, "2025-03")
    assert list(statuses(alone, "kind=insurance-paid&from=2099-01&to=2099-01").values()) == ["open"]


def test_as_known_before_the_closing_the_month_was_not_closed(alone: Served) -> None:
    close(alone, "2025-03")
    assert list(statuses(alone, "kind=insurance-paid&from=2025-03&to=2025-03&known_at=2025-01-01").values()) == [
        "never"
    ]


def test_a_retracted_closing_covers_no_more(alone: Served) -> None:
    close(alone, "2025-03", "2025-04")
    alone.retract("insurance-paid/440100/2025-03")
    found = statuses(alone, "kind=insurance-paid&from=2025-03&to=2025-04")
    assert list(found.values()) == ["late", "closed"]


def test_a_register_covers_every_month_up_to_its_day(alone: Served) -> None:
    alone.send(a_message(a_register_closed(through="2025-05-20"), source=SOURCE, id="register"))
    found = statuses(alone, "kind=registration-recorded&from=2025-04&to=2025-05&area=440000")
    assert list(found.values()) == ["closed", "late"]
    (rule,) = [
        rule for rule in alone.get(f"/api/v1/coverage?{MONTHS}", Role.OPERATOR)["rules"] if rule["rule"] == "C302"
    ]
    assert {area["kind"]: area["complete_to"] for area in rule["areas"]} == {
        "registration-recorded": "2025-05-20",
        "safety-assessment-b": None,
    }


def test_a_closing_of_the_province_covers_its_cities(alone: Served) -> None:
    close(alone, "2025-03", area="440000")
    assert list(statuses(alone, "kind=insurance-paid&area=440100&from=2025-03&to=2025-03").values()) == ["closed"]


def test_an_area_of_which_nobody_knows_is_shown_where_it_is_asked_for(alone: Served) -> None:
    found = statuses(alone, "kind=insurance-paid&area=5101&from=2025-03&to=2025-03")
    assert found == {("insurance-paid", "510100", "2025-03"): "never"}


@pytest.mark.parametrize(
    "query", ["from=2025-06&to=2025-05", "from=1990-01&to=2025-01", "kind=bids", "from=2025", "x=1"]
)
def test_what_cannot_be_read_is_refused(server: Served, query: str) -> None:
    assert server.request("GET", f"/api/v1/coverage?{query}", ACTORS[Role.OPERATOR]).status == 400


def test_a_supervisor_sees_what_concerns_its_own_place(alone: Served) -> None:
    close(alone, "2025-03")
    query = "/api/v1/coverage?from=2025-03&to=2025-03"
    areas = {item["area"] for item in alone.get(query, Role.SUPERVISOR)["items"]}
    foreign = alone.request("GET", query, FOREIGN[Role.SUPERVISOR]).json()["items"]
    assert areas == {"440100", "440000"}
    assert {item["area"] for item in foreign} == {"440300", "440000"}
    asked = alone.request("GET", f"{query}&area=440100", FOREIGN[Role.SUPERVISOR]).json()["items"]
    assert asked == []


@pytest.mark.parametrize("path", ["/api/v1/coverage", "/api/v1/enquiries"])
@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_check_or_run_it_may_ask(server: Served, path: str, role: Role) -> None:
    assert server.request("GET", path, ACTORS[role]).status == (200 if role in LISTENERS else 403)


def test_a_lead_whose_months_are_not_covered_is_to_be_asked_about(alone: Served) -> None:
    (one,) = alone.get("/api/v1/enquiries", Role.SUPERVISOR)["items"]
    assert (one["name"], one["id_number"], one["area"]) == (NAME, ID_NUMBER, "440100")
    assert one["months"] == ["2025-03", "2025-04", "2025-05"]
    close(alone, "2025-04")
    (one,) = alone.get("/api/v1/enquiries?area=44", Role.SUPERVISOR)["items"]
    assert one["months"] == ["2025-03", "2025-05"]
    assert alone.get("/api/v1/enquiries?area=440300", Role.SUPERVISOR)["items"] == []
    close(alone, "2025-03", "2025-05")
    assert alone.get("/api/v1/enquiries", Role.SUPERVISOR)["items"] == []


def test_the_answer_of_the_bureau_takes_the_lead_off_the_list_and_lets_the_rule_speak(alone: Served) -> None:
    message = {
        "specversion": "1.0",
        "id": "answer-1",
        "source": SOURCE,
        "type": "tender-integrity.insurance-stated.v1",
        "time": "2025-07-01T10:00:00+08:00",
        "data": {
            "person": {"name": NAME, "id_number": ID_NUMBER},
            "months": ["2025-03", "2025-04", "2025-05"],
            "payments": [],
            "area": "440100",
        },
    }
    assert alone.send(message).status == 202
    assert alone.get("/api/v1/enquiries", Role.SUPERVISOR)["items"] == []
    (clue,) = alone.get("/api/v1/clues?rule=E105", Role.SUPERVISOR)["items"]
    shown = alone.get(f"/api/v1/clues/{clue['clue_id']}", Role.SUPERVISOR)
    assert shown["complete_to"] == {"insurance": {"440100": "2025-05"}, "registrations": {"440000": None}}
    token = alone.token(ACTORS[Role.SUPERVISOR])
    cookie = alone.running.access.open_session(token, longest=timedelta(hours=1)).cookie
    page = alone.request("GET", f"/clues/{clue['clue_id']}", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"})
    assert "社保缴费（440100） 2025-05; 执业注册（440000） 未报送完毕" in page.body.decode()


def test_of_a_winner_the_months_after_the_award_are_asked_about_once_they_can_no_longer_be_paid(
    tmp_path: Path,
) -> None:
    """The project runs on for years: of its months to come no bureau knows anything."""
    with served(tmp_path / "data") as server:
        person = {"person": {"name": NAME, "id_number": ID_NUMBER}}
        for payment in payments():
            message = a_message(payment, source=SOURCE, id=f"pay-{payment.month}")
            message["data"] |= person
            server.send(message)
        at = datetime(2025, 6, 25, 2, tzinfo=UTC)
        award = AwardAnnounced(tender_id="T-2025-001", lot_id="1", awarded_at=at, bidder=BIDDER)
        start = a_message(a_start(), source=SOURCE, id="started")
        start["data"]["lead"] = person["person"]
        server.send(an_opening(), a_message(award, source=SOURCE, id="award"), start)
        with server.running.installation.database.read() as connection:
            as_of, policies = server.running.installation.evidence(), PolicyBook()
            auditor = ACTORS[Role.AUDITOR]
            (one,) = enquiries(connection, as_of, auditor, policies, now=datetime(2025, 9, 30, tzinfo=UTC))
            (later,) = enquiries(connection, as_of, auditor, policies, now=datetime(2025, 10, 1, tzinfo=UTC))
    assert one.months == ("2025-07",)
    assert later.months == ("2025-07", "2025-08")


def test_a_lead_with_payments_is_asked_about_by_nobody(alone: Served) -> None:
    person = {"person": {"name": NAME, "id_number": ID_NUMBER}}
    for payment in payments():
        message = a_message(payment, source=SOURCE, id=f"pay-{payment.month}")
        message["data"] |= person
        alone.send(message)
    assert alone.get("/api/v1/enquiries", Role.SUPERVISOR)["items"] == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_roles_that_see_pseudonyms_get_no_identities_and_leave_no_reading(alone: Served, role: Role) -> None:
    answer = alone.request("GET", "/api/v1/enquiries", ACTORS[role])
    assert NAME not in answer.body.decode()
    assert ID_NUMBER not in answer.body.decode()
    (one,) = answer.json()["items"]
    assert (one["name"], one["id_number"]) == (None, None)
    assert readings(alone) == []


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.INVESTIGATOR])
def test_each_reading_of_an_identity_is_on_record(alone: Served, role: Role) -> None:
    alone.get("/api/v1/enquiries", role)
    assert readings(alone) == [(ACTORS[role].name, "clue")]


def test_another_supervisor_is_shown_nobody(alone: Served) -> None:
    assert alone.request("GET", "/api/v1/enquiries", FOREIGN[Role.SUPERVISOR]).json()["items"] == []
    assert readings(alone) == []


def test_the_list_is_a_file_whose_numbers_stay_texts_and_whose_formulas_are_none(tmp_path: Path) -> None:
    pool = PolicyBook(default=Policy(oldest_notice_days=36_500, required_areas={"insurance-paid": ("=cmd",)}))
    with served(tmp_path / "data", policy=pool, language="zh") as server:
        server.send(an_opening())
        answer = server.request("GET", "/api/v1/enquiries?format=csv", ACTORS[Role.SUPERVISOR])
    assert answer.headers["Content-Type"].startswith("text/csv")
    header, row = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert header[:6] == ["姓名", "证件号码", "参保地区", "查询月份", "人员代码", "答复日期"]
    assert row[:4] == [NAME, f"{ID_NUMBER}\t", "'=cmd", "2025-03 2025-04 2025-05"]


def test_pages_follow_one_another(alone: Served) -> None:
    alone.send(an_opening("440106199001010013", tender_id="T-2"))
    first = alone.get("/api/v1/enquiries?limit=1", Role.AUDITOR)
    second = alone.get(f"/api/v1/enquiries?limit=1&cursor={first['next']}", Role.AUDITOR)
    people = [page["items"][0]["person_id"] for page in (first, second)]
    assert people == sorted(set(people))
    assert len(people) == 2
    assert second["next"] is None


def readings(server: Served) -> list[tuple[str, str]]:
    """Who read, and why."""
    installation = server.running.installation
    with installation.database.read() as connection:
        as_of = installation.evidence()
        ids = [one["person_id"] for one in server.get("/api/v1/enquiries", Role.AUDITOR)["items"]]
        found = [fact.data for each in ids for fact in as_of.recorded(connection, f"person:{each}")]
    return [(data.reader, str(data.reason)) for data in found if isinstance(data, DossierRead)]


def test_who_was_erased_is_asked_about_by_nobody_in_clear(alone: Served) -> None:
    """The pseudonym stays on the list, so that the list says how many are missing."""
    (one,) = alone.get("/api/v1/enquiries", Role.AUDITOR)["items"]
    installation = alone.running.installation
    with installation.database.transaction() as connection:
        installation.vault.erase(connection, one["person_id"])
    assert alone.get("/api/v1/enquiries", Role.SUPERVISOR)["items"] == [one]
    assert readings(alone) == []


def test_the_interface_description_names_what_can_be_asked(server: Served) -> None:
    paths = server.request("GET", "/api/v1/openapi.json").json()["paths"]
    asked = {path: paths[f"/api/v1/{path}"]["get"] for path in ("coverage", "enquiries")}
    names = {path: {parameter["name"] for parameter in call["parameters"]} for path, call in asked.items()}
    assert names["coverage"] == {"kind", "area", "from", "to", "known_at", "known_by"}
    assert names["enquiries"] == {"kind", "area", "cursor", "limit", "format", "Reading-Purpose"}
    assert {role for call in asked.values() for role in call["x-roles"]} == {str(role) for role in LISTENERS}
