"""SQLite's write-ahead log, copied into the file beside the writer, so that no commit waits for it.

A copy and a commit may only meet while the log holds something not copied yet. Otherwise that
commit could begin the log anew under a copy that takes the new log for the old one: SQLite up
to 3.51.2 then loses committed pages (sqlite.org/wal.html, "the WAL-reset bug"). So no copy is
begun unless something was committed since the last one ended.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Final

EVERY_SECONDS: Final = 0.2
FIRST_LOG_BYTES: Final = 4 * 1024 * 1024
"""A file whose log never grows beyond this needs no thread: closing copies it."""
LONGEST_LOG_PAGES: Final = 16_000
"""128 MiB. A writer without a pause keeps the log from beginning anew; then it finishes the copy itself."""

_COPY: Final = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """The copying thread of one file, which starts when there is something worth copying."""

    def __init__(
        self,
        file: Path,
        *,
        first_log_bytes: int = FIRST_LOG_BYTES,
        longest_log_pages: int = LONGEST_LOG_PAGES,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._file = file
        self._log = file.with_name(f"{file.name}-wal")
        self._first_log_bytes = first_log_bytes
        self._longest_log_pages = longest_log_pages
        self._every_seconds = every_seconds
        self._copying = threading.Lock()
        self._committed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._finished = False
        self._too_long = False

    def committed(self) -> bool:
        """Something may have been committed; True where the writer is asked to :meth:`finish`."""
        if self._thread is None and not self._begin():
            return False
        self._committed.set()
        return self._too_long

    def finish(self, writer: sqlite3.Connection) -> None:
        """Copy what the thread has not, between two transactions: the next one begins the log anew."""
        if not self._copying.acquire(blocking=False):
            return
        try:
            _, pages, copied = writer.execute(_COPY).fetchone()
            self._finished = True
            self._too_long = copied < pages
        finally:
            self._copying.release()

    def close(self) -> None:
        self._stopping.set()
        self._committed.set()
        if self._thread is not None:
            self._thread.join()

    def _begin(self) -> bool:
        if not self._log.exists() or self._log.stat().st_size < self._first_log_bytes:
            return False
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()
        return True

    def _run(self) -> None:
        copies = LogCopies(self._file)
        try:
            while not self._stopping.is_set():
                self._committed.wait()
                self._committed.clear()
                self._copy(copies)
                self._stopping.wait(self._every_seconds)
        finally:
            copies.close()

    def _copy(self, copies: "LogCopies") -> None:
        with self._copying:
            if self._finished:
                copies.look_again()
                self._finished = False
            try:
                pages = copies.copy()
            except sqlite3.Error as error:
                import structlog  # It loads slowly: only where something went wrong.

                structlog.get_logger(__name__).warning("log_not_copied", error=type(error).__name__)
                copies.look_again()
            else:
                self._too_long = pages is not None and pages > self._longest_log_pages


class LogCopies:
    """One connection that copies, and only what was committed since it last did."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA synchronous=FULL")
        except BaseException:
            self._connection.close()
            raise
        self._seen: int | None = None

    def copy(self) -> int | None:
        """Copy what is new; the pages in the log, or None where nothing is new or the first look was taken."""
        version = self._version()
        known, self._seen = self._seen, version
        if known is None or known == version:
            return None
        _, pages, _ = self._connection.execute(_COPY).fetchone()
        self._seen = self._version()
        return int(pages)

    def look_again(self) -> None:
        """Another connection has copied: what was seen before it says nothing any more."""
        self._seen = None

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        """Changes with every commit of another connection that wrote something."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version
