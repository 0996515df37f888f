"""Trying again while a shard's database is away, ever more slowly, for a while."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from eventsourcing import persistence
from sqlalchemy import exc
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from domain.errors import CannotRecord
from streams.shard.shard import Overtaken

log = structlog.get_logger(__name__)

GIVE_UP_SECONDS: Final = 45.0
"""A worker ends within a minute, the last try included."""
AWAY: Final = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.TimeoutError,
    persistence.OperationalError,
    persistence.InterfaceError,
    OSError,
    Overtaken,
    CannotRecord,
)
"""The database is away, somebody else is in the way, or the clock is doubted: worth another try."""
# Many shards lose one database at once. The jitter keeps them from coming back all at the same moment.
_WAIT: Final = wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1)


def while_away(
    event: str,
    *,
    give_up_seconds: float = GIVE_UP_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    first: Callable[[], None] = lambda: None,
) -> Retrying:
    """Calls a function again while it raises one of :data:`AWAY`; raises that after ``give_up_seconds``.

    Before each new try it calls ``first`` and logs ``event``.
    """

    def prepare(state: RetryCallState) -> None:
        first()
        error = state.outcome and state.outcome.exception()
        log.warning(event, error=type(error).__name__, retry_in=round(state.upcoming_sleep, 2))

    return Retrying(
        retry=retry_if_exception_type(AWAY),
        stop=stop_after_delay(give_up_seconds),
        wait=_WAIT,
        sleep=sleep,
        before_sleep=prepare,
        reraise=True,
    )
