"""Which payments of the bureau count."""

import json
from typing import Any

from streams.deliveries.standing import AGAIN
from tests.delivery_builders import Row
from tests.monitor import Monitor


def standing(monitor: Monitor) -> dict[str, Any]:
    """What counts of the bureau's payments: id, without the number of what was said again, and payer."""
    return standing_in(monitor.ledger())


def standing_in(ledger: list[tuple[int, str, bytes]]) -> dict[str, Any]:
    facts = [json.loads(state) for _, topic, state in ledger if topic.startswith("tender-integrity.")]
    gone = {each["data"]["retracts"]["id"] for each in facts if each["type"].endswith("fact-corrected.v1")}
    paid = [each for each in facts if each["type"].endswith("insurance-paid.v1") and each["id"] not in gone]
    assert len({each["id"].partition(AGAIN)[0] for each in paid}) == len(paid), "something counts twice"
    return {each["id"].partition(AGAIN)[0]: each["data"]["payer"]["name"] for each in paid}


def expected(content: list[Row]) -> dict[str, str]:
    return {row[0]: row[3] for row in content}
