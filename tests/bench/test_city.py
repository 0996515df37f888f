"""The benchmark's stream is what real sources could send."""

import json
from datetime import date
from itertools import islice
from pathlib import Path

from bench.city import EVENTS_PER_LOT, WORKERS, City, person
from infra.identity.keys import open_keys
from infra.identity.vault import Vault
from streams.intake.intake import Intake
from streams.intake.prepared import PreparedBatch


def prepared(lines: list[str], keys: Path) -> PreparedBatch:
    return Intake(Vault(open_keys(keys)).pseudonymiser()).prepare([line.encode() for line in lines])


def test_every_message_is_accepted(tmp_path: Path) -> None:
    lines = list(islice(City().lines(), 2 * EVENTS_PER_LOT))
    batch = prepared(lines, tmp_path)
    assert batch.refusals == []
    assert len(set(zip(batch.sources, batch.ids, strict=True))) == len(lines)


def test_a_lot_opens_every_so_many_messages() -> None:
    kinds = [json.loads(line)["type"] for line in islice(City().lines(), 3 * EVENTS_PER_LOT)]
    assert kinds.count("tender-integrity.bid-opened.v1") == 3


def test_cities_of_different_names_share_no_message() -> None:
    here, there = (
        {(message["source"], message["id"]) for message in map(json.loads, islice(City(name).lines(), 500))}
        for name in ("here", "there")
    )
    assert not here & there


def test_a_lead_with_a_clue_is_insured_by_another_firm_than_the_bidder() -> None:
    city, day = City(), date(2025, 6, 18)
    lead = city.lead_with_a_clue()
    opening = json.loads(city.opening(city.tender(1), [lead], day=day))
    payers = {
        message["data"]["payer"]["uscc"]
        for message in map(json.loads, city.facts_about(lead, day=day))
        if message["type"] == "tender-integrity.insurance-paid.v1"
    }
    assert payers
    assert opening["data"]["bids"][0]["bidder"]["uscc"] not in payers


def test_everybody_is_somebody_else() -> None:
    numbers = {json.loads(person(number))["id_number"] for number in range(0, WORKERS, 7)}
    assert len(numbers) == len(range(0, WORKERS, 7))
