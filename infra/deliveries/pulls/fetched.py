"""What was fetched: put into the watched folder whole or not at all, and remembered behind that.

Whoever is killed between the two fetches it again under the same name. What was recorded is then a duplicate.
"""

import json
import os
from collections.abc import AsyncIterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final

from infra.deliveries.pulls.configuration import PullFailed
from infra.storage.private_files import make_private_folder, sync_folder, write_private
from streams.threads import in_thread

FOLDER: Final = ".pulled"


class Fetched:
    """What one place has given so far. ``most_bytes`` is the largest file that is taken from it."""

    def __init__(self, folder: Path, place: str, *, most_bytes: int) -> None:
        self._folder = folder
        self._own = folder / FOLDER
        self._place = place
        self.most_bytes = most_bytes
        key = sha256(place.encode()).hexdigest()[:16]
        self._remembered = self._own / f"{key}.json"
        self._draft = self._own / f"{key}.part"

    def remembered(self) -> dict[str, Any]:
        """Empty before the first fetch. A file of it that cannot be read is no reason to begin anew."""
        try:
            found: dict[str, Any] = json.loads(self._remembered.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise PullFailed(self._place, f"{self._remembered}: cannot be read; remove it to begin anew") from error
        return found

    def remember(self, said: dict[str, Any]) -> None:
        make_private_folder(self._own)
        write_private(self._remembered, json.dumps(said, ensure_ascii=False).encode())
        sync_folder(self._own)

    async def put(self, name: str, content: AsyncIterator[bytes]) -> Path | None:
        """Put it into the folder; None where it is empty. Raises PullFailed where it is too large."""
        make_private_folder(self._own)
        size = 0
        with self._draft.open("wb") as draft:
            async for piece in content:
                size += len(piece)
                if size > self.most_bytes:
                    raise PullFailed(self._place, f"more than {self.most_bytes:,} bytes (limits.upload_bytes)")
                await in_thread(draft.write, piece)
            draft.flush()
            await in_thread(os.fsync, draft.fileno())
        return self._placed(name) if size else None

    def _placed(self, name: str) -> Path:
        """Beside a file of that name which is another, under a name with a number."""
        target, number = self._folder / name, 1
        while target.exists() and not _same(target, self._draft):
            number += 1
            target = self._folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
        self._draft.replace(target)
        sync_folder(self._folder)
        return target


def _same(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        return file_digest(first, "sha256").digest() == file_digest(second, "sha256").digest()


def secret_in(file: Path) -> str:
    """Raises PullFailed where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PullFailed(str(file), "cannot be read") from error
