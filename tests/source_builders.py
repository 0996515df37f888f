"""A source as rules see it, and what sources are granted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.evidence.source import SourceCase
from domain.policy import Policy
from domain.rule import RULEBOOK, Finding
from domain.sources.bounds import ALL, Bounds

GRANTED = Bounds("社保局", "广州市社会保险基金管理中心", ("insurance-paid",), ("4401",))
"""To one bureau: payments of one city."""
EVERYTHING = Bounds("测试数据源", "测试", (ALL,), (ALL,))
"""To the sources of tests that are not about grants."""
NOW = datetime(2025, 6, 18, 4, tzinfo=UTC)


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
