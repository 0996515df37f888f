"""The console answers over all shards of a cluster, and has their workers record what people decide."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from domain.access import Actor, Role
from infra.cluster.console import Console
from infra.serving.server import console
from infra.storage.place import WrongPlace
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.notes import parse_note
from streams.cluster.topics import BID_OPENINGS
from tests.approval_builders import accepted, approved
from tests.builders import RIVAL, a_bid, a_bid_opening, a_closing, a_message, payments
from tests.infra.http.served import ACTORS, FOREIGN, JURISDICTION, SOURCE, Opening, Served, served
from tests.infra.http.test_accounts import browser, post
from tests.infra.http.test_record import link_on, page
from tests.infra.http.workers import KAFKA, SHARDS, Workers, cluster_folder
from tests.monitor import as_bytes
from tests.opening_builders import an_opening_at_the_door, with_wrong_number

SUPERVISOR, BIDDER, AUDITOR = ACTORS[Role.SUPERVISOR], ACTORS[Role.BIDDER], ACTORS[Role.AUDITOR]


@pytest.fixture(scope="module")
def workers(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("cluster")
    with cluster_folder(postgres_url, folder) as settings, closing(Workers(settings)) as found:
        yield found


@pytest.fixture(scope="module")
def server(workers: Workers) -> Iterator[Served]:
    settings = workers.settings
    with served(settings.data, start=console, database=settings.database, kafka=KAFKA.model_dump()) as found:
        yield found


@contextmanager
def impatient(workers: Workers) -> Iterator[Served]:
    """Another console of the same cluster, that soon gives up waiting for workers."""
    settings, kafka = workers.settings, {**KAFKA.model_dump(), "answer_seconds": 0.3}
    with served(settings.data, start=console, database=settings.database, kafka=kafka) as found:
        yield found


def clue_of(server: Served, opening: Opening, rule: str = "E101") -> dict[str, Any]:
    (clue,) = server.get(f"/api/v1/clues?tender_id={opening.tender_id}&rule={rule}", Role.SUPERVISOR)["items"]
    found: dict[str, Any] = clue
    return found


def test_clues_of_both_shards_are_listed(workers: Workers, server: Served) -> None:
    openings = [workers.a_suspicious_opening(shard) for shard in range(SHARDS)]
    listed = {clue["tender_id"] for clue in server.get("/api/v1/clues?limit=500", Role.SUPERVISOR)["items"]}
    assert {opening.tender_id for opening in openings} <= listed


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_clue_is_shown_with_the_evidence_of_its_home(workers: Workers, server: Served, shard: int) -> None:
    clue = clue_of(server, workers.a_suspicious_opening(shard))
    shown = server.get(f"/api/v1/clues/{clue['clue_id']}", Role.SUPERVISOR)
    assert {month["payers"][0]["payer"] for month in shown["evidence"]["months"]} == {RIVAL.name}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_decision_is_carried_out_by_the_worker_of_the_shard(workers: Workers, server: Served, shard: int) -> None:
    """And what follows is in the answer: status, history, and the notices of it."""
    clue_id = clue_of(server, workers.a_suspicious_opening(shard))["clue_id"]
    assert server.command(clue_id, "acknowledge", SUPERVISOR).json()["status"] == "acknowledged"
    assert server.command(clue_id, "explain", BIDDER, "付款单位变更").status == 200
    assert server.command(clue_id, "investigate", SUPERVISOR).json()["status"] == "under-investigation"
    cleared = server.command(clue_id, "clear", SUPERVISOR, "已核实").json()
    assert cleared["status"] == "cleared"
    unread = {(each["recipient"]["role"], each["occasion"]) for each in cleared["notices"] if each["read_at"] is None}
    assert ("bidder", "cleared") in unread
    assert not {role for role, _ in unread} & {"supervisor"}
    assert [step["reason"] for step in cleared["history"] if step["reason"]] == ["付款单位变更", "已核实"]


def test_the_worker_goes_on_after_a_decision(workers: Workers, server: Served) -> None:
    clue_id = clue_of(server, workers.a_suspicious_opening(0))["clue_id"]
    server.command(clue_id, "acknowledge", SUPERVISOR)
    assert clue_of(server, workers.a_suspicious_opening(0))["status"] == "raised"


def test_what_the_state_of_a_clue_forbids_is_refused_as_on_one_machine(workers: Workers, server: Served) -> None:
    clue_id = clue_of(server, workers.a_suspicious_opening(1))["clue_id"]
    answer = server.command(clue_id, "confirm", SUPERVISOR, "查实")
    assert (answer.status, answer.json()["code"]) == (409, "not_allowed")
    assert server.command(clue_id, "acknowledge", FOREIGN[Role.SUPERVISOR]).status == 404
    assert server.command(clue_id, "acknowledge", BIDDER).status == 403
    assert server.command(str(uuid4()), "acknowledge", SUPERVISOR).status == 404


def test_a_decision_that_no_worker_takes_is_not_carried_out_later(workers: Workers, server: Served) -> None:
    clue_id = clue_of(server, workers.a_suspicious_opening(0))["clue_id"]
    with impatient(workers) as another, workers.standing_still():
        answer = another.command(clue_id, "acknowledge", SUPERVISOR)
    assert (answer.status, answer.json()["code"]) == (503, "unanswered")
    assert server.command(clue_id, "acknowledge", SUPERVISOR).status == 200


@pytest.mark.parametrize("shard", range(SHARDS))
def test_reading_a_dossier_is_recorded_in_the_home_of_the_person(workers: Workers, server: Served, shard: int) -> None:
    opening = workers.a_suspicious_opening(shard)
    path = f"/api/v1/people/{opening.person_id}/dossier"
    answer = server.request("GET", path, AUDITOR)
    assert answer.status == 200
    assert answer.json()["entries"]
    readings = [fact["data"] for fact in workers.ledger(shard) if fact.get("type", "").endswith("dossier-read.v1")]
    assert readings[-1] == {
        "person": {"person_id": opening.person_id},
        "reader": AUDITOR.name,
        "role": "auditor",
        "reason": "clue",
        "on": readings[-1]["on"],
    }


def test_a_dossier_is_not_shown_while_the_reading_cannot_be_recorded(workers: Workers) -> None:
    opening = workers.a_suspicious_opening(0)
    with impatient(workers) as server, workers.standing_still():
        answer = server.request("GET", f"/api/v1/people/{opening.person_id}/dossier", AUDITOR)
    assert answer.status == 503
    assert opening.person_id not in answer.body.decode()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_notice_of_any_shard_reaches_an_open_stream(workers: Workers, server: Served, shard: int) -> None:
    with server.stream(SUPERVISOR) as stream:
        opening = workers.a_suspicious_opening(shard)
        assert stream.next()["tender_id"] == opening.tender_id


def test_a_notice_is_marked_as_read(workers: Workers, server: Served) -> None:
    with server.stream(BIDDER) as stream:
        workers.a_suspicious_opening(1)
        notice = stream.next()
    path = f"/api/v1/notices/{notice['notice_id']}/read"
    assert server.request("POST", path, FOREIGN[Role.BIDDER]).status == 404
    assert server.request("POST", path, BIDDER).status == 204
    listed = server.get(f"/api/v1/notices?after={notice['notice_id'] - 1}", Role.BIDDER)["items"]
    assert listed[0]["read_at"] is not None


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_quarantined_message_is_sent_again_where_it_is_kept(workers: Workers, server: Served, shard: int) -> None:
    number = server.number()
    good = a_message(payments(RIVAL)[0], source=SOURCE, id=f"again-{shard}-{number}")
    wrong = {**good, "data": {**good["data"], "month": "2025-13"}}
    assert workers.record(shard, wrong).refused == 1
    (entry,) = [
        one for one in server.get("/api/v1/quarantine?status=open", Role.SOURCE)["items"] if one["id"] == good["id"]
    ]
    path = f"/api/v1/quarantine/{entry['quarantine_id']}/resubmit"
    assert server.request("POST", path, FOREIGN[Role.SOURCE]).status == 404
    still = server.request("POST", path, ACTORS[Role.SOURCE])
    assert (still.status, still.json()["rejected"][0]["quarantine_id"]) == (400, entry["quarantine_id"])
    answer = server.request("POST", path, ACTORS[Role.SOURCE], body=as_bytes(good))
    assert (answer.status, answer.json()["accepted"]) == (202, 1)
    open_now = server.get("/api/v1/quarantine?status=open", Role.SOURCE)["items"]
    assert good["id"] not in {one["id"] for one in open_now}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_lead_is_filled_in_where_its_opening_is_kept_and_every_verdict_is_told(
    workers: Workers, server: Served, shard: int
) -> None:
    number = workers.at_home("lot:T-{}/1", shard)
    opening = an_opening_at_the_door(f"unread-{number}", source=SOURCE)
    opening["data"]["tender_id"] = f"T-{number}"
    assert workers.record(shard, with_wrong_number(deepcopy(opening))).accepted == 1
    listed = server.get("/api/v1/quarantine?status=open&limit=500", Role.SOURCE)["items"]
    (entry,) = [one for one in listed if one["id"] == opening["id"]]
    assert entry["partial"]
    path = f"/api/v1/quarantine/{entry['quarantine_id']}/resubmit"
    answer = server.request("POST", path, ACTORS[Role.SOURCE], body=as_bytes(opening))
    assert (answer.status, answer.json()["accepted"]) == (202, 1), answer.body
    verdicts = answer.json()["verdicts"]
    assert len(verdicts) == 3
    assert all(each["person_id"] and "D904" not in each["rules"] for each in verdicts)


def test_facts_are_sent_to_the_topics(server: Served) -> None:
    answer = server.send(a_message(payments(RIVAL)[0], source=SOURCE, id="by-http"))
    assert (answer.status, answer.json()["code"]) == (409, "come_by_topics")
    assert BID_OPENINGS.name in answer.json()["topics"]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_shard_has_a_log_that_outsiders_can_read(workers: Workers, server: Served, shard: int) -> None:
    workers.a_suspicious_opening(shard)
    note = server.request("GET", f"/api/v1/shards/{shard}/log/checkpoint").body.decode()
    checkpoint = parse_checkpoint(parse_note(note).text)
    assert checkpoint.size == len(workers.ledger(shard))
    path = f"/api/v1/shards/{shard}/log/proof/inclusion?position={checkpoint.size}"
    assert server.request("GET", path).json()["root"] == checkpoint.root.hex()
    assert server.request("GET", "/api/v1/log/checkpoint").json()["code"] == "log_of_which_shard"
    assert server.request("GET", f"/api/v1/shards/{SHARDS}/log/checkpoint").status == 404


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_record_sheet_leads_to_the_log_of_its_shard(workers: Workers, server: Served, shard: int) -> None:
    clue_id = clue_of(server, workers.a_suspicious_opening(shard))["clue_id"]
    sheet = page(server, f"/clues/{clue_id}/record", SUPERVISOR)
    assert_the_log_holds(server, link_on(sheet), shard)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_an_approval_case_has_proofs_and_a_sheet_of_its_shard(workers: Workers, server: Served, shard: int) -> None:
    case_id = f"AP/{workers.at_home('case:AP/{}', shard)}"
    for number, entry in enumerate((accepted("03-02", limit=5, case_id=case_id), approved("03-20", case_id=case_id))):
        workers.record(shard, a_message(entry, source=SOURCE, id=f"{case_id}-{number}"))
    path = f"/approvals/{quote(case_id, safe='')}"
    history = server.get(f"/api/v1{path}/history", Role.SUPERVISOR)
    assert [event["state"] for event in history["events"]] == ["accepted", "approved"]
    roots = {event["proof"]["root"] for event in history["events"]}
    assert roots == {parse_checkpoint(parse_note(history["checkpoint"]).text).root.hex()}
    assert_the_log_holds(server, link_on(page(server, f"{path}/record", SUPERVISOR)), shard)


def assert_the_log_holds(server: Served, link: str, shard: int) -> None:
    shown = page(server, f"{link.removeprefix(server.url)}&lang=en", None)
    assert "The log holds this entry" in shown.body.decode()
    assert link.endswith(f"&shard={shard}")


def test_health_metrics_and_pages_answer(workers: Workers, server: Served) -> None:
    workers.a_suspicious_opening(0)
    ready = server.request("GET", "/readyz")
    assert (ready.status, ready.json()) == (200, {"status": "ready", "problems": ["no broker answers"]})
    metrics = dict(
        line.rsplit(" ", 1)
        for line in server.request("GET", "/metrics").body.decode().splitlines()
        if not line.startswith("#")
    )
    recorded = sum(len(workers.ledger(shard)) for shard in range(SHARDS))
    assert float(metrics["tender_monitor_recorded_events"]) == recorded
    assert float(metrics["tender_monitor_log_entries"]) == recorded
    assert server.request("GET", "/").status == 200
    assert server.get("/api/v1/sources", Role.OPERATOR)["items"] == []


def test_numbers_of_one_source_are_put_together_over_all_shards(workers: Workers, server: Served) -> None:
    source = "urn:test:numbered"
    wanted = {"source": source, "owner": "x", "types": ["*"], "areas": ["*"]}
    body, headers = json.dumps(wanted).encode(), {"Content-Type": "application/json"}
    assert server.request("POST", "/api/v1/sources", ACTORS[Role.OPERATOR], body=body, headers=headers).status == 200
    reader = Actor(Role.SOURCE, "numbered", source=source)
    for number, shard in enumerate([0, 1, 1, 0, 1], start=1):
        person = {"person_id": f"{workers.at_home('person:{:064x}', shard):064x}"}
        if number != 4:
            message = a_message(payments(RIVAL, person=person)[0], source=source, id=f"numbered-{number}")
            workers.record(shard, {**message, "sequence": str(number)})
    (found,) = server.request("GET", "/api/v1/sources", reader).json()["items"]
    assert (found["numbers"], found["missing"]) == ({"first": 1, "last": 5}, [[4, 4]])


def test_another_number_of_shards_is_refused(workers: Workers) -> None:
    fewer = workers.settings.model_copy(update={"kafka": KAFKA.model_copy(update={"shards": 1})})
    with pytest.raises(WrongPlace):
        Console.open(fewer)


def test_coverage_is_that_of_any_shard_and_leads_of_all_shards_are_asked_about(
    workers: Workers, server: Served
) -> None:
    """Closings stand in every shard, so none counts twice; a lead stands in its own."""
    unknown = [f"{workers.at_home('person:{:064x}', shard):064x}" for shard in range(SHARDS)]
    for shard, person in enumerate(unknown):
        number = workers.at_home("lot:T-{}/1", shard)
        bids = (a_bid(person={"person_id": person}),)
        opening = a_bid_opening(tender_id=f"T-{number}", jurisdiction=JURISDICTION, bids=bids)
        workers.record(shard, a_message(opening, source=SOURCE, id=f"unknown-{number}"))
    before = datetime.now(UTC)
    for shard in range(SHARDS):
        workers.record(shard, a_message(a_closing(period="2025-04"), source=SOURCE, id="closed-april"))

    path = "/api/v1/coverage?kind=insurance-paid&area=440100&from=2025-04&to=2025-05"
    shown = server.get(path, Role.OPERATOR)
    assert [(item["period"], item["status"]) for item in shown["items"]] == [("2025-04", "closed"), ("2025-05", "late")]
    earlier = server.get(f"{path}&known_at={quote(before.isoformat())}", Role.OPERATOR)
    assert {item["status"] for item in earlier["items"]} == {"never"}
    asked = {item["person_id"]: item["months"] for item in server.get("/api/v1/enquiries", Role.AUDITOR)["items"]}
    assert [asked[person] for person in unknown] == [["2025-03", "2025-05"]] * SHARDS


def test_the_first_shard_keeps_all_accounts_and_the_console_lets_them_in(workers: Workers, server: Served) -> None:
    """Opened, invited, let in, recorded, and put out at once, as on one machine."""
    operator, officer = ACTORS[Role.OPERATOR], ACTORS[Role.SECURITY_OFFICER]
    account_id = post(server, "/api/v1/accounts", {"login": "lin", "name": "林"}, operator).json()["account_id"]
    path = f"/api/v1/accounts/{account_id}"
    role = {"role": "supervisor", "jurisdiction": "440100"}
    assert post(server, f"{path}/roles", role, officer).json()["name"] == "林"
    link = post(server, f"{path}/invite", {}, operator).json()["link"]
    signed_in = post(server, "/session", {"code": link.rpartition("=")[2]})
    headers = browser(signed_in)
    assert server.request("GET", "/api/v1/clues", headers=headers).status == 200
    listed = server.get("/api/v1/access-log", Role.AUDITOR)["items"]
    assert [each["what"] for each in listed if each["account"] == account_id] == ["signed-in"]
    assert post(server, "/api/v1/accounts", {"login": "LIN", "name": "x"}, operator).status == 409
    assert post(server, f"{path}/disable", {"why": "left"}, operator).status == 200
    assert server.request("GET", "/api/v1/clues", headers=headers).status == 401
    topics = [[fact["type"] for fact in workers.ledger(shard) if "access" in fact.get("type", "")] for shard in (0, 1)]
    assert sum(map(len, topics)) == 1


def test_nobody_is_kept_out_while_no_worker_can_record_the_sign_in(workers: Workers) -> None:
    with impatient(workers) as server, workers.standing_still():
        assert post(server, "/session", {"token": server.token(ACTORS[Role.OPERATOR])}).status == 201
