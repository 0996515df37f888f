import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from domain.access import Actor, Role
from domain.facts.corrections import FactCorrected
from infra.documents.clues import ERASED
from tests.builders import BIDDER, RIVAL, a_bid_opening, a_message, a_payment, payments
from tests.clue_builders import CONTEXTS, SECRET_RULE
from tests.infra.http.served import ACTORS, FOREIGN, JURISDICTION, REGISTER_CLOSED, SOURCE, Opening, Served
from tests.streams.intake.test_intake import an_id_number, stored_bytes

SUPERVISOR = ACTORS[Role.SUPERVISOR]
ID_NUMBER = "11010519491231002X"


@pytest.fixture
def opening(server: Served) -> Opening:
    server.send(REGISTER_CLOSED)
    return server.a_suspicious_opening()


def status_of(server: Served, opening: Opening) -> str:
    clue = server.get(f"/api/v1/clues/{opening.clue_id}", Role.SUPERVISOR)
    found: str = clue["status"]
    return found


def test_a_clue_shows_its_evidence_by_month_its_history_and_who_was_told(server: Served, opening: Opening) -> None:
    clue = server.get(f"/api/v1/clues/{opening.clue_id}", Role.SUPERVISOR)
    assert clue["bidder"] == {"name": BIDDER.name, "uscc": BIDDER.uscc}
    assert clue["explanation"]["zh"]
    assert clue["employer_match"]["outcome"] == "different"
    assert {fact["type"] for fact in clue["facts"]} >= {"tender-integrity.insurance-paid.v1"}
    months = clue["evidence"]["months"]
    assert [month["month"] for month in months] == ["2025-03", "2025-04", "2025-05"]
    assert {payer["payer"] for month in months for payer in month["payers"]} == {RIVAL.name}
    assert [step["what"] for step in clue["history"]] == ["raised"]
    assert {notice["recipient"]["role"] for notice in clue["notices"]} == {"bidder", "supervisor"}


def test_every_clue_leads_to_the_page_of_its_rule(server: Served, opening: Opening) -> None:
    (clue, *_) = server.get("/api/v1/clues", Role.SUPERVISOR)["items"]
    (notice, *_) = server.get("/api/v1/notices", Role.SUPERVISOR)["items"]
    assert clue["rule_url"] == f"/public/rules/{clue['rule']}"
    assert notice["rule_url"] == f"/public/rules/{notice['rule']}"
    assert server.request("GET", clue["rule_url"]).status == 200


def test_a_clue_without_compared_employers_has_no_match(server: Served, opening: Opening) -> None:
    listed = server.get(f"/api/v1/clues?tender_id={opening.tender_id}&rule=C302", Role.SUPERVISOR)["items"]
    assert listed
    assert "employer_match" not in listed[0]


def test_a_bidder_is_shown_only_its_own_notices(server: Served, opening: Opening) -> None:
    clue = server.get(f"/api/v1/clues/{opening.clue_id}", Role.BIDDER)
    assert {notice["recipient"]["role"] for notice in clue["notices"]} == {"bidder"}


def test_a_clue_goes_its_way_to_a_decision(server: Served, opening: Opening) -> None:
    for verb, reason, status in (
        ("acknowledge", None, "acknowledged"),
        ("investigate", None, "under-investigation"),
        ("clear", "社保由母公司统一缴纳，已核实。", "cleared"),
    ):
        answer = server.command(opening.clue_id, verb, SUPERVISOR, reason)
        assert (answer.status, answer.json()["status"]) == (200, status)
    last = answer.json()["history"][-1]
    assert (last["what"], last["name"], last["reason"]) == ("cleared", "Guangzhou", "社保由母公司统一缴纳，已核实。")


def test_what_the_state_forbids_is_a_conflict(server: Served, opening: Opening) -> None:
    answer = server.command(opening.clue_id, "confirm", SUPERVISOR, "x")
    assert (answer.status, answer.json()["code"]) == (409, "not_allowed")
    assert status_of(server, opening) == "raised"


def test_a_decision_needs_a_reason(server: Served, opening: Opening) -> None:
    server.command(opening.clue_id, "investigate", SUPERVISOR)
    assert server.command(opening.clue_id, "clear", SUPERVISOR).status == 409
    assert server.command(opening.clue_id, "clear", SUPERVISOR, "   ").status == 400
    assert status_of(server, opening) == "under-investigation"


def test_a_reason_holds_no_id_number(server: Served, opening: Opening) -> None:
    answer = server.command(opening.clue_id, "acknowledge", SUPERVISOR, f"本人{ID_NUMBER}已核实")
    assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "personal_data")
    assert ID_NUMBER not in answer.body.decode()


