"""Approval cases over HTTP: lists, one case, its history with proofs, statistics, CSV."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest

from domain.access import Role
from domain.facts.fact import FactData
from tests.approval_builders import a_certificate, a_pause, accepted, approved, moment
from tests.builders import a_message, a_register_closed
from tests.infra.http.served import ACTORS, FOREIGN, SOURCE, Served

SUPERVISOR = ACTORS[Role.SUPERVISOR]


def send(server: Served, *said: FactData, **given: Any) -> None:
    number = server.number()
    answer = server.send(
        *(a_message(data, source=SOURCE, id=f"ap-{number}-{at}", **given) for at, data in enumerate(said))
    )
    assert answer.status == 202, answer.body


def a_case_of(server: Served, *said: tuple[Any, ...]) -> str:
    """The id of a case of its own department, whose entries are ``(builder, day, fields)``."""
    case_id = f"AP/{server.number()}"
    own = {"case_id": case_id, "department": f"{case_id} 局"}
    send(server, *(build(day, **fields, **own) for build, day, fields in said))
    return case_id


@pytest.fixture
def late(server: Served) -> str:
    return a_case_of(server, (accepted, "03-02", {"limit": 5}), (approved, "03-20", {}))


def path_of(case_id: str, rest: str = "") -> str:
    return f"/api/v1/approvals/{quote(case_id, safe='')}{rest}"


def listed(server: Served, query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.get(f"/api/v1/approvals?{query}", Role.SUPERVISOR)["items"]
    return items


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(body.decode("utf-8-sig"))))


def test_a_case_shows_its_light_and_the_working_days_used_and_left(server: Served, late: str) -> None:
    case = server.get(path_of(late), Role.SUPERVISOR)
    assert (case["light"], case["closed"], case["jurisdiction"]) == ("red", True, "440106")
    assert (case["clock"]["used_working_days"], case["clock"]["left_working_days"]) == (14, 0)
    assert case["clock"]["deadline"]["on"] == "2026-03-09"
    assert case["clock"]["deadline"]["calendar"].startswith("chinesecalendar ")


def test_a_case_is_shown_as_it_was_known(server: Served, late: str) -> None:
    before = server.request("GET", path_of(late) + "?known_at=2026-01-01", SUPERVISOR)
    assert before.status == 404
    now = server.get(path_of(late) + "?known_at=2199-01-01", Role.SUPERVISOR)
    assert now["light"] == "red"


def test_a_case_is_shown_as_it_had_happened(server: Served, late: str) -> None:
    then = server.get(path_of(late) + f"?valid_at={quote('2026-03-05T12:00:00+08:00')}", Role.SUPERVISOR)
    assert (then["light"], then["state"], then["closed"]) == ("yellow", "accepted", False)
    assert (then["clock"]["used_working_days"], then["clock"]["left_working_days"]) == (3, 2)
    assert then["valid_at"] == "2026-03-05T12:00:00+08:00"
    assert then["turns_at"] == ["2026-03-10T00:00:00+08:00"]
    assert server.request("GET", path_of(late) + "?valid_at=2026-03-01", SUPERVISOR).status == 404
    both = f"?valid_at=2026-03-10&known_at={quote('2026-01-01T00:00:00+08:00')}"
    assert server.request("GET", path_of(late) + both, SUPERVISOR).status == 404
    assert server.request("GET", path_of(late) + "?valid_at=yesterday", SUPERVISOR).status == 400


def test_a_retracted_case_and_its_history_are_shown_as_they_were_known(server: Served) -> None:
    number = server.number()
    case_id = f"AP-{number}"
    assert server.send(a_message(accepted("03-02", case_id=case_id), source=SOURCE, id=f"ap-{number}")).status == 202
    stood = quote(datetime.now(UTC).isoformat())
    server.retract(f"ap-{number}")
    for path in (path_of(case_id), path_of(case_id, "/history")):
        assert server.request("GET", path, SUPERVISOR).status == 404
        assert server.request("GET", f"{path}?known_at={stood}", FOREIGN[Role.SUPERVISOR]).status == 404
    assert server.get(f"{path_of(case_id)}?known_at={stood}", Role.SUPERVISOR)["state"] == "accepted"
    [event] = server.get(f"{path_of(case_id, '/history')}?known_at={stood}", Role.SUPERVISOR)["events"]
    assert (event["id"], event["retracted"]) == (f"ap-{number}", False)


def test_openapi_names_both_times_of_a_case(server: Served) -> None:
    described = server.request("GET", "/api/v1/openapi.json").json()["paths"]["/api/v1/approvals/{case_id}"]["get"]
    assert {each["name"] for each in described["parameters"]} == {"case_id", "valid_at", "known_at", "known_by"}


def test_cases_are_listed_by_light_department_jurisdiction_and_age(server: Served, late: str) -> None:
    open_case = a_case_of(server, (accepted, "11-20", {"limit": 40}))
    by_department = [case["case_id"] for case in listed(server, f"department={quote(f'{late} 局')}")]
    assert by_department == [late]
    assert late in {case["case_id"] for case in listed(server, "light=red&jurisdiction=440106")}
    assert open_case in {case["case_id"] for case in listed(server, "light=green&closed=false")}
    assert listed(server, f"department={quote(f'{open_case} 局')}&age=3650") == []
    assert listed(server, "jurisdiction=440103") == []
    assert listed(server, "over_steps=true") == []


def test_pages_follow_each_other_without_gap_or_repetition(server: Served) -> None:
    cases = {a_case_of(server, (accepted, f"03-{day:02d}", {})) for day in (2, 3, 4, 5, 6)}
    found: list[str] = []
    cursor = ""
    while True:
        page = server.get(f"/api/v1/approvals?limit=2{cursor}", Role.SUPERVISOR)
        found += [case["case_id"] for case in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={quote(page['next'])}"
    assert len(found) == len(set(found))
    assert cases <= set(found)


def test_the_history_tells_what_was_recorded_where_with_proofs(server: Served) -> None:
    case_id = a_case_of(server, (accepted, "03-02", {"limit": 5}), (approved, "03-20", {}))
    send(server, a_certificate(case_id=case_id), time=moment("03-20"))
    history = server.get(path_of(case_id, "/history"), Role.AUDITOR)
    assert [event["state"] for event in history["events"]] == ["accepted", "approved", None]
    assert [event["light"] for event in history["events"]] == ["red", "red", "red"]
    for event in history["events"]:
        assert event["at"] < event["recorded_at"]
        assert event["proof"]["leaf_index"] == event["position"] - 1
        asked = server.request(
            "GET", f"/api/v1/log/proof/inclusion?position={event['position']}&size={event['proof']['tree_size']}"
        )
        assert asked.json() == event["proof"]


def test_a_special_procedure_and_a_certificate_stand_in_the_case(server: Served) -> None:
    case_id = f"AP-{server.number()}"
    pause = a_pause("03-03", "03-12", case_id=case_id)
    send(server, accepted("03-02", 5, case_id=case_id), *pause, approved("03-13", case_id=case_id))
    send(server, a_certificate(case_id=case_id, certificate_no="C-1"), time=moment("03-13"))
    case = server.get(path_of(case_id), Role.SUPERVISOR)
    assert [(each["procedure"], each["listed"]) for each in case["special_procedures"]] == [("专家评审", True)]
    assert [each["certificate_no"] for each in case["certificates"]] == ["C-1"]
    assert case["certificate_in_step"] is True
    assert case["clock"]["used_working_days"] == 2


def test_statistics_count_what_a_department_decided(server: Served) -> None:
    """That no certificate is known counts, for the register is complete."""
    send(server, a_register_closed("certificate-issued", "2026-12-31"))
    department = f"统计局 {server.number()}"
    for day, case in (("03-03", "a"), ("03-04", "b"), ("03-06", "c"), ("03-20", "d")):
        case_id = f"{department}-{case}"
        send(
            server,
            accepted("03-02", 5, case_id=case_id, department=department),
            approved(day, case_id=case_id, department=department),
        )
    (month,) = server.get(f"/api/v1/approval-statistics?department={quote(department)}", Role.OPERATOR)["items"]
    assert (month["month"], month["cases"]) == ("2026-03", 4)
    assert (month["median_working_days"], month["p90_working_days"]) == (2, 14)
    assert (month["in_time_percent"], month["certificate_in_step_percent"]) == (75.0, 0.0)
    assert (month["instant"], month["paused_cases"], month["paused_percent"]) == (0, 0, 0.0)
    assert {table["limits"]: table["in_time_percent"] for table in month["within"]} == {
        "zhangye": 100.0,
        "yanjin": 75.0,
        "jiangmen": 100.0,
    }


def test_exports_are_csv_whose_cells_are_no_formulas(server: Served) -> None:
    department = f"=HYPERLINK({server.number()})"
    case_id = f"+{server.number()}"
    send(
        server,
        accepted("03-02", 5, case_id=case_id, department=department),
        approved("03-04", case_id=case_id, department=department),
    )
    cases = server.request("GET", "/api/v1/approvals?format=csv", SUPERVISOR)
    assert cases.headers["Content-Type"].startswith("text/csv")
    (row,) = (row for row in rows_of(cases.body) if row["department"] == f"'{department}")
    assert (row["case_id"], row["used_working_days"], row["deadline_on"]) == (f"'{case_id}", "2", "2026-03-09")
    assert (row["opened_at"], row["steps_taken"], row["most_steps"]) == ("2026-03-02 10:00:00+08:00", "0", "")
    months = server.request("GET", "/api/v1/approval-statistics?format=csv", SUPERVISOR)
    (month,) = (row for row in rows_of(months.body) if row["department"] == f"'{department}")
    assert (month["cases"], month["in_time_percent_zhangye"]) == ("1", "100.0")


def test_another_jurisdiction_sees_no_list_case_history_statistics_or_export(server: Served, late: str) -> None:
    for role in (Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR):
        stranger = FOREIGN[role]
        for path in (path_of(late), path_of(late, "/history")):
            assert server.request("GET", path, stranger).status == 404
        for path in ("/api/v1/approvals", "/api/v1/approval-statistics"):
            assert server.request("GET", path, stranger).json()["items"] == []
            assert rows_of(server.request("GET", f"{path}?format=csv", stranger).body) == []


@pytest.mark.parametrize("query", ["light=blue", "age=-1", "jurisdiction=999999", "cursor=x", "colour=red"])
def test_a_filter_that_is_no_filter_is_refused(server: Served, query: str) -> None:
    assert server.request("GET", f"/api/v1/approvals?{query}", SUPERVISOR).status == 400
