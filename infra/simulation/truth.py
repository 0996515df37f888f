"""The truth file: exactly the clues that must be open when every fact is in and every date is due."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from infra.simulation.licences import Licence
from infra.simulation.lot_scenarios import Planted, claim_of
from infra.simulation.scenarios import HONEST, SCENARIOS, Expected
from infra.simulation.scenarios.scenario import LICENCE_INVALID
from infra.simulation.tenders import Bid, Lot


class Appointment(NamedTuple):
    """One lead × bidder × lot as planted, with the clues it must leave open and what planted each."""

    lot: Lot
    bid: Bid
    scenario: str
    expects: tuple[tuple[Expected, str], ...]


def appointments(lots: list[Lot], licences: Mapping[str, Licence]) -> Iterator[Appointment]:
    """What was planted on leads, and what the bidders' licences (by code) add on each opening day."""
    for lot in lots:
        for bid in lot.bids:
            licence = licences[bid.bidder.uscc]
            expects = [(expected, bid.scenario) for expected in SCENARIOS[bid.scenario].expects]
            if licence.missing_on(lot.opened_on):
                expects.append((LICENCE_INVALID, licence.story))
            planted = licence.story if licence.troubled and bid.scenario == HONEST else bid.scenario
            yield Appointment(lot, bid, planted, tuple(expects))


def clues(planted: list[Appointment]) -> list[dict[str, Any]]:
    return [
        expected._asdict() | _said(appointment) | {"scenario": scenario}
        for appointment in planted
        for expected, scenario in appointment.expects
    ]


def _said(appointment: Appointment) -> dict[str, Any]:
    lot, bid = appointment.lot, appointment.bid
    return {
        "tender_id": lot.tender_id,
        "lot_id": lot.lot_id,
        "bidder_uscc": bid.bidder.uscc,
        "person_id_number": bid.lead.id_number,
        "person_name": bid.lead.name,
        "project_code": lot.project_code,
        "case_id": None,
        "opened_on": lot.opened_on.isoformat(),
        "jurisdiction": lot.jurisdiction,
        "scenario": appointment.scenario,
    }


def as_file(planted: list[Appointment], on_lots: Planted, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """``clues`` is the truth; ``appointments``, ``scenarios`` and ``lot_scenarios`` say where each came from."""
    counted = Counter(appointment.scenario for appointment in planted)
    return {
        "synthetic": True,
        "parameters": dict(parameters),
        "clues": clues(planted) + [owed.said() for owed in on_lots.owed],
        "appointments": [
            _said(appointment) | {"expects": [expected.rule for expected, _ in appointment.expects]}
            for appointment in planted
        ],
        "scenarios": {
            name: {"appointments": count, "planted": SCENARIOS[name].claim if name in SCENARIOS else None}
            for name, count in sorted(counted.items())
        },
        "lot_scenarios": {
            name: {"times": times, "planted": claim_of(name)} for name, times in sorted(on_lots.times.items())
        },
    }