@pytest.mark.parametrize("text", ["电话138 0013 8000", "1101 0519 4912 3100 2X", "欧阳小明本人已到场"])
def test_a_reason_holds_no_number_and_no_name_of_the_person_it_is_about(server: Served, text: str) -> None:
    clue_id = a_clue_about_a_named_person(server)
    answer = server.command(clue_id, "acknowledge", SUPERVISOR, text)
    assert (answer.status, answer.json()["code"]) == (400, "personal_data")
    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]


def test_what_people_write_is_sealed_and_goes_with_the_person(server: Served) -> None:
    clue_id, words = a_clue_about_a_named_person(server, an_id_number(sequence="333")), "电话核实过，社保由母公司缴纳。"
    shown = server.command(clue_id, "acknowledge", SUPERVISOR, words).json()
    assert shown["history"][-1]["reason"] == words
    installation = server.running.installation
    assert words.encode() not in stored_bytes(installation.settings.data)
    with installation.database.transaction() as connection:
        installation.vault.erase(connection, shown["person_id"])
    assert server.get(f"/api/v1/clues/{clue_id}", Role.SUPERVISOR)["history"][-1]["reason"] == ERASED


def a_clue_about_a_named_person(server: Served, id_number: str = ID_NUMBER) -> str:
    number = server.number()
    person = {"name": "欧阳小明", "id_number": id_number}
    paid = [a_message(payment, source=SOURCE, id=f"words-{number}-{payment.month}") for payment in payments(RIVAL)]
    opened = a_message(
        a_bid_opening(tender_id=f"words-{number}", jurisdiction=JURISDICTION), source=SOURCE, id=f"words-{number}"
    )
    for message in paid:
        message["data"]["person"] = person
    opened["data"]["bids"][0]["lead"]["person"] = person
    found = server.send(*paid, opened).json()["findings"]
    return str(next(one["clue_id"] for one in found if one["rule"] == "E101"))


def test_a_bidder_explains_and_decides_nothing(server: Served, opening: Opening) -> None:
    bidder = ACTORS[Role.BIDDER]
    explained = server.command(opening.clue_id, "explain", bidder, "五月起由分公司代缴。")
    assert explained.json()["history"][-1]["what"] == "explained"
    assert server.command(opening.clue_id, "clear", bidder, "x").status == 403
    assert server.command(opening.clue_id, "explain", FOREIGN[Role.BIDDER], "x").status == 404


def test_nobody_closes_the_own_case(server: Served, opening: Opening) -> None:
    interested = Actor(Role.SUPERVISOR, "both", jurisdiction="440100", uscc=BIDDER.uscc)
    answer = server.command(opening.clue_id, "acknowledge", interested)
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")


def test_lists_are_narrowed_and_paged(server: Served) -> None:
    openings = [server.a_suspicious_opening() for _ in range(3)]
    listed = server.get(f"/api/v1/clues?tender_id={openings[0].tender_id}&rule=E101", Role.SUPERVISOR)["items"]
    assert [clue["clue_id"] for clue in listed] == [openings[0].clue_id]
    first = server.get("/api/v1/clues?rule=E101&limit=2", Role.SUPERVISOR)
    second = server.get(f"/api/v1/clues?rule=E101&limit=2&cursor={first['next']}", Role.SUPERVISOR)
    ids = [clue["clue_id"] for page in (first, second) for clue in page["items"]]
    assert ids[:3] == [opening.clue_id for opening in reversed(openings)]
    for query in ("severity=low&rule=E101", "jurisdiction=440300", "since=2100-01-01", "status=confirmed"):
        assert server.get(f"/api/v1/clues?{query}", Role.SUPERVISOR)["items"] == [], query
    for query in ("since=2025-01-01T00:00:00+08:00", "since=2025-01-01", "status=raised", "jurisdiction=44"):
        assert server.get(f"/api/v1/clues?{query}", Role.SUPERVISOR)["items"], query


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "cursor=x", "status=guilty", "severity=x", "jurisdiction=999999", "since=x", "x=1"]
)
def test_a_filter_that_cannot_be_is_refused(server: Served, query: str) -> None:
    assert server.request("GET", f"/api/v1/clues?{query}", SUPERVISOR).status == 400


def test_the_tenderer_sees_a_clue_only_once_the_bidder_is_a_candidate(server: Served, opening: Opening) -> None:
    tenderer = ACTORS[Role.TENDERER]
    path = f"/api/v1/clues/{opening.clue_id}"
    assert server.request("GET", path, tenderer).status == 404
    candidates = {
        "specversion": "1.0",
        "id": f"candidates-{opening.tender_id}",
        "source": SOURCE,
        "type": "tender-integrity.candidates-announced.v1",
        "time": "2025-06-25T10:00:00+08:00",
        "data": {
            "tender_id": opening.tender_id,
            "lot_id": opening.lot_id,
            "announced_at": "2025-06-25T10:00:00+08:00",
            "candidates": [{"rank": 1, "bidder": {"name": BIDDER.name, "uscc": BIDDER.uscc}}],
        },
    }
    assert server.send(candidates).status == 202
    assert server.request("GET", path, tenderer).status == 200


