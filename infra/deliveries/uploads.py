"""Uploaded files: kept in a folder of their own, looked through at once, and taken in when somebody accepts them.

All that is known of an upload lies in its folder, so a server that was killed goes on with what it was taking.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from domain.access import Actor, Role
from domain.errors import NotAllowed, NotFound
from infra.deliveries.beginning import Asked
from infra.deliveries.files import FileAsked
from infra.storage.private_files import make_private_folder, write_private
from streams.importers.header import folded, missing_columns
from streams.importers.mapping import Mapped, load_mapping
from streams.importers.sample import sample_of
from streams.importers.suggestion import Suggestion, lacks_a_header, suggested

_FOLDER: Final = "uploads"
_MAPPINGS: Final = "mappings"
_STATE: Final = "upload.json"
_MAPPING: Final = "mapping.toml"
_CONTENT: Final = "content"


class UploadState(StrEnum):
    UNMAPPED = "unmapped"
    """It is not known which column is what: a mapping must be sent with the file."""
    CHECKED = "checked"
    """Nothing is recorded; it waits to be accepted or rejected."""
    TAKING = "taking"
    TAKEN = "taken"
    REJECTED = "rejected"
    """Somebody decided against it."""
    FAILED = "failed"
    """It could not be taken in; ``problem`` says why."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. ``said`` is what it is told of: what the check found, and what came of it."""

    upload_id: str
    name: str
    source: str
    by: str
    role: str
    state: UploadState
    history: bool = False
    closes: bool = False
    delivery_id: str | None = None
    replaces: str | None = None
    snapshot: tuple[str, str] | None = None
    columns: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    check: dict[str, Any] | None = None
    counts: dict[str, Any] | None = None
    rejected_table: str | None = None
    problem: str | None = None

    @property
    def asked(self) -> Asked:
        return Asked(self.delivery_id, self.replaces, self.snapshot)

    def is_of(self, actor: Actor) -> bool:
        """Whether the actor may see it: a feed its own, an operator all."""
        return actor.role is Role.OPERATOR or (actor.role is Role.SOURCE and actor.source == self.source)

    def was_sent_by(self, actor: Actor) -> bool:
        """Whether the actor may read its rows, in which people stand with their names."""
        return (self.by, self.role) == (actor.name, actor.role)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of a data folder."""

    data: Path

    def new(self, name: str, source: str, actor: Actor) -> Upload:
        upload = Upload(uuid4().hex, Path(name).name or "file", source, actor.name, actor.role, UploadState.UNMAPPED)
        make_private_folder(self.folder(upload) / _CONTENT)
        return upload

    def folder(self, upload: Upload) -> Path:
        return self.data / _FOLDER / upload.upload_id

    def file(self, upload: Upload) -> Path:
        """Where the content lies, under its own name: how it is read depends on that."""
        return self.folder(upload) / _CONTENT / upload.name

    def keep(self, upload: Upload) -> Upload:
        said = {name: getattr(upload, name) for name in Upload.__slots__}
        write_private(self.folder(upload) / _STATE, json.dumps(said, ensure_ascii=False).encode())
        return upload

    def get(self, upload_id: str, actor: Actor) -> Upload:
        """Raises NotFound."""
        found = self._read(upload_id) if upload_id.isalnum() else None
        if found is None or not found.is_of(actor):
            raise NotFound("upload")
        return found

    def forget_before(self, moment: datetime) -> None:
        """Remove the uploads that nothing happened to since: in files and rejected rows, people stand in clear."""
        folder = self.data / _FOLDER
        for each in folder.iterdir() if folder.is_dir() else ():
            state = each / _STATE
            touched = (state if state.exists() else each).stat().st_mtime
            found = self._read(each.name)
            if touched < moment.timestamp() and (found is None or found.state is not UploadState.TAKING):
                shutil.rmtree(each)

    def unfinished(self) -> Iterator[Upload]:
        """Those that were being taken when the server ended."""
        folder = self.data / _FOLDER
        for each in sorted(folder.iterdir()) if folder.is_dir() else ():
            found = self._read(each.name)
            if found is not None and found.state is UploadState.TAKING:
                yield found

    def mapped(self, upload: Upload, text: str | None) -> Upload:
        """With the mapping that was sent, or was used before, or is found by itself; raises UnusableInput."""
        target = self.folder(upload) / _MAPPING
        if text is None:
            sample = sample_of(self.file(upload), lacks_a_header, encoding=None, sheet=None, header_row=None)
            suggestion = suggested(sample.header, sample.rows, None)
            upload = replace(upload, columns=tuple(_columns(suggestion)))
            text = self._of_before(upload, suggestion.type, sample.header)
            if text is None and suggestion.missing:
                return replace(upload, missing=suggestion.missing)
            text = text or suggestion.as_toml(upload.source)
        target.write_text(text, encoding="utf-8")
        load_mapping(target, source=upload.source)
        return replace(upload, state=UploadState.CHECKED)

    def mapping(self, upload: Upload) -> Mapped:
        return load_mapping(self.folder(upload) / _MAPPING, source=upload.source)

    def file_asked(self, upload: Upload) -> FileAsked:
        """How it is taken once somebody has accepted it, whatever its bounds said."""
        return FileAsked(
            upload.by,
            mapping=self.mapping(upload),
            history=upload.history,
            delivery=upload.asked,
            accept=True,
            closes=upload.closes,
        )

    def accepted(self, upload: Upload) -> Upload:
        """From now on it is taken; its mapping is used for the next file of the source. Raises NotAllowed."""
        _check_waits(upload)
        make_private_folder(self.data / _MAPPINGS)
        text = (self.folder(upload) / _MAPPING).read_text(encoding="utf-8")
        self._mapping_of(upload, self.mapping(upload).type).write_text(text, encoding="utf-8")
        return self.keep(replace(upload, state=UploadState.TAKING))

    def rejected(self, upload: Upload) -> Upload:
        """Raises NotAllowed."""
        _check_waits(upload)
        return self.settled(replace(upload, state=UploadState.REJECTED))

    def settled(self, upload: Upload) -> Upload:
        """Nothing more is done with it: its content, in which people stand in clear, is removed."""
        kept = self.keep(upload)
        shutil.rmtree(self.folder(upload) / _CONTENT, ignore_errors=True)
        return kept

    def _read(self, upload_id: str) -> Upload | None:
        try:
            said = json.loads((self.data / _FOLDER / upload_id / _STATE).read_bytes())
        except FileNotFoundError:
            return None
        snapshot = tuple(said["snapshot"]) if said["snapshot"] else None
        listed = {"columns": tuple(said["columns"]), "missing": tuple(said["missing"]), "snapshot": snapshot}
        return Upload(**{**said, **listed, "state": UploadState(said["state"])})

    def _of_before(self, upload: Upload, kind: str, header: Sequence[str]) -> str | None:
        """The mapping by which the last file of this source and kind was taken, where it fits this one."""
        file = self._mapping_of(upload, kind)
        if not file.exists():
            return None
        lacking = missing_columns(load_mapping(file, source=upload.source).columns)
        return None if lacking([folded(name) for name in header]) else file.read_text(encoding="utf-8")

    def _mapping_of(self, upload: Upload, kind: str) -> Path:
        kind = kind.removeprefix("tender-integrity.").removesuffix(".v1")
        digest = sha256(f"{upload.source}\0{kind}".encode()).hexdigest()
        return self.data / _MAPPINGS / f"{digest[:32]}.toml"


def _columns(suggestion: Suggestion) -> Iterator[dict[str, Any]]:
    for each in suggestion.columns:
        said = {"field": each.field, "column": each.column, "confidence": round(each.confidence, 2)}
        yield {**said, "sample": list(each.sample), "unknown_values": each.unknown_values}


def _check_waits(upload: Upload) -> None:
    if upload.state is not UploadState.CHECKED:
        raise NotAllowed(f"the upload does not wait for a decision: it is {upload.state}")
