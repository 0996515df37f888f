"""Clues about several bids, as the truth file has them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.people import Person
from infra.simulation.scenarios.scenario import Expected
from infra.simulation.tenders import Lot

SHARED_STAFF = Expected("T401", "mismatch", "high")
INSURED_BY_RIVAL = Expected("T402", "mismatch", "high")
BROKER_RING = Expected("T403", "mismatch", "high")
AGENT_RING = Expected("T403", "suspect", "low")
EQUAL_PRICES = Expected("T404", "suspect", "medium")
PRICE_STEPS = Expected("T405", "suspect", "medium")
EMPLOYED_ELSEWHERE = Expected("E110", "suspect", "low")
MOVED_AWAY = Expected("E109", "mismatch", "medium")
REPLACED = Expected("L202", "mismatch", "high")
LOWER_LEVEL = Expected("L203", "suspect", "medium")


@dataclass(frozen=True)
class Owed:
    """One clue that must be open at the end: about a lot, a lead of it, or a payer (as ``bidder``)."""

    expected: Expected
    scenario: str
    lot: Lot | None = None
    bidder: Firm | None = None
    person: Person | None = None

    def said(self) -> dict[str, Any]:
        lot, bidder, person = self.lot, self.bidder, self.person
        return self.expected._asdict() | {
            "tender_id": lot.tender_id if lot else None,
            "lot_id": lot.lot_id if lot else None,
            "bidder_uscc": bidder.uscc if bidder else None,
            "person_id_number": person.id_number if person else None,
            "person_name": person.name if person else None,
            "project_code": lot.project_code if lot else None,
            "case_id": None,
            "scenario": self.scenario,
        }


@dataclass
class Planted:
    """What was done to the lots: how often each scenario was planted, and the clues owed."""

    owed: list[Owed] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)

    def note(self, scenario: str, owed: list[Owed]) -> None:
        self.times[scenario] += 1
        self.owed += owed
