"""Moments as our tables and answers write them."""

from datetime import UTC, datetime


def instant_text(moment: datetime) -> str:
    """``moment`` in UTC with microseconds: equal moments have equal texts, and text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
