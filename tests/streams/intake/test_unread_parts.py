"""One unreadable part of a message never costs the rest of it."""

from datetime import datetime
from typing import Any

import pytest

from domain.facts.bidding import AwardAnnounced, Candidate, CandidatesAnnounced
from domain.facts.ocds import ImportedAward, ImportedBid, LotImported, Party
from tests.builders import BIDDER, RIVAL, a_bid_opening, a_firm
from tests.monitor import OPERATOR, Monitor, correction, said
from tests.opening_builders import UNREADABLE_LEADS, WRONG_NUMBER, an_opening_at_the_door, with_wrong_number
from tests.streams.intake.test_intake import ID_NUMBER, NAME, refused, stored_bytes

AT = datetime.fromisoformat("2025-06-25T10:00:00+08:00")


def read_in_part(monitor: Monitor, message: dict[str, Any]) -> list[tuple[str, str]]:
    """What could not be read of a message whose rest was recorded."""
    receipt = monitor.send(message)
    assert receipt.accepted == 1
    ((refusal, _),) = receipt.quarantined
    assert refusal.partial
    return [(error.field, error.code) for error in refusal.errors]


def content(monitor: Monitor) -> dict[str, Any]:
    """The data of the first message in the ledger."""
    data: dict[str, Any] = monitor.facts()[0]["data"]
    return data


@pytest.mark.parametrize("name", UNREADABLE_LEADS)
def test_a_bid_whose_lead_cannot_be_identified_is_recorded_without_it_and_the_others_whole(
    monitor: Monitor, name: str
) -> None:
    spoil, field, code = UNREADABLE_LEADS[name]
    opening = an_opening_at_the_door()
    spoil(opening["data"]["bids"][1])
    assert read_in_part(monitor, opening) == [(f"data.bids[1].{field}", code)]
    first, second, third = content(monitor)["bids"]
    assert first["lead"]["person"].keys() == third["lead"]["person"].keys() == {"person_id", "name_key"}
    assert "lead" not in second
    note = second["lead_unidentified"]
    assert note["field"] == "bids[1].lead"
    assert note["errors"] == [{"field": f"bids[1].{field}", "code": code}]
    assert second["bidder"]["name"] == RIVAL.name


def test_the_lead_of_the_only_bid_may_be_unreadable(monitor: Monitor) -> None:
    """A list of one whose element is wrong is not told to be too short."""
    opening = with_wrong_number(an_opening_at_the_door(), bid=0)
    del opening["data"]["bids"][1:]
    assert read_in_part(monitor, opening) == [("data.bids[0].lead.person.id_number", "check_digit")]
    assert "lead" not in content(monitor)["bids"][0]


def test_what_was_sent_of_the_lead_stands_nowhere_in_the_clear_and_whole_in_the_quarantine(monitor: Monitor) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    stored = stored_bytes(monitor.settings.data)
    assert WRONG_NUMBER.encode() not in stored
    assert NAME.encode() not in stored
    (entry,) = monitor.quarantined()
    assert entry.partial
    with monitor.read() as connection:
        kept = monitor.installation.quarantine.opened(connection, entry.quarantine_id, OPERATOR)
    assert WRONG_NUMBER.encode() in kept


def test_the_same_message_again_is_a_duplicate_and_adds_no_entry(monitor: Monitor) -> None:
    for _ in range(2):
        receipt = monitor.send(with_wrong_number(an_opening_at_the_door()))
    assert (receipt.accepted, receipt.duplicates) == (0, 1)
    (entry,) = monitor.quarantined()
    assert entry.times_received == 2


def test_another_wrong_number_under_the_same_id_is_a_conflict_and_nothing_else(monitor: Monitor) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    other = an_opening_at_the_door()
    other["data"]["bids"][1]["lead"]["person"]["id_number"] = ID_NUMBER[:17]
    assert [error.code for error in refused(monitor, other)] == ["conflict"]


