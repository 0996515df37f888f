"""A source as rules see it, and what sources are granted."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from domain.access import Actor, Role
from domain.evidence.source import SourceCase
from domain.facts.fact import OWN_PREFIX
from domain.policy import Policy
from domain.rule import RULEBOOK, Finding
from domain.sources.bounds import ALL, Bounds
from infra.installation import Installation
from infra.simulation.firms import CITIES
from infra.simulation.wire import FIXED_SOURCES, insurance_source
from projections.boards.registered_sources import registrations

GRANTED = Bounds("社保局", "广州市社会保险基金管理中心", ("insurance-paid",), ("4401",))
"""To one bureau: payments of one city."""
EVERYTHING = Bounds("测试数据源", "测试", (ALL,), (ALL,))
"""To the sources of tests that are not about grants."""
FIRST_USED = replace(EVERYTHING, first_use=True)
"""To a source that nobody has decided on."""
_REGISTRAR = Actor(Role.OPERATOR, "登记员")
_NAMED = re.compile(rb'"source": ?"([^"]+)"')
NOW = datetime(2025, 6, 18, 4, tzinfo=UTC)


SIMULATED = (*FIXED_SOURCES, *map(insurance_source, CITIES))
"""The sources of every synthetic city."""


def register_in(installation: Installation, *sources: str, bounds: Bounds = EVERYTHING) -> None:
    """As an operator does before the first message comes; once only, and not where the upgrade has done it."""
    shard = installation.open_shard()
    with installation.database.read() as connection:
        if registrations(connection):
            return

    def register(connection: Connection, at: datetime) -> None:
        for source in sources:
            installation.decisions.register_source(connection, source, bounds, _REGISTRAR, at=at)

    shard.decide(register)


def sources_of(messages: Iterable[dict[str, Any] | bytes]) -> list[str]:
    """The sources that messages name, without our own."""
    raw = sources_in(message for message in messages if isinstance(message, bytes))
    named = (message.get("source") for message in messages if isinstance(message, dict))
    said = {*raw, *(source for source in named if isinstance(source, str))}
    return [source for source in said if not source.startswith(OWN_PREFIX)]


def sources_in(lines: Iterable[bytes]) -> list[str]:
    """The sources that messages name."""
    return sorted({found[1].decode() for line in lines if (found := _NAMED.search(line))})


def a_source(*, policy: Policy | None = None, **given: Any) -> SourceCase:
    """One that sent its messages 1 to 10, the last a minute ago."""
    default: dict[str, Any] = {
        "source": "urn:test:platform",
        "heard": ((1, 10),),
        "said_last": None,
        "interval_seconds": None,
        "heard_at": NOW - timedelta(minutes=1),
        "now": NOW,
    }
    return SourceCase(**(default | given), policy=policy or Policy())


def finding(code: str, case: SourceCase) -> Finding:
    (found,) = RULEBOOK[code].findings(case)
    return found
