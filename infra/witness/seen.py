"""What a witness remembers: the last checkpoint of each log, on disk before anybody is answered."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.transparency.checkpoint import Checkpoint, parse_checkpoint
from infra.transparency.notes import parse_note

_TABLE: Final = "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT"
_PUT: Final = "INSERT INTO seen VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET note = excluded.note"


@dataclass(slots=True)
class Entry:
    """One log's last checkpoint while it may be replaced."""

    checkpoint: Checkpoint | None
    note: str | None = field(default=None)

    def replace(self, checkpoint: Checkpoint, note: str) -> None:
        self.checkpoint, self.note = checkpoint, note


class Seen:
    """A file of its own. Looking and replacing is one step, also between processes."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute(_TABLE)
        except BaseException:
            self._database.close()
            raise
        self._turn = threading.Lock()

    @contextmanager
    def changing(self, origin: str) -> Iterator[Entry]:
        """The last checkpoint of a log; what it is replaced by is on disk when the block has ended."""
        with self._turn:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                entry = Entry(self._last(origin))
                yield entry
                if entry.note is not None:
                    self._database.execute(_PUT, (origin, entry.note))
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._database.close()

    def _last(self, origin: str) -> Checkpoint | None:
        with closing(self._database.execute("SELECT note FROM seen WHERE origin = ?", (origin,))) as found:
            row = found.fetchone()
        return parse_checkpoint(parse_note(row[0]).text) if row else None
