"""Webhook endpoints and their deliveries as they stand: the tables, what is listed, and enabling one again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, Connection, Integer, String, Table, func, select, update

from alerts.database import summed
from alerts.tables import METADATA, NUMBER
from domain.instants import instant_text

DELIVERIES: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("endpoint", String(40), primary_key=True),
    Column("notice_id", NUMBER, primary_key=True, autoincrement=False),
    Column("status", String(12), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("http_status", Integer),
    Column("next_at", String(32)),
    Column("settled_at", String(32)),
    Column("reason", String(20)),
)
"""``reason`` says why a delivery was given up or closed."""
ENDPOINTS: Final = Table(
    "webhook_endpoints",
    METADATA,
    Column("endpoint", String(40), primary_key=True),
    Column("last_notice_id", NUMBER, nullable=False),
    Column("disabled_at", String(32)),
)
"""``last_notice_id`` is the last notice that was looked at for the endpoint; at first the newest one there was."""


class Status(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"
    """After the last attempt, or when the endpoint said that it wants no more."""
    CLOSED = "closed"
    """Never to be sent: see the reason."""


class Reason(StrEnum):
    ATTEMPTS_USED_UP = "attempts-used-up"
    GONE = "gone"
    """The endpoint answered 410."""
    NOT_ADDRESSED = "not-addressed"
    """The reader in whose name the endpoint receives was changed, and may not see this notice."""


@dataclass(frozen=True, slots=True)
class EndpointState:
    """One endpoint in one database: its deliveries by status, and since when it is disabled."""

    endpoint: str
    disabled_at: datetime | None
    waiting: int
    delivered: int
    given_up: int
    closed: int


def endpoint_states(connection: Connection) -> Sequence[EndpointState]:
    """All endpoints that were ever served, by name, also those that the settings do not name any more."""
    counted = select(DELIVERIES.c.endpoint, DELIVERIES.c.status, func.count()).group_by(
        DELIVERIES.c.endpoint, DELIVERIES.c.status
    )
    counts = Counter({(name, status): count for name, status, count in connection.execute(counted)})
    endpoints = select(ENDPOINTS.c.endpoint, ENDPOINTS.c.disabled_at).order_by(ENDPOINTS.c.endpoint)
    return [
        EndpointState(
            name,
            datetime.fromisoformat(disabled) if disabled else None,
            *(counts[name, status] for status in (Status.WAITING, Status.DELIVERED, Status.GIVEN_UP, Status.CLOSED)),
        )
        for name, disabled in connection.execute(endpoints)
    ]


def enable(connection: Connection, endpoint: str, at: datetime) -> bool:
    """Serve a disabled endpoint again; False where it is not disabled.

    It gets the notices that it answered with 410, and all that came since.
    """
    own = ENDPOINTS.c.endpoint == endpoint
    refused = (DELIVERIES.c.endpoint == endpoint) & (DELIVERIES.c.reason == Reason.GONE)
    again = {"status": Status.WAITING, "attempts": 0, "next_at": instant_text(at), "settled_at": None, "reason": None}
    # In the order of who delivers, so that the two never wait for each other.
    with summed(connection, DELIVERIES, DELIVERIES.c.endpoint == endpoint), summed(connection, ENDPOINTS, own):
        enabled = update(ENDPOINTS).where(own, ENDPOINTS.c.disabled_at.is_not(None)).values(disabled_at=None)
        if not connection.execute(enabled).rowcount:
            return False
        connection.execute(update(DELIVERIES).where(refused).values(**again))
    return True
