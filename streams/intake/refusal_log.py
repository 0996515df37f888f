"""Refused messages in the program's log: which entry of the quarantine, and why, and nothing of what was sent."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from streams.intake.prepared import Refusal

log = structlog.get_logger(__name__)

MOST_LINES: Final = 20
"""Of one call or batch: a nightly file may be bad from end to end."""

Where = Callable[[Refusal], Mapping[str, Any]]
"""Where a message came from, for its line."""


def log_refusals(quarantined: Sequence[tuple[Refusal, str]], where: Where = lambda _: {}) -> None:
    """One line for each refusal, after its commit; what is beyond the most lines is counted in one more."""
    for refusal, quarantine_id in quarantined[:MOST_LINES]:
        error = refusal.errors[0]
        log.warning(
            "message_refused_in_part" if refusal.partial else "message_refused",
            quarantine_id=quarantine_id,
            source=refusal.source,
            code=error.code,
            field=error.field,
            **where(refusal),
        )
    if len(quarantined) > MOST_LINES:
        log.warning("messages_refused", further=len(quarantined) - MOST_LINES)
