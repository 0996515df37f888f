"""The two feeds of a publisher: the rows of the outbox, and the notices for their topic."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import takewhile
from typing import Final, Protocol
from uuid import UUID, uuid5

from sqlalchemy import Column, Connection, String, Table, insert, select, update

from alerts import set_aside
from alerts.inbox import Notice, all_after
from alerts.outbox import Outbox, Outgoing, Waiting
from alerts.sending import Sent
from alerts.tables import METADATA, NUMBER

NOTICE_TYPE: Final = "tender-integrity.notice.v1"
NOTICE_SOURCE: Final = "urn:tender-monitor:notices"
_NOTICES: Final = UUID("4a1c4f0e-5d1b-57a4-9f0c-1f6f0a7f2b33")
_AT_ONCE: Final = 2_000

PUBLISHED: Final = Table(
    "published_notices",
    METADATA,
    Column("channel", String(40), primary_key=True),
    Column("notice_id", NUMBER, nullable=False),
)
"""The number of the notice up to which a channel has all notices."""


class Feed(Protocol):
    """A source of messages to be sent; every method works in the caller's transaction."""

    def page(self, connection: Connection, *, without: Collection[str]) -> list[Waiting]:
        """The messages to be sent next, in their order, without those for the topics ``without``."""
        ...

    def settle(self, connection: Connection, page: Sequence[Waiting], sent: Sent, at: datetime) -> list[Waiting]:
        """Remove the messages that arrived, and set aside those that are unfit; returns what was set aside."""
        ...


class OutboxFeed:
    """The rows of the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def page(self, connection: Connection, *, without: Collection[str]) -> list[Waiting]:
        return self._outbox.waiting(connection, limit=_AT_ONCE, without=without)

    def settle(self, connection: Connection, page: Sequence[Waiting], sent: Sent, at: datetime) -> list[Waiting]:
        if sent.arrived:
            self._outbox.sent(connection, sent.arrived)
        unfit = [row for row in page if row.number in sent.unfit]
        return [row for row in unfit if set_aside.take(connection, row.number, sent.unfit[row.number], at)]


class NoticesFeed:
    """All notices, without personal data; ``outbox`` packs those that are set aside."""

    def __init__(self, topic: str, outbox: Outbox) -> None:
        self._topic = topic
        self._outbox = outbox

    def page(self, connection: Connection, *, without: Collection[str]) -> list[Waiting]:
        if self._topic in without:
            return []
        notices = all_after(connection, _reached(connection, self._topic), limit=_AT_ONCE)
        return [Waiting(notice.notice_id, self._topic, None, record_of(notice, self._topic)) for notice in notices]

    def settle(self, connection: Connection, page: Sequence[Waiting], sent: Sent, at: datetime) -> list[Waiting]:
        """Move on behind the messages that are done, and set aside the unfit ones among them."""
        # The place of the feed is one number, so it stops before the first message that must wait. Those that
        # arrived behind it are sent again; receivers recognise them by their ids.
        settled = sent.arrived | sent.unfit.keys()
        passed = list(takewhile(lambda row: row.number in settled, page))
        if not passed or not _pass(connection, self._topic, before=page[0].number, reached=passed[-1].number):
            return []
        unfit = [row for row in passed if row.number in sent.unfit and row.message is not None]
        for row in unfit:
            assert row.message is not None
            set_aside.keep(connection, row, self._outbox.packed(row.message), sent.unfit[row.number], at)
        return unfit


def record_of(notice: Notice, topic: str) -> Outgoing:
    """The notice as a CloudEvent in Kafka's binary mode, without the pseudonym of a person."""
    document = notice.document()
    document.pop("person_id", None)
    attributes = {
        "specversion": "1.0",
        "id": notice_name(notice),
        "source": NOTICE_SOURCE,
        "type": NOTICE_TYPE,
        "time": document["created_at"],
    }
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return Outgoing(
        topic,
        key_of(notice).encode(),
        json.dumps(document, ensure_ascii=False).encode(),
        (*headers, ("content-type", b"application/json")),
    )


def key_of(notice: Notice) -> str:
    """One for each recipient of a clue, so that compacting a topic keeps the last notice of each of them."""
    recipient = notice.recipient
    # Whoever has no code is known by a name, and no name stands in the key of a topic.
    told = recipient.key if recipient.is_reachable else f"name-{sha256(recipient.key.encode()).hexdigest()[:16]}"
    return f"notice:{notice.clue_id}:{recipient.role}:{told}"


def notice_name(notice: Notice) -> str:
    """The id of a notice, which is the same however often it is sent."""
    recipient = notice.recipient
    return str(uuid5(_NOTICES, f"{notice.clue_id}/{notice.revision}/{recipient.role}/{recipient.key}"))


def _reached(connection: Connection, channel: str) -> int:
    return connection.execute(select(PUBLISHED.c.notice_id).where(PUBLISHED.c.channel == channel)).scalar() or 0


def _pass(connection: Connection, channel: str, *, before: int, reached: int) -> bool:
    """Write that the channel has all notices up to ``reached``; False where another publisher was there first."""
    row = PUBLISHED.c.channel == channel
    behind = row & (PUBLISHED.c.notice_id < before)
    if connection.execute(update(PUBLISHED).where(behind).values(notice_id=reached)).rowcount:
        return True
    if connection.execute(select(PUBLISHED.c.notice_id).where(row)).first() is not None:
        return False
    connection.execute(insert(PUBLISHED), {"channel": channel, "notice_id": reached})
    return True