@pytest.mark.parametrize(
    ("spoil", "field", "code"),
    [
        (lambda data: data["bids"][0].update(staff=[{"role": "安全员"}]), "bids[0].staff[0].person", "missing"),
        (lambda data: data["bids"][0].update(staff="x"), "bids[0].staff", "tuple_type"),
        (lambda data: data["bids"][0].update(price=12), "bids[0].price", "money_format"),
        (lambda data: data["bids"][0]["bidder"].update(uscc="1"), "bids[0].bidder.uscc", "length"),
        (lambda data: data["bids"][0]["bidder"].update(aliases=[3]), "bids[0].bidder.aliases[0]", "string_type"),
        (lambda data: data["bids"][0]["lead"].update(qualification=1), "bids[0].lead.qualification", "string_type"),
        (lambda data: data["bids"][0].update(consortium=[{}]), "bids[0].consortium[0].name", "missing"),
        (lambda data: data["bids"][0].update(bidder={}), "bids[0].bidder.name", "missing"),
        (lambda data: data.update(building_codes=[3, "B1"]), "building_codes[0]", "string_type"),
        (lambda data: data["tenderer"].update(aliases=[3]), "tenderer.aliases[0]", "string_type"),
        (lambda data: data["bids"][0]["bidder"].update(aliases=["甲\0"]), "bids[0].bidder.aliases[0]", "characters"),
        (
            lambda data: data["bids"][0].update(staff=[{"person": {"person_id": "a1" * 32}, "role": ID_NUMBER}]),
            "bids[0].staff[0]",
            "personal_data",
        ),
    ],
)
def test_one_bad_element_or_optional_field_of_a_bid_costs_nothing_else(
    monitor: Monitor, spoil: Any, field: str, code: str
) -> None:
    opening = an_opening_at_the_door()
    spoil(opening["data"])
    assert read_in_part(monitor, opening) == [(f"data.{field}", code)]
    (note,) = content(monitor)["unread"]
    assert f"{field}.".startswith(f"{note['field']}.") or field.startswith(note["field"])
    leads = [bid["lead"] for bid in content(monitor)["bids"]]
    assert len(leads) == (2 if code == "missing" and "bidder" in field else 3)


def test_a_member_of_a_consortium_that_cannot_be_read_keeps_its_place(monitor: Monitor) -> None:
    """Else the second member would be taken for the leader, and an honest lead accused."""
    opening = an_opening_at_the_door()
    opening["data"]["bids"][0]["consortium"] = [{"name": ""}, {"name": RIVAL.name}]
    monitor.send(opening)
    assert [member["name"] for member in content(monitor)["bids"][0]["consortium"]] == ["？", RIVAL.name]


def test_a_candidate_who_cannot_be_read_costs_nobody_else_the_mark(monitor: Monitor) -> None:
    candidates = (Candidate(rank=1, bidder=BIDDER), Candidate(rank=2, bidder=RIVAL))
    announced = said(CandidatesAnnounced(tender_id="T", lot_id="1", announced_at=AT, candidates=candidates), "c1")
    announced["data"]["candidates"][0]["rank"] = 0
    assert read_in_part(monitor, announced) == [("data.candidates[0].rank", "greater_than_equal")]
    assert [each["bidder"]["name"] for each in content(monitor)["candidates"]] == [RIVAL.name]


def test_a_wrong_code_of_a_party_does_not_cost_an_imported_lot(monitor: Monitor) -> None:
    imported = LotImported(
        tender_id="ocds-1",
        lot_id="1",
        release_id="r1",
        published_at=AT,
        bids=(ImportedBid(bidders=(Party(name="甲"),)),),
        awards=(ImportedAward(suppliers=(Party(name="甲"),), item_classes=("1", "2")),),
    )
    message = said(imported, "o1")
    message["data"]["bids"][0]["bidders"][0]["uscc"] = "x"
    message["data"]["awards"][0]["item_classes"][0] = 3
    assert {field for field, _ in read_in_part(monitor, message)} == {
        "data.bids[0].bidders[0].uscc",
        "data.awards[0].item_classes[0]",
    }


def an_imported_lot(**given: Any) -> dict[str, Any]:
    message = said(LotImported(tender_id="ocds-1", lot_id="1", release_id="r1", published_at=AT), "o1")
    message["data"] |= given
    return message


def test_a_bidder_of_an_imported_lot_that_cannot_be_read_keeps_its_place(monitor: Monitor) -> None:
    """Else of two that bid together one would have bid alone."""
    message = an_imported_lot(bids=[{"bidders": [{"name": "甲"}, {"name": 5}]}, {"bidders": [{"name": "乙"}]}])
    assert read_in_part(monitor, message) == [("data.bids[0].bidders[1].name", "string_type")]
    bids = content(monitor)["bids"]
    assert [[bidder["name"] for bidder in bid["bidders"]] for bid in bids] == [["甲", "？"], ["乙"]]


