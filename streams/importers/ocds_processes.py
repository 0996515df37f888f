"""Contracting processes straight from files of OCDS releases, for the published indicators.

One release a process: releases are expected to be compiled. A release is read as the importer and intake read
it, so that the file and the ledger say the same of it; only an id and a date of the release are not needed,
because nothing is recorded.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from domain.evidence.ocds import Process, process_of_imports
from domain.facts.messages import AnyMessage
from domain.facts.ocds import LotImported
from streams.importers.inputs import opened_file
from streams.importers.ocds import DEFAULT_SOURCE, lot_data, message, parties_of, refused
from streams.importers.ocds_documents import documents, releases_in
from streams.importers.ocds_fields import Json, identity, is_absent
from streams.intake.intake import Intake, decode
from streams.intake.prepared import FieldError

_NOTED: Final = 20
_RELEASES: Final = AnyMessage([LotImported])
_UNSAID: Final = {"id": "1", "date": "2000-01-01T00:00:00Z"}


class NotAProcess(ValueError):
    """Nothing of a release can be read; ``error`` says where it is wrong."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.message)
        self.error = error


class OcdsFiles:
    """The processes of files, one by one; ``unreadable`` counts documents and releases left out.

    ``named`` says of the first of them where they stand, and why they are left out.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = files
        self.unreadable = 0
        self.named: list[str] = []

    def __iter__(self) -> Iterator[Process]:
        """Raises UnusableInput for a file that cannot be opened or unpacked."""
        for file in self._files:
            with ExitStack() as closing:
                for line in documents(closing.enter_context(opened_file(file))):
                    yield from self._processes(f"{file.name}:{line.number}", line.text)

    def _processes(self, place: str, text: bytes) -> Iterator[Process]:
        for found in releases_in(text):
            if found.release is None:
                self._leave_out(place, found.error)
                continue
            try:
                yield process_of_release(found.release)
            except NotAProcess as wrong:
                self._leave_out(f"{place} {found.path}".rstrip(), wrong.error)

    def _leave_out(self, place: str, error: FieldError | None) -> None:
        self.unreadable += 1
        if error is not None and len(self.named) < _NOTED:
            self.named.append(f"{place} {error.field}: {error.message}")


class _NoVault:
    """A release has no field for a person, so that nothing is sealed and nothing of it is kept."""

    def __call__(self, identity: str, name: str, extra: dict[str, Any]) -> tuple[str, str]:
        raise NotImplementedError("a release has no field for a person")

    def person_id(self, identity: str) -> str:
        return sha256(identity.encode()).hexdigest()

    def keep(self, content: bytes, people: Collection[str]) -> str:
        return self.person_id(f"{content!r}{sorted(people)}")

    def drain(self) -> list[tuple[str, str, bytes]]:
        return []


_INTAKE: Final = Intake(_NoVault())


def process_of_release(release: Json) -> Process:
    """Raises NotAProcess."""
    faults = refused(release)
    if faults:
        raise NotAProcess(faults[0])
    parties, _ = parties_of(release)
    dated = {**release, **{name: value for name, value in _UNSAID.items() if is_absent(release.get(name))}}
    if not isinstance(identity(dated["id"]), str):
        raise NotAProcess(FieldError("id", "shape", "the release is not built as OCDS says"))
    said = message("1", DEFAULT_SOURCE, dated, {"lot_id": "1", **lot_data(release, None, {}, parties)})
    return process_of_imports(release["ocid"], [_read_in_part(said)])


def _read_in_part(said: dict[str, Any]) -> LotImported:
    """The fact that intake makes of the message, without what it takes out. Raises NotAProcess."""
    prepared = _INTAKE.prepare([msgspec.json.encode(said)])
    if not len(prepared):
        raise NotAProcess(prepared.refusals[0].errors[0])
    fact = _RELEASES.read(decode(prepared.states[0]))
    assert isinstance(fact.data, LotImported)
    return fact.data
