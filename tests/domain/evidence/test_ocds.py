"""A lot of the ledger as a contracting process."""

from datetime import datetime
from decimal import Decimal

from domain.evidence.ocds import Price, process_of
from domain.facts.bidding import AwardAnnounced
from domain.facts.fact import Org
from domain.facts.ocds import LotImported
from tests.builders import BIDDER, RIVAL, TENDERER, a_bid, a_bid_opening, an_appointment, in_order

LOT = "T-2025-001/1"


def an_import(release: str, day: int, **given: object) -> LotImported:
    published = f"2024-05-{day:02}T00:00:00+08:00"
    return LotImported.model_validate(
        {"tender_id": "ocds-1", "lot_id": "1", "release_id": release, "published_at": published, **given}
    )


def an_award(bidder: Org = BIDDER) -> AwardAnnounced:
    return AwardAnnounced(
        tender_id="T-2025-001",
        lot_id="1",
        awarded_at=datetime.fromisoformat("2025-07-01T00:00:00+08:00"),
        bidder=bidder,
    )


def test_an_opening_and_its_award_make_a_competitive_process() -> None:
    bids = (a_bid(price=Decimal("100.5")), a_bid(bidder=RIVAL, disqualified=True))
    process = process_of(LOT, in_order([a_bid_opening(bids=bids), an_award()]))
    assert process is not None
    assert (process.key, process.method, process.bidders_counted) == (LOT, "open", 2)
    assert (process.buyer, process.procuring_entity) == (TENDERER.key, None)
    assert [(offer.only_bidder, offer.status, offer.price) for offer in process.offers] == [
        (BIDDER.key, "valid", Price(100.5, "CNY")),
        (RIVAL.key, "disqualified", None),
    ]
    assert process.only_winner == BIDDER.key


def test_two_awards_to_different_bidders_leave_no_only_winner() -> None:
    process = process_of(LOT, in_order([a_bid_opening(), an_award(), an_award(RIVAL)]))
    assert process is not None
    assert process.only_winner is None


def test_an_announcement_alone_is_no_process() -> None:
    assert process_of(LOT, in_order([an_award(), an_appointment()])) is None


def test_of_several_releases_the_newest_that_speaks_of_a_part_counts() -> None:
    period = {"begins": "2024-04-01T00:00:00+08:00", "ends": "2024-04-20T00:00:00+08:00"}
    bid = {"bidders": [{"name": "甲", "ocds_id": "A"}], "status": "valid", "value": {"amount": "7", "currency": "JPY"}}
    tendered = an_import("r1", 1, status="active", submission_period=period, buyer={"name": "City", "ocds_id": "B"})
    opened = an_import("r2", 2, bids=[bid], procurement_method="open")
    awarded = an_import("r3", 3, status="complete", awards=[{"suppliers": [{"name": "甲", "ocds_id": "A"}]}])
    for facts in ([tendered, opened, awarded], [awarded, tendered, opened]):
        process = process_of("ocds-1/1", in_order(facts))
        assert process is not None
        assert (process.status, process.method, process.buyer) == ("complete", "open", "B")
        assert process.closes_at == datetime.fromisoformat(period["ends"])
        assert process.offers[0].price == Price(7, "JPY")
        assert process.awards[0].only_supplier == "A"


def test_a_party_without_an_id_is_not_matched_by_its_name() -> None:
    """As of a release that is read from its file."""
    bid = {"bidders": [{"name": "Another Builder"}]}
    process = process_of("ocds-1/1", in_order([an_import("r1", 1, bids=[bid])]))
    assert process is not None
    assert process.offers[0].bidders == (None,)
    assert not process.offers[0].submitted


def unread(*fields: str) -> dict[str, object]:
    return {"unread": [{"field": field, "digest": "0" * 16} for field in fields]}


def test_a_process_tells_what_could_not_be_read_of_it() -> None:
    process = process_of(
        "ocds-1/1", in_order([an_import("r1", 1, **unread("bids[0].value", "title", "bids[1].bidders[0].uscc"))])
    )
    assert process is not None
    assert process.unread == ("bids[0].value",)


def test_a_part_that_a_later_release_says_whole_is_read() -> None:
    bids = [{"bidders": [], "status": "valid"}]
    first, second = an_import("r1", 1, **unread("bids", "awards[0]")), an_import("r2", 2, bids=bids)
    process = process_of("ocds-1/1", in_order([first, second]))
    assert process is not None
    assert process.unread == ("awards[0]",)


def test_a_part_that_a_later_release_says_in_part_is_not_read() -> None:
    bids = [{"bidders": [], "status": "valid"}]
    process = process_of("ocds-1/1", in_order([an_import("r1", 1, bids=bids), an_import("r2", 2, **unread("bids"))]))
    assert process is not None
    assert process.unread == ("bids",)
