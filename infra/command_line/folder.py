"""The data folder: where things lie in it, and who holds it.

One process at a time writes a folder; it holds the lock file as long as it lives. A server
also leaves its address, so that other commands send through it. Whoever may read the
folder may do anything with it: the keys lie in it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.errors import MonitorError
from infra.installation import KEYS_FOLDER
from infra.storage.private_files import check_owner, make_private_folder, write_private


class FolderHeld(MonitorError):
    """Another process writes this folder; ``server`` is where it answers, if it does."""

    def __init__(self, path: Path, server: str | None = None) -> None:
        holder = f"held by the server at {server}; stop it" if server else "being written by another process; stop that"
        super().__init__(f"{path} is {holder} first")
        self.path = path
        self.server = server


@dataclass(frozen=True, slots=True)
class DataFolder:
    path: Path

    @property
    def keys(self) -> Path:
        return self.path / KEYS_FOLDER

    def prepare(self) -> None:
        """Make the folder, for its owner's eyes; raises OtherOwner."""
        check_owner(self.path)
        make_private_folder(self.path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder; raises :class:`FolderHeld`. The operating system lets go of it after a crash."""
        self.prepare()
        with self._lock.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderHeld(self.path, self._announced_address()) from error
            self._address.unlink(missing_ok=True)
            yield

    @contextmanager
    def announced(self, url: str) -> Iterator[None]:
        """Leave the address of the server that holds the folder."""
        write_private(self._address, json.dumps({"url": url, "pid": os.getpid()}).encode())
        try:
            yield
        finally:
            self._address.unlink(missing_ok=True)

    def server(self) -> str | None:
        """The address of the server that holds the folder; raises :class:`FolderHeld` when another holds it."""
        if not self._is_held():
            return None
        url = self._announced_address()
        if url is None:
            raise FolderHeld(self.path)
        return url

    def _announced_address(self) -> str | None:
        try:
            url: str = json.loads(self._address.read_bytes())["url"]
        except FileNotFoundError:
            return None
        return url

    def _is_held(self) -> bool:
        if not self._lock.exists():
            return False
        with self._lock.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @property
    def _address(self) -> Path:
        return self.path / "server.json"
