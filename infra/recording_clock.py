"""The clock by which facts are recorded: it refuses to be far ahead of what it can be.

Times of recording only ascend. So one fact that is recorded while the clock stands in another year gives that year to
all that follow (decision 44).
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import structlog

from domain.errors import CannotRecord
from domain.facts.clock import ClockConfirmed
from domain.facts.fact import OWN_PREFIX
from streams.intake.own_facts import prepare_own
from streams.intake.prepared import PreparedBatch

MOST_AHEAD: Final = timedelta(minutes=10)
LONGEST_SILENCE: Final = timedelta(days=731)
"""A machine may have been off for a month or a year. After a longer time somebody has to confirm its clock."""
CONFIRMED: Final = "clock-confirmed.json"
CLOCK_SOURCE: Final = f"{OWN_PREFIX}clock"
_CONFIRMATION_HOLDS: Final = timedelta(hours=1)
_ASKED_EVERY_SECONDS: Final = 60.0

Asking = Callable[[], datetime | None]
"""What somebody else says the time is; None where nothing is answered."""

log = structlog.get_logger(__name__)


class ClockAhead(CannotRecord):
    """This machine's clock is ahead of what it can be; ``by`` is how much."""

    code = "clock_ahead"

    def __init__(self, now: datetime, by: timedelta, whose: str) -> None:
        super().__init__(
            f"the clock of this machine says {now:%Y-%m-%d %H:%M:%S} UTC, {_told(by)} ahead of {whose}; nothing is"
            " recorded until it is set right, or until: tender-monitor clock confirm --reason TEXT"
        )
        self.by = by


class LedgerAhead(CannotRecord):
    """The last record bears a time that has not come, or this machine's clock is behind."""

    code = "ledger_ahead"

    def __init__(self, last: datetime, by: timedelta) -> None:
        super().__init__(
            f"the last record is of {last:%Y-%m-%d %H:%M:%S} UTC, {_told(by)} ahead of the clock of this machine;"
            " set the clock; where it is right, put back a backup from before, and: tender-monitor clock recover"
        )
        self.last = last


def since_boot() -> float:
    """Seconds that no one can set, those of sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class RecordingClock:
    """Of one writer; :meth:`begin` comes first. ``folder`` is where an operator confirms that it is right.

    ``others`` are asked when it begins, by name; ``servers``, which are set by nobody here, also when it has jumped.
    """

    def __init__(
        self,
        folder: Path,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = since_boot,
        others: Sequence[tuple[str, Asking]] = (),
        servers: Sequence[tuple[str, Asking]] = (),
    ) -> None:
        self._file = folder / CONFIRMED
        self._wall = wall
        self._elapsed = elapsed
        self._others: Sequence[tuple[str, Asking]] = [("the file system", partial(_of_file_system, folder)), *others]
        self._servers = servers
        self._asked_at: float | None = None
        self._confirmed: dict[str, Any] | None = None
        self._refused = False
        self._stand_at(wall())

    def begin(self, last: datetime | None) -> None:
        """Compare with the last record and with what others say; raises :class:`ClockAhead` or :class:`LedgerAhead`."""
        now = self._wall()
        self._stand_at(now)
        if last is not None and last - now > MOST_AHEAD and not self._is_confirmed(now):
            raise LedgerAhead(last, last - now)
        for refusal in self._doubts(now, last):
            if not self._is_confirmed(now):
                raise refusal

    def __call__(self) -> datetime:
        """Raises :class:`ClockAhead`."""
        now = self._wall()
        ahead = now - self._expected()
        if ahead > MOST_AHEAD and not (self._is_confirmed(now) or self._servers_agree(now)):
            if not self._refused:
                log.error("clock_ahead", seconds=round(ahead.total_seconds()))
            self._refused = True
            raise ClockAhead(now, ahead, "what it was when this process began and the time since")
        if self._refused:
            log.warning("clock_right_again")
        self._refused = False
        if ahead > MOST_AHEAD or ahead < timedelta(0):
            self._stand_at(now)
        return now

    @property
    def ahead(self) -> timedelta:
        """How much further the clock has gone than time has passed; nothing where it was set back."""
        return max(self._wall() - self._expected(), timedelta(0))

    @property
    def refusal(self) -> ClockAhead | None:
        """Why nothing could be recorded right now; asks nobody."""
        now, ahead = self._wall(), self.ahead
        if ahead <= MOST_AHEAD or not self._refused:
            return None
        return ClockAhead(now, ahead, "what it was when this process began and the time since")

    def pending(self) -> Sequence[PreparedBatch]:
        """What an operator has confirmed, to be recorded with the next commit."""
        if self._confirmed is None:
            return ()
        said = self._confirmed
        data = ClockConfirmed(confirmed_by=said["by"], reason=said["reason"])
        return (prepare_own([(CLOCK_SOURCE, said["id"], data, {"time": said["at"]})]),)

    def committed(self) -> None:
        if self._confirmed is not None:
            self._confirmed = None
            self._file.unlink(missing_ok=True)

    def _stand_at(self, now: datetime) -> None:
        self._base, self._base_elapsed = now, self._elapsed()

    def _expected(self) -> datetime:
        return self._base + timedelta(seconds=self._elapsed() - self._base_elapsed)

    def _doubts(self, now: datetime, last: datetime | None) -> Iterator[ClockAhead]:
        if last is not None and now - last > LONGEST_SILENCE:
            yield ClockAhead(now, now - last, "the last record")
        for name, ask in (*self._others, *self._servers):
            said = ask()
            if said is not None and now - said > MOST_AHEAD:
                yield ClockAhead(now, now - said, name)

    def _servers_agree(self, now: datetime) -> bool:
        """Asked once a minute at most: a machine that slept is put right by its time servers, and jumps."""
        elapsed = self._elapsed()
        if not self._servers or (self._asked_at is not None and elapsed - self._asked_at < _ASKED_EVERY_SECONDS):
            return False
        self._asked_at = elapsed
        answers: list[datetime] = [said for _, ask in self._servers if (said := ask()) is not None]
        return bool(answers) and all(abs(said - now) <= MOST_AHEAD for said in answers)

    def _is_confirmed(self, now: datetime) -> bool:
        try:
            said = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return False
        if abs(now - datetime.fromisoformat(said["at"])) > _CONFIRMATION_HOLDS:
            return False
        self._confirmed = said
        return True


def confirm(folder: Path, *, by: str, reason: str, now: datetime) -> None:
    """Say that the clock is right; it holds for an hour, for the writer of this folder, and is recorded by it."""
    said = {"id": str(uuid4()), "at": now.isoformat(), "by": by, "reason": reason}
    descriptor, draft = tempfile.mkstemp(prefix=f".{CONFIRMED}.", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file, ensure_ascii=False)
    Path(draft).replace(folder / CONFIRMED)


def _of_file_system(folder: Path) -> datetime | None:
    """When the file system says that a new file was made: that of another machine has a clock of its own."""
    descriptor, name = tempfile.mkstemp(prefix=".clock.", dir=folder)
    os.close(descriptor)
    made = Path(name)
    try:
        return datetime.fromtimestamp(made.stat().st_mtime, UTC)
    finally:
        made.unlink()


def _told(by: timedelta) -> str:
    return f"{by.days:,} days" if by.days else f"{by.total_seconds() / 60:.0f} minutes"