def test_names_are_masked_for_some_and_pseudonyms_for_the_rest(server: Served) -> None:
    number = server.number()
    person = {"name": "欧阳小明", "id_number": ID_NUMBER}
    opening = a_message(
        a_bid_opening(tender_id=f"N-{number}", jurisdiction=JURISDICTION), source=SOURCE, id=f"n-{number}"
    )
    opening["data"]["bids"][0]["lead"]["person"] = person
    assert server.send(REGISTER_CLOSED, opening).status == 202
    for role in (Role.SUPERVISOR, Role.AUDITOR):
        text = json.dumps(server.get(f"/api/v1/clues?tender_id=N-{number}", role), ensure_ascii=False)
        compared = json.dumps(server.get(f"/api/v1/tenders/N-{number}/lots/1/comparison", role), ensure_ascii=False)
        for shown in (text, compared):
            assert ("欧阳＊" in shown) == (role is Role.SUPERVISOR)
            assert "欧阳小明" not in shown
            assert ID_NUMBER not in shown


def test_a_comparison_can_be_asked_as_of_a_moment(server: Served, opening: Opening) -> None:
    before = datetime.now(UTC).isoformat()
    person = {"person_id": opening.person_id}
    late = a_message(a_payment(payer=BIDDER, person=person), source=SOURCE, id=f"late-{opening.tender_id}")
    assert server.send(late).status == 202
    path = f"/api/v1/tenders/{opening.tender_id}/lots/{opening.lot_id}/comparison"

    def payers(query: str) -> set[str]:
        [bid] = server.get(f"{path}{query}", Role.SUPERVISOR)["bids"]
        return {payer["payer"] for month in bid["months"] for payer in month["payers"]}

    assert payers("") == {BIDDER.name, RIVAL.name}
    assert payers(f"?known_at={before}") == {RIVAL.name}
    assert payers("?valid_at=2030-01-01") == set()


def test_a_retracted_opening_is_compared_as_it_was_known_then(server: Served, opening: Opening) -> None:
    """By whom it concerned; now, and before it came, there is no such lot, nor its lead."""
    stood = quote(datetime.now(UTC).isoformat())
    server.retract(f"open-{opening.tender_id.removeprefix('T-')}")
    lot = f"/api/v1/tenders/{opening.tender_id}/lots/{opening.lot_id}/comparison"
    dossier = f"/api/v1/people/{opening.person_id}/dossier"
    assert [bid["person_id"] for bid in server.get(f"{lot}?known_at={stood}", Role.SUPERVISOR)["bids"]]
    assert server.get(f"{dossier}?known_at={stood}", Role.SUPERVISOR)["findings"]
    for path in (lot, dossier):
        for query in ("", "?known_at=2020-01-01"):
            assert server.request("GET", f"{path}{query}", SUPERVISOR).status == 404, query
        assert server.request("GET", f"{path}?known_at={stood}", FOREIGN[Role.SUPERVISOR]).status == 404


@pytest.mark.parametrize("name", ["known_at", "valid_at"])
def test_a_compact_day_is_that_day_and_another_bare_number_is_refused(
    server: Served, opening: Opening, name: str
) -> None:
    """Never a number of seconds since 1970."""
    path = f"/api/v1/tenders/{opening.tender_id}/lots/{opening.lot_id}/comparison"
    assert server.get(f"{path}?{name}=21250422", Role.INVESTIGATOR)[name] == "2125-04-22T00:00:00+08:00"
    refused = server.request("GET", f"{path}?{name}=1745287200", ACTORS[Role.INVESTIGATOR])
    assert refused.status == 400
    [error] = refused.json()["errors"]
    assert (error["field"], error["code"]) == (name, "moment_format")
    assert "2025-06-18" in error["message"]


def test_every_reading_of_a_dossier_is_on_record(server: Served, opening: Opening) -> None:
    installation = server.running.installation

    def readings() -> list[bytes]:
        with installation.database.read() as connection:
            rows = installation.recorder.scan(connection, after=0, limit=1_000_000)
        return [state for _, topic, state in rows if topic == "tender-integrity.dossier-read.v1"]

    before = len(readings())
    dossier = server.get(f"/api/v1/people/{opening.person_id}/dossier", Role.INVESTIGATOR)
    assert [entry["kind"] for entry in dossier["entries"]].count("insurance-paid") == 3
    [reading] = readings()[before:]
    data = json.loads(reading)["data"]
    assert (data["reader"], data["role"], data["reason"]) == ("investigator", "investigator", "clue")
    assert data["person"]["person_id"] == opening.person_id


