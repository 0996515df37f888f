"""All places from which one watched folder fetches, each asked when its time has come."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.deliveries.pulls.configuration import Belongs, HttpFeed, PullFailed, SftpFolder

if TYPE_CHECKING:
    from infra.deliveries.pulls.sftp_folder import SftpPuller

_MARGIN_SECONDS: Final = 0.05


@dataclass(slots=True)
class Pulled:
    """``files`` were put into the folder and are whole; ``failures`` are the places that gave nothing."""

    files: list[Path]
    failures: list[PullFailed]


class Pulling:
    """``belongs`` tells by its name whether a file is one of those that the folder takes."""

    def __init__(
        self,
        folder: Path,
        feeds: Sequence[HttpFeed],
        folders: Sequence[SftpFolder],
        *,
        belongs: Belongs,
        settled_seconds: float,
        most_bytes: int,
    ) -> None:
        self._folder = folder
        self._feeds = feeds
        self._most_bytes = most_bytes
        self._settled_seconds = settled_seconds
        self._pullers = _pullers(folders, folder, belongs, settled_seconds, most_bytes)
        self._next: dict[HttpFeed | SftpFolder, float] = {}

    async def pull(self, *, once: bool) -> Pulled:
        """Fetch from all whose time has come. With ``once`` also wait for files that may still be written."""
        pulled = Pulled([], [])
        for feed in self._feeds:
            if self._is_due(feed):
                from infra.deliveries.pulls.http_feed import pull_feed  # A client of HTTP loads slowly.

                await _gather(pull_feed(feed, self._folder, most_bytes=self._most_bytes), pulled)
        for puller in self._pullers:
            if self._is_due(puller.configuration):
                await _gather(puller.pull(), pulled)
                if puller.waits and once:
                    await asyncio.sleep(self._settled_seconds + _MARGIN_SECONDS)
                    await _gather(puller.pull(), pulled)
                elif puller.waits:
                    self._next[puller.configuration] = time.monotonic() + self._settled_seconds
        return pulled

    def _is_due(self, pull: HttpFeed | SftpFolder) -> bool:
        now = time.monotonic()
        if now < self._next.get(pull, 0.0):
            return False
        self._next[pull] = now + pull.every_seconds
        return True


async def _gather(found: AsyncIterator[Path | PullFailed], pulled: Pulled) -> None:
    try:
        async for each in found:
            if isinstance(each, PullFailed):
                pulled.failures.append(each)
            else:
                pulled.files.append(each)
    except PullFailed as error:
        pulled.failures.append(error)


def _pullers(
    folders: Sequence[SftpFolder], folder: Path, belongs: Belongs, settled_seconds: float, most_bytes: int
) -> list["SftpPuller"]:
    if not folders:
        return []
    from infra.deliveries.pulls.sftp_folder import SftpPuller  # So does one of SSH.

    return [SftpPuller(each, folder, belongs, settled_seconds, most_bytes) for each in folders]
