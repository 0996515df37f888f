"""Following the ledger as it grows."""

from collections.abc import Generator, Sequence
from threading import Thread
from time import sleep
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, ListenNotifySubscription

from infra.storage.database import Database

POLL_SECONDS = 0.02


class LedgerSubscription(ListenNotifySubscription[ApplicationRecorder]):
    """Yields what is recorded, then waits: PostgreSQL notifies, an SQLite file is asked whether it changed."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        gt: int | None,
        topics: Sequence[str],
        *,
        database: Database,
        channel: str,
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._changes = _notified(database, channel) if database.dialect == "postgresql" else _polled(database)
        self._listener = Thread(target=self._listen)
        self._listener.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._listener.join()

    def _listen(self) -> None:
        try:
            for changed in self._changes:
                if changed:
                    self._has_been_notified.set()
                if self._has_been_stopped:
                    break
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that iterates
            self._thread_error = self._thread_error or error
            self.stop()
        finally:
            self._changes.close()


def _notified(database: Database, channel: str) -> Generator[bool]:
    """Whether a notification came, at least ten times a second."""
    connection = database.listening_connection()
    try:
        connection.execute(f'LISTEN "{channel}"')
        yield True  # What was recorded before we listened notified nobody.
        while True:
            yield any(True for _ in connection.notifies(timeout=0.1, stop_after=1))
    finally:
        connection.close()


def _polled(database: Database) -> Generator[bool]:
    """Whether any connection of any process has committed since the last look."""
    connection = database.listening_connection()
    try:
        seen = None
        while True:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            yield version != seen
            seen = version
            sleep(POLL_SECONDS)
    finally:
        connection.close()