def test_a_dossier_that_is_not_shown_leaves_no_reading(server: Served) -> None:
    assert server.request("GET", f"/api/v1/people/{'f' * 64}/dossier", ACTORS[Role.AUDITOR]).status == 404


def test_the_integrity_file_is_held_back_while_an_investigation_runs(server: Served, opening: Opening) -> None:
    path = f"/api/v1/people/{opening.person_id}/integrity-file"
    assert server.get(path, Role.SOURCE)["suspended"] is False
    server.command(opening.clue_id, "investigate", SUPERVISOR)
    assert server.get(path, Role.SOURCE) == server.get(path, Role.SOURCE) | {"suspended": True, "registrations": []}
    server.command(opening.clue_id, "clear", SUPERVISOR, "已核实")
    assert server.get(path, Role.SOURCE)["suspended"] is False


def test_a_correction_withdraws_the_clue_which_names_the_event(server: Served, opening: Opening) -> None:
    paid = server.get(f"/api/v1/clues/{opening.clue_id}", Role.SUPERVISOR)["facts"]
    wrong = [fact for fact in paid if fact["type"].endswith("insurance-paid.v1")]
    dossier = server.get(f"/api/v1/people/{opening.person_id}/dossier", Role.INVESTIGATOR)
    others = [entry["fact"] for entry in dossier["entries"] if entry["kind"] == "insurance-paid"]
    assert {fact["id"] for fact in wrong} <= {fact["id"] for fact in others}
    corrections = [a_message(_corrected(fact, opening), source=SOURCE, id=f"corrected-{fact['id']}") for fact in others]
    assert server.send(*corrections).json()["accepted"] == 3
    clue = server.get(f"/api/v1/clues/{opening.clue_id}", Role.SUPERVISOR)
    assert clue["status"] == "withdrawn"
    assert clue["history"][-1]["caused_by"].startswith(f"{SOURCE}#corrected-")


def _corrected(fact: dict[str, str], opening: Opening) -> FactCorrected:
    """The bidder paid after all, in the month the fact was about."""
    paid = a_payment(person={"person_id": opening.person_id}, month=fact["id"][-7:], payer=BIDDER)
    return FactCorrected.model_validate(
        {
            "retracts": {"source": fact["source"], "id": fact["id"]},
            "reason": "缴纳单位录入错误",
            "replacement": {"type": fact["type"], "data": paid.model_dump(mode="json")},
        }
    )


@pytest.mark.parametrize("case_kind", list(CONTEXTS))
def test_a_clue_of_every_kind_of_case_has_the_same_keys_null_where_there_is_none(
    server: Served, case_kind: str
) -> None:
    clue_id = server.a_clue_about(case_kind, thresholds=(("fewest_moves", "3"),))
    clue, about = server.get(f"/api/v1/clues/{clue_id}", Role.SUPERVISOR), CONTEXTS[case_kind]
    keys = ("title", "tender_id", "lot_id", "person_id", "project_code", "case_id")
    assert {key: clue[key] for key in keys} == {key: getattr(about, key) for key in keys}
    assert clue["bidder"] == ({"name": about.bidder.name, "uscc": about.bidder.uscc} if about.bidder else None)
    assert clue["thresholds"] == {"fewest_moves": "3"}
    assert (clue["case_kind"], clue["evidence"]) == (case_kind, None)
    narrowed = f"project_code={about.project_code or ''}" if about.project_code else f"case_id={about.case_id or 'x'}"
    listed = server.get(f"/api/v1/clues?{narrowed}&limit=500", Role.SUPERVISOR)["items"]
    assert (clue_id in {each["clue_id"] for each in listed}) == bool(about.project_code or about.case_id)


@pytest.mark.parametrize("role", [Role.BIDDER, Role.TENDERER])
def test_a_clue_for_supervisors_only_does_not_exist_for_the_parties(server: Served, role: Role) -> None:
    open_to_all = server.a_clue_about("lots")
    secret = server.a_clue_about("lots", rule=SECRET_RULE)
    path = f"/api/v1/clues/{secret}"
    assert server.request("GET", path, SUPERVISOR).status == 200
    assert server.request("GET", path, ACTORS[role]).status == 404
    assert server.request("GET", f"/api/v1/clues/{open_to_all}", ACTORS[role]).status == 200
    for query in ("", f"?rule={SECRET_RULE}", "?limit=500"):
        listed = server.get(f"/api/v1/clues{query}", role)["items"]
        assert SECRET_RULE not in {each["rule"] for each in listed}
    told = server.get("/api/v1/notices?limit=500", role)["items"]
    assert secret not in {notice["clue_id"] for notice in told}


def test_a_bidder_cannot_explain_what_it_may_not_know_of(server: Served) -> None:
    secret = server.a_clue_about("lots", rule=SECRET_RULE)
    assert server.command(secret, "explain", ACTORS[Role.BIDDER], "说明").status == 404
