"""The call that the trading system makes before it shows a lead."""

from datetime import date

from domain.access import Role
from domain.evidence.days import day_in_shanghai
from domain.facts.conducts import ConductObjected
from tests.builders import a_bid_opening, a_message
from tests.domain.conduct.test_terms import a_record
from tests.infra.http.served import JURISDICTION, SOURCE, Served


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
