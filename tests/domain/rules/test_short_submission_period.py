"""R003: too little time to submit bids."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ocds_builders import PROCESS, a_process, explained, flagged

BEGINS = datetime(2025, 3, 15, 9, tzinfo=UTC)


def of(days: float) -> dict[str, Any]:
    return {"opens_at": BEGINS, "closes_at": BEGINS + timedelta(days=days)}


def test_a_period_of_five_days_is_flagged_with_its_dates() -> None:
    process = a_process(**of(5))
    assert flagged("R003", process) == {(PROCESS, "P"): 1}
    zh, en = explained("R003", process)
    assert "5整天" in zh
    assert "2025-03-15 09:00 to 2025-03-20 09:00: 5 whole days" in en


@pytest.mark.parametrize(("days", "found"), [(14, True), (14.99, True), (15, False), (30, False)])
def test_only_whole_days_count_and_fifteen_are_enough(days: float, found: bool) -> None:
    assert bool(flagged("R003", a_process(**of(days)))) is found


def test_the_number_of_days_can_be_set() -> None:
    assert not flagged("R003", a_process(**of(10)), thresholds={"fewest_days": 10})
    assert flagged("R003", a_process(**of(10)), thresholds={"fewest_days": 11})


@pytest.mark.parametrize("missing", ["opens_at", "closes_at"])
def test_a_period_without_begin_or_end_is_not_flagged(missing: str) -> None:
    assert not flagged("R003", a_process(**{**of(1), missing: None}))


def test_a_cancelled_process_is_not_flagged() -> None:
    assert not flagged("R003", a_process(**of(1), status="cancelled"))