def test_an_imported_lot_is_recorded_without_its_only_bid_and_without_any_other_part(monitor: Monitor) -> None:
    message = an_imported_lot(
        bids=["?"], awards={"status": "active"}, status=["active"], buyer=7, title=1, submission_period="May"
    )
    read = read_in_part(monitor, message)
    assert {field for field, _ in read} == {
        "data.bids[0]",
        "data.awards",
        "data.status",
        "data.buyer",
        "data.title",
        "data.submission_period",
    }
    assert content(monitor).keys() >= {"tender_id", "bids", "unread"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda opening: opening["data"].update(tender_id=""),
        lambda opening: opening["data"].update(opened_at="gestern"),
        lambda opening: opening["data"].update(tenderer={}),
        lambda opening: opening["data"].update(bids=[]),
        lambda opening: opening["data"].update(bids=[{}]),
        lambda opening: opening.update(time="gestern"),
        lambda opening: opening.pop("data"),
    ],
)
def test_what_is_no_element_of_a_list_refuses_the_message_as_before(monitor: Monitor, spoil: Any) -> None:
    opening = with_wrong_number(an_opening_at_the_door())
    spoil(opening)
    receipt = monitor.send(opening)
    assert (receipt.accepted, [refusal.partial for refusal, _ in receipt.quarantined]) == (0, [False])
    assert not monitor.quarantined()[0].partial


def test_an_announcement_of_which_no_candidate_can_be_read_is_refused(monitor: Monitor) -> None:
    announced = said(CandidatesAnnounced(tender_id="T", lot_id="1", announced_at=AT, candidates=()), "c1")
    announced["data"]["candidates"] = [{"rank": 1}]
    assert [error.field for error in refused(monitor, announced)] == ["data.candidates[0].bidder"]


def test_an_award_names_one_bidder_and_is_refused_with_it(monitor: Monitor) -> None:
    awarded = said(AwardAnnounced(tender_id="T", lot_id="1", awarded_at=AT, bidder=BIDDER), "a1")
    awarded["data"]["bidder"]["name"] = ""
    assert [error.field for error in refused(monitor, awarded)] == ["data.bidder.name"]


def test_no_source_may_write_the_notes_itself(monitor: Monitor) -> None:
    """A source that could would have a lead judged by nothing."""
    note = {"field": "bids[0].lead", "digest": "0" * 16}
    in_data, in_bid = an_opening_at_the_door(), an_opening_at_the_door()
    in_data["data"]["unread"] = [note]
    in_bid["data"]["bids"][0]["lead_unidentified"] = note
    for opening, field in ((in_data, "data.unread"), (in_bid, "data.bids[0].lead_unidentified")):
        assert [(error.field, error.code) for error in refused(monitor, opening)] == [(field, "reserved_field")]


def test_a_replacement_in_a_correction_is_read_in_part_too(monitor: Monitor) -> None:
    corrected = correction("c1", "b1", a_bid_opening())
    corrected["data"]["replacement"]["data"] = with_wrong_number(an_opening_at_the_door())["data"]
    assert read_in_part(monitor, corrected) == [("data.replacement.data.bids[1].lead.person.id_number", "check_digit")]


def test_many_unreadable_parts_are_one_entry_and_told_in_part(monitor: Monitor) -> None:
    opening = an_opening_at_the_door()
    opening["data"]["bids"][0]["staff"] = [{"role": "x"}] * 2_000
    assert len(read_in_part(monitor, opening)) == 50
    assert len(content(monitor)["unread"]) == 2_000
    assert len(monitor.quarantined()) == 1


def test_the_name_of_a_bidder_with_a_wrong_code_still_counts(monitor: Monitor) -> None:
    opening = an_opening_at_the_door()
    opening["data"]["bids"][0]["bidder"] = {"name": a_firm("甲公司").name, "uscc": "91440101MA5000001X"}
    monitor.send(opening)
    assert content(monitor)["bids"][0]["bidder"] == {"name": "甲公司"}
