"""The call that the trading system makes before it shows a lead."""

from datetime import date

from domain.access import Role
from domain.evidence.days import day_in_shanghai
from domain.facts.conducts import ConductCorrected, ConductObjected
from tests.builders import BIDDER, RIVAL, THIRD, a_bid_opening, a_licence, a_message
from tests.domain.conduct.test_terms import a_record
from tests.infra.http.served import ACTORS, JURISDICTION, SOURCE, Served


def test_the_trading_system_is_shown_records_in_force_alone(server: Served) -> None:
    today = day_in_shanghai(server.running.installation.clock())
    lasting = a_record(kind="performance")
    records = {
        "in-force": lasting,
        "objected": lasting,
        "published-today": a_record(published_on=today),
        "never-published": a_record(published_on=None),
        "expired": a_record(published_on=date(2015, 6, 1), happened_on=date(2015, 5, 1)),
    }
    opening = a_message(a_bid_opening(tender_id="C-1", jurisdiction=JURISDICTION), source=SOURCE, id="opening")
    said = [record.model_copy(update={"record_id": number}) for number, record in records.items()]
    objected = ConductObjected(**said[1].model_dump())
    messages = [a_message(data, source=SOURCE) for data in (*said, objected)]
    assert server.send(opening, *messages).status == 202
    person_id = opening["data"]["bids"][0]["lead"]["person"]["person_id"]
    shown = server.get(f"/api/v1/people/{person_id}/integrity-file", Role.SOURCE)
    (record,) = shown["conduct"]
    assert (record["record_id"], record["counts_from"], record["counts_to"]) == ("in-force", "2024-06-26", None)


def test_a_firm_s_file_has_its_certificates_and_its_records_in_force(server: Served) -> None:
    lasting = a_record(kind="performance", subject=BIDDER, record_id="F-1")
    fresh = a_record(subject=BIDDER, record_id="F-2", published_on=day_in_shanghai(server.running.installation.clock()))
    moved = ConductCorrected(**(lasting.model_dump() | {"record_id": "F-3", "subject": RIVAL}))
    first = lasting.model_copy(update={"record_id": "F-3"})
    said = [a_message(data, source=SOURCE) for data in (lasting, fresh, first, moved, a_licence())]
    said[3]["time"] = "2025-07-01T12:00:00+08:00"
    assert server.send(*said).status == 202
    bidder, rival = (server.get(f"/api/v1/firms/{firm.uscc}/integrity-file", Role.SOURCE) for firm in (BIDDER, RIVAL))
    assert [record["record_id"] for record in bidder["conduct"]] == ["F-1"]
    assert [certificate["kind"] for certificate in bidder["certificates"]] == ["safety-production-licence"]
    assert [record["record_id"] for record in rival["conduct"]] == ["F-3"]


def test_a_firm_whose_code_cannot_exist_has_no_file(server: Served) -> None:
    assert server.request("GET", "/api/v1/firms/ABC/integrity-file", ACTORS[Role.AUDITOR]).status == 404
    unheard = server.get(f"/api/v1/firms/{THIRD.uscc}/integrity-file", Role.AUDITOR)
    assert (unheard["certificates"], unheard["conduct"]) == ([], [])
