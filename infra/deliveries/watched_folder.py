"""A folder into which bureaus put files: which are whole, how each is taken, and where it goes afterwards.

A file is taken where it lies, then its report is written beside the place to which it goes, then it is moved there.
Whoever is killed between two of these goes on: what was recorded is a duplicate, and a report without its file says
that only the move is missing.
"""

import json
import re
import time
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.facts.deliveries import BY_MONTH, Area
from infra.deliveries.beginning import Asked
from infra.deliveries.files import FileAsked
from infra.deliveries.pulls.configuration import HttpFeed, SftpFolder
from infra.deliveries.pulls.pulling import Pulling
from infra.storage.private_files import write_private
from streams.importers.mapping import load_mapping
from streams.importers.record import UnusableInput

CONFIGURATION: Final = "watch.toml"
DONE, HELD, REJECTED = "done", "held", "rejected"
REPORT: Final = ".report.json"
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp")
_DAY_OR_MONTH: Final = re.compile(r"(?<!\d)(20\d\d)[-_.年]?(0[1-9]|1[0-2])(?:[-_.月]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Feed(_Section):
    """Files whose names fit ``files`` (with ``*`` and ``?``), by ``mapping``, a file beside the configuration.

    Without a mapping they hold messages (NDJSON, OCDS). With ``snapshot``, an area, each is a snapshot of the month or
    day that its name tells. With ``increments`` each holds only what is new: it may be smaller than the one before.
    """

    files: str = Field(min_length=1)
    mapping: str | None = Field(default=None, min_length=1)
    snapshot: Area | None = None
    close: bool = False
    history: bool = False
    increments: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.snapshot is not None and (self.mapping is None or self.increments):
            raise ValueError("a snapshot is a table by a mapping, and all there is")
        return self


class Watched(_Section):
    """``settled_seconds``: a file that was not written to for so long is whole. The rest is fetched into the folder."""

    feeds: tuple[Feed, ...] = Field(min_length=1)
    http: tuple[HttpFeed, ...] = ()
    sftp: tuple[SftpFolder, ...] = ()
    settled_seconds: float = Field(default=10.0, ge=0)


class NoPeriod(UnusableInput):
    """The name of a file does not tell of which month or day it is a snapshot."""

    def __init__(self) -> None:
        super().__init__("the name of the file tells no month (2025-05) or day of which it is a snapshot")


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """One folder with its configuration."""

    path: Path
    watched: Watched

    @classmethod
    def of(cls, path: Path) -> "WatchedFolder":
        """Raises UnusableInput where the configuration is missing or wrong."""
        file = path / CONFIGURATION
        try:
            return cls(path, Watched.model_validate(tomllib.loads(file.read_text(encoding="utf-8-sig"))))
        except OSError as error:
            raise UnusableInput(f"{file}: cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UnusableInput(f"{file}: not valid TOML ({error})") from error
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            reasons = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
            raise UnusableInput(f"{file}: " + "; ".join(reasons)) from error

    def pulling(self, *, most_bytes: int) -> Pulling:
        """What fetches files into the folder."""
        return Pulling(
            self.path,
            self.watched.http,
            self.watched.sftp,
            belongs=self.belongs,
            settled_seconds=self.watched.settled_seconds,
            most_bytes=most_bytes,
        )

    def belongs(self, name: str) -> bool:
        """Whether a file of that name is taken, once it is whole."""
        return self._feed(name) is not None and not name.startswith((".", "~$")) and not _is_unfinished(name)

    def whole_files(self, put: Collection[Path] = ()) -> list[tuple[Path, Feed]]:
        """The files that are whole and belong to a feed, the oldest first; those of ``put`` are known to be whole."""
        found = []
        for file in self.path.iterdir():
            feed = self._feed(file.name)
            if feed is not None and file.is_file() and (file in put or self._is_whole(file)):
                found.append((file, feed))
        return sorted(found, key=lambda each: (each[0].stat().st_mtime, each[0].name))

    def _feed(self, name: str) -> Feed | None:
        if name == CONFIGURATION or any(name == each.mapping for each in self.watched.feeds):
            return None
        return next((each for each in self.watched.feeds if fnmatchcase(name, each.files)), None)

    def _is_whole(self, file: Path) -> bool:
        if not self.belongs(file.name):
            return False
        # The time of writing of a file that is copied may be that of its original: its last change counts too.
        state = file.stat()
        return time.time() - max(state.st_mtime, state.st_ctime) >= self.watched.settled_seconds

    def asked(self, file: Path, feed: Feed, *, by: str) -> FileAsked:
        """How ``file`` is to be taken; raises UnusableInput."""
        if feed.mapping is None:
            return FileAsked(by, history=feed.history)
        mapping = load_mapping(self.path / feed.mapping)
        kind = mapping.type.removeprefix("tender-integrity.").removesuffix(".v1")
        snapshot = None if feed.snapshot is None else (feed.snapshot, period_of(file.name, by_month=kind in BY_MONTH))
        delivery = Asked(snapshot=snapshot)
        return FileAsked(
            by,
            mapping=mapping,
            history=feed.history,
            delivery=delivery,
            within_bounds=not feed.increments,
            closes=feed.close,
        )

    def interrupted(self, file: Path, digest: str) -> Path | None:
        """Where a file goes that was taken and reported, and not moved."""
        for folder in (DONE, HELD, REJECTED):
            for report in self._reports(folder, file.name):
                target = report.with_name(report.name.removesuffix(REPORT))
                if not target.exists() and _digest_in(report) == digest:
                    return target
        return None

    def target(self, folder: str, name: str) -> Path:
        """A free place for a file of this name."""
        (self.path / folder).mkdir(mode=0o700, exist_ok=True)
        target, number = self.path / folder / name, 1
        while target.exists() or target.with_name(target.name + REPORT).exists():
            number += 1
            target = self.path / folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
        return target

    def _reports(self, folder: str, name: str) -> Iterator[Path]:
        stem, suffix = Path(name).stem, Path(name).suffix
        if (self.path / folder).is_dir():
            for report in sorted((self.path / folder).iterdir()):
                named = report.name.removesuffix(REPORT)
                if report.name.endswith(REPORT) and (named == name or _is_numbered(named, stem, suffix)):
                    yield report


def _is_unfinished(name: str) -> bool:
    return Path(name).suffix.lower() in _UNFINISHED


def _is_numbered(named: str, stem: str, suffix: str) -> bool:
    return re.fullmatch(rf"{re.escape(stem)}\.\d+{re.escape(suffix)}", named) is not None


def _digest_in(report: Path) -> str | None:
    try:
        digest: str = json.loads(report.read_bytes())["sha256"]
    except (ValueError, KeyError):
        return None
    return digest


def period_of(name: str, *, by_month: bool) -> str:
    """The month or the day in the name of a file; raises NoPeriod."""
    found = _DAY_OR_MONTH.search(name)
    if found is None:
        raise NoPeriod
    year, month, day = found.groups()
    return f"{year}-{month}" if by_month or day is None else f"{year}-{month}-{day}"


def write_report(target: Path, said: dict[str, Any]) -> None:
    """What became of the file that goes to ``target``."""
    text = json.dumps(said, ensure_ascii=False, indent=2).encode()
    write_private(target.with_name(target.name + REPORT), text)
