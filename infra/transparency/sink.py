"""A place for checkpoints that the database cannot take back: a file on another disk, or the system's log.

Whoever holds the database and the keys can cut the record back to an earlier checkpoint, and everything in it still
fits. It no longer fits what stands here.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from domain.errors import MonitorError
from infra.settings import SYSLOG, CheckpointSink
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.notes import NotANote, parse_note

_IDENT: Final = "tender-monitor"


class CutBack(MonitorError):
    """The log ends before a checkpoint that was put outside: the database is an older one."""

    def __init__(self, where: str, outside: int, size: int) -> None:
        super().__init__(
            f"{where} has a checkpoint of {outside} entries, and the log ends at {size}: it was cut back, or an older "
            "copy was put in place. After a restore on purpose, begin a new file (checkpoint.sink)"
        )


class Sink(Protocol):
    def take(self, note: str) -> None:
        """The newest checkpoint, after its commit; most are passed over."""
        ...

    def flush(self) -> None:
        """Put down the newest one now."""
        ...

    def check(self, origin: str, size: int) -> None:
        """Raises :class:`CutBack` where a log of ``size`` was longer before."""
        ...

    def notes(self, origin: str) -> Iterator[str]:
        """What was put down of a log, as far as it can be read back."""
        ...


class _Sink:
    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._due = 0.0
        self._newest: str | None = None

    def take(self, note: str) -> None:
        self._newest = note
        if self._clock() >= self._due:
            self.flush()

    def flush(self) -> None:
        if self._newest is None:
            return
        try:
            self._put(self._newest)
        except OSError as error:
            # The record goes on without it: what was signed is committed already.
            import structlog  # It loads slowly: only where something went wrong.

            log = structlog.get_logger(__name__)
            log.error("checkpoint_not_put_outside", error=type(error).__name__)  # noqa: TRY400 - one line without traceback
            return
        self._newest, self._due = None, self._clock() + self._seconds

    def _put(self, note: str) -> None:
        raise NotImplementedError


class FileSink(_Sink):
    """One JSON text a line, only ever appended to; the processes of a cluster may share it."""

    def __init__(self, file: Path, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(seconds, clock)
        self._file = file

    def check(self, origin: str, size: int) -> None:
        outside = max((parse_checkpoint(parse_note(note).text).size for note in self.notes(origin)), default=0)
        if outside > size:
            raise CutBack(str(self._file), outside, size)

    def notes(self, origin: str) -> Iterator[str]:
        """Lines that are no checkpoint are passed over: a disk that was full leaves half of one."""
        if not self._file.exists():
            return
        with self._file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                note = _note_of(line)
                if note is not None and note.startswith(f"{origin}\n"):
                    yield note

    def _put(self, note: str) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, json.dumps({"checkpoint": note}).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class SyslogSink(_Sink):
    """Cannot be read back here: hold what the system's log has against the record with ``audit --checkpoint``."""

    def check(self, origin: str, size: int) -> None:
        """Nothing is known."""

    def notes(self, origin: str) -> Iterator[str]:  # noqa: ARG002 - nothing can be read back
        return iter(())

    def _put(self, note: str) -> None:
        import syslog  # Not on every system.

        syslog.openlog(_IDENT, 0, syslog.LOG_DAEMON)
        syslog.syslog(syslog.LOG_NOTICE, json.dumps({"checkpoint": note}))


def open_sink(settings: CheckpointSink) -> Sink | None:
    """That of the settings; None where there is none."""
    if settings.sink is None:
        return None
    if settings.sink == SYSLOG:
        return SyslogSink(settings.seconds)
    return FileSink(Path(settings.sink), settings.seconds)


def _note_of(line: str) -> str | None:
    try:
        note: str = json.loads(line)["checkpoint"]
        parse_checkpoint(parse_note(note).text)
    except (ValueError, KeyError, TypeError, NotANote):
        return None
    return note
