"""A writer that is killed at any moment, and says what was acknowledged until then."""

import random
from multiprocessing.connection import Connection
from pathlib import Path

from infra.installation import Installation
from infra.settings import Settings
from tests.builders import RIVAL, a_bid_opening, a_payment, a_registration
from tests.monitor import SOURCE, Message, as_bytes, said
from tests.source_builders import register_in

LARGEST_BATCH = 300


def feed(data: Path, run: int, acknowledged: Connection) -> None:
    """Commit batch after batch; the ids of each are sent once its commit has returned, none once it is open."""
    installation = Installation.open(Settings(data=data))
    register_in(installation, SOURCE)
    shard, intake = installation.open_shard(), installation.intake()
    acknowledged.send([])
    draw, number = random.Random(run), 0
    while True:
        messages = _batch(draw, f"{run}-{number}")
        shard.commit([intake.prepare([as_bytes(message) for message in messages])])
        acknowledged.send([message["id"] for message in messages if isinstance(message, dict)])
        number += 1


def _batch(draw: random.Random, name: str) -> list[Message]:
    """Mostly a few messages, sometimes several tiles full, sometimes an opening that raises clues."""
    size = draw.choice([1, 2, 10, draw.randrange(1, LARGEST_BATCH)])
    person = {"person_id": f"{draw.getrandbits(256):064x}"}
    messages: list[Message] = [said(a_payment(payer=RIVAL, person=person), f"{name}-{at}") for at in range(size)]
    if draw.random() < 0.2:
        opening = a_bid_opening(tender_id=name)
        registered = a_registration(certificate_no=name, person=person)
        messages += [said(opening, f"{name}-opening"), said(registered, f"{name}-registered")]
    return messages
