"""Contracting processes straight from files of OCDS releases, for the published indicators.

One release a process: releases are expected to be compiled. A release is read as the importer and intake read
it, so that the file and the ledger say the same of it; only an id and a date of the release are not needed,
because nothing is recorded.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from domain.evidence.ocds import Process, process_of_imports
from domain.facts.fact import Person
from domain.facts.messages import AnyMessage
from domain.facts.ocds import LotImported
from streams.importers.inputs import opened_file
from streams.importers.ocds import DEFAULT_SOURCE, lot_data, message, parties_of, refused
from streams.importers.ocds_documents import documents, releases_in
from streams.importers.ocds_fields import Json, identity, is_absent
from streams.intake.prepared import FieldError
from streams.intake.refusals import field_errors
from streams.intake.tidying import tidy
from streams.intake.unread_parts import take_out, without_lengths

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


class _NoPeople:
    """A release names no people; that there is somebody to ask makes the check as strict as at the door."""

    def identify(self, person: dict[str, Any]) -> Person:
        raise NotImplementedError(f"a release has no field for a person with {sorted(person)}")


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
    """The fact that intake would make of the message."""
    # As JSON it comes to intake: there a Decimal is text.
    sent, content = (msgspec.json.decode(msgspec.json.encode(said)) for _ in range(2))
    tidy(sent)
    emptied = tidy(content)
    try:
        fact = _RELEASES.read(content, _NoPeople())
    except ValidationError as error:
        wrong = without_lengths(field_errors(error, emptied))
        if not take_out(content, sent, wrong, lambda _: "0" * 16):
            raise NotAProcess(wrong[0]) from error
        fact = _RELEASES.read(content, _NoPeople())
    assert isinstance(fact.data, LotImported)
    return fact.data
