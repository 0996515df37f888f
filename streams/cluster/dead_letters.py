"""Dead letters: a copy of each refused record, byte for byte, with the reason and the place it came from.

A record of which only parts were refused is told of as well, with the header ``ce_dlqpartial``: its source
hears of them in no other way.

A record larger than we may send is told of without its value: how long that was, its digest, and
the quarantine entries that keep the bytes that were refused, sealed.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection

from alerts.outbox import Outbox, Outgoing
from streams.cluster.delivery import Delivery
from streams.cluster.topics import DEAD_LETTERS
from streams.intake.prepared import Refusal
from streams.intake.sizes import RECORD_BYTES

PREFIX: Final = "ce_dlq"


class Refused(NamedTuple):
    """One event that was refused, of which record, and its entry in quarantine."""

    delivery: Delivery
    refusal: Refusal
    quarantine_id: str


class DeadLetters:
    """Puts them into the outbox, sealed: they are as personal as what was sent."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def put(self, connection: Connection, refused: Sequence[Refused], at: datetime) -> None:
        """One letter for each record, however many of its events were refused."""
        by_record: dict[tuple[int, int], list[Refused]] = {}
        for one in refused:
            by_record.setdefault((one.delivery.partition, one.delivery.offset), []).append(one)
        self._outbox.put(connection, map(dead_letter, by_record.values()), at)


def dead_letter(refused: Sequence[Refused]) -> Outgoing:
    """For one record; the headers tell the code of the first error, never a value."""
    delivery = refused[0].delivery
    kept = tuple((name, value) for name, value in delivery.headers if not name.startswith(PREFIX))
    told = {
        "reason": refused[0].refusal.errors[0].code,
        "topic": delivery.topic.name,
        "partition": str(delivery.partition),
        "offset": str(delivery.offset),
        "quarantine": ",".join(dict.fromkeys(one.quarantine_id for one in refused)),
    }
    if all(one.refusal.partial for one in refused):
        told["partial"] = "true"
    # Kafka takes no record that has neither key nor value.
    value = b"" if delivery.key is None and delivery.value is None else delivery.value
    letter = _letter(delivery.key, value, kept, told)
    return letter if letter.size <= RECORD_BYTES else _without_value(letter, told)


def _without_value(letter: Outgoing, told: dict[str, str]) -> Outgoing:
    """Also without the source's key and headers, where these alone are too long."""
    value = letter.value or b""
    told = {**told, "bytes": str(len(value)), "sha256": hashlib.sha256(value).hexdigest()}
    kept = tuple((name, text) for name, text in letter.headers if not name.startswith(PREFIX))
    shorter = _letter(letter.key, b"", kept, told)
    return shorter if shorter.size <= RECORD_BYTES else _letter(None, b"", (), told)


def _letter(
    key: bytes | None, value: bytes | None, kept: tuple[tuple[str, bytes], ...], told: dict[str, str]
) -> Outgoing:
    headers = (*kept, *((f"{PREFIX}{name}", text.encode()) for name, text in told.items()))
    return Outgoing(DEAD_LETTERS.name, key, value, headers, personal=True)
