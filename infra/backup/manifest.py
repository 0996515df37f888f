"""What a backup says of itself, and whether its files are still what was written."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from domain.errors import MonitorError

FILE: Final = "manifest.json"
KEYS: Final = "keys"
MARK: Final = "SYNTHETIC"
"""The mark of a synthetic city's folder goes with its database."""


class BackupUnusable(MonitorError):
    """The backup is not whole, or does not fit where it is to be put."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``entries`` is the number of ledger rows by schema (``main`` on SQLite), ``files`` SHA-256 by name.

    ``keys`` are those of the key files, where these were copied too; ``fingerprints`` tell which keys are needed.
    """

    format: Literal[1] = 1
    made_at: str
    program: str
    kind: Literal["sqlite", "postgresql"]
    schema_version: str
    entries: Mapping[str, int]
    files: Mapping[str, str]
    synthetic: bool
    keys: Mapping[str, str] = {}
    fingerprints: Mapping[str, str] = {}

    def write(self, folder: Path) -> None:
        text = msgspec.json.format(msgspec.json.encode(self), indent=2)
        (folder / FILE).write_bytes(text + b"\n")


def read(folder: Path) -> Manifest:
    """Raises :class:`BackupUnusable`, also where a file is not what was written."""
    try:
        manifest = msgspec.json.decode((folder / FILE).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupUnusable(f"{folder} holds no backup that this program can read") from error
    if not manifest.files:
        raise BackupUnusable(f"{FILE} names no file, so nothing in {folder} can be checked")
    check_digests(folder, manifest.files)
    return manifest


def check_digests(folder: Path, files: Mapping[str, str]) -> None:
    """Raises :class:`BackupUnusable`."""
    for name, digest in files.items():
        file = folder / name
        if not file.is_file() or digest_of(file) != digest:
            raise BackupUnusable(f"{name} is missing or not what was written")


def digest_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
