"""A folder at an SFTP server from which files are fetched."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, cast

import asyncssh

from infra.deliveries.pulls.configuration import Belongs, PullFailed, SftpFolder
from infra.deliveries.pulls.fetched import Fetched, secret_in

_PIECE: Final = 1 << 18
_CONNECT_SECONDS: Final = 30
_SILENT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class _State:
    """By which another file of the same name is told."""

    size: int
    written: int


@dataclass(slots=True)
class SftpPuller:
    """Fetches what lies in the folder and was seen unchanged for ``settled_seconds``.

    The clock of the other machine is not asked: it may go wrong.
    """

    configuration: SftpFolder
    folder: Path
    belongs: Belongs
    settled_seconds: float
    most_bytes: int
    waits: bool = False
    """Something lies there that may still be written."""
    _seen: dict[str, tuple[_State, float]] = field(default_factory=dict)

    async def pull(self) -> AsyncIterator[Path | PullFailed]:
        """The files that were put; and of each file that was not, why. Raises PullFailed where there is no way in."""
        place = self.configuration.place
        try:
            async with asyncio.timeout(None) as silent, self._connected() as client:
                async for found in self._fetch(client, silent):
                    yield found
        except TimeoutError as error:
            raise PullFailed(place, f"silent for {_SILENT_SECONDS} seconds") from error
        except (asyncssh.Error, asyncssh.KeyImportError, OSError) as error:
            raise PullFailed(place, f"cannot be fetched ({type(error).__name__})") from error

    async def _fetch(self, client: asyncssh.SFTPClient, silent: asyncio.Timeout) -> AsyncIterator[Path | PullFailed]:
        _alive(silent)
        fetched = Fetched(self.folder, self.configuration.place, most_bytes=self.most_bytes)
        there = await self._listed(client)
        remembered = fetched.remembered()
        known = {name: _State(*state) for name, state in remembered.get("files", {}).items() if name in there}
        new = {name: state for name, state in there.items() if known.get(name) != state}
        whole = [name for name, state in new.items() if self._has_settled(name, state)]
        self._seen = {name: seen for name, seen in self._seen.items() if name in new}
        self.waits = len(whole) < len(new)
        for name in sorted(whole, key=lambda name: (new[name].written, name)):
            try:
                path = await fetched.put(name, self._content(client, name, new[name], silent))
            except PullFailed as error:
                yield error
                continue
            except asyncssh.SFTPError as error:
                yield PullFailed(self.configuration.place, f"a file cannot be fetched ({type(error).__name__})")
                continue
            known[name] = new[name]
            fetched.remember({"files": {name: [state.size, state.written] for name, state in known.items()}})
            if path is not None:
                yield path

    def _has_settled(self, name: str, state: _State) -> bool:
        now = time.monotonic()
        before, since = self._seen.get(name, (None, now))
        if before != state:
            since = now
        self._seen[name] = (state, since)
        return now - since >= self.settled_seconds

    async def _listed(self, client: asyncssh.SFTPClient) -> dict[str, _State]:
        found = {}
        async for entry in client.scandir(self.configuration.folder):
            name, attributes = str(entry.filename), entry.attrs
            # What a server calls a name could be a way out of our folder.
            if "/" in name or "\\" in name or "\0" in name or not self.belongs(name):
                continue
            if S_ISREG(attributes.permissions or 0) and attributes.size:
                found[name] = _State(attributes.size, attributes.mtime or 0)
        return found

    async def _content(
        self, client: asyncssh.SFTPClient, name: str, state: _State, silent: asyncio.Timeout
    ) -> AsyncIterator[bytes]:
        """Raises PullFailed where the file changes meanwhile: half of one and half of another is none."""
        path = f"{self.configuration.folder.rstrip('/')}/{name}"
        size = 0
        async with client.open(path, "rb") as opened:
            while piece := cast(bytes, await opened.read(_PIECE)):
                size += len(piece)
                _alive(silent)
                yield piece
        after = await client.stat(path)
        if (size, after.size, after.mtime) != (state.size, state.size, state.written):
            raise PullFailed(self.configuration.place, "a file changed while it was fetched")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """By the key of the server and the way in that are configured, and by nothing else that this machine has."""
        given = self.configuration
        key = asyncssh.import_public_key(given.host_key)
        way: dict[str, Any] = {"client_keys": None, "password": None}
        if given.key_file is not None:
            way["client_keys"] = [str(self.folder / given.key_file)]
        else:
            way["password"] = secret_in(self.folder / str(given.password_file))
        async with (
            asyncssh.connect(
                given.host,
                given.port,
                username=given.user,
                known_hosts=([key], [], []),
                agent_path=None,
                config=[],
                connect_timeout=_CONNECT_SECONDS,
                keepalive_interval=15,
                **way,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield client


def _alive(silent: asyncio.Timeout) -> None:
    silent.reschedule(asyncio.get_running_loop().time() + _SILENT_SECONDS)
