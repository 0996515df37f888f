"""The verdict about a bid as interfaces answer it."""

from typing import Any

from domain.bid_verdict import BidVerdict


def verdict_document(verdict: BidVerdict) -> dict[str, Any]:
    named = {"name": verdict.bidder, "uscc": verdict.bidder_uscc}
    return {
        "tender_id": verdict.tender_id,
        "lot_id": verdict.lot_id,
        "bidder": named if verdict.bidder is not None else None,
        "person_id": verdict.person_id,
        "verdict": verdict.verdict,
        "rules": verdict.rules,
        "complete_to": verdict.complete_to,
    }
