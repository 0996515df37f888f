"""Files that come in: what is asked of one, which content it has, and how it is opened."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final, cast

from infra.deliveries.beginning import Asked
from streams.importers.archives import InputFile, ZipMember
from streams.importers.inputs import FileFormat, format_of, inputs_of, open_input, open_stream
from streams.importers.mapping import Mapped
from streams.importers.record import Mark, Source

STANDARD_INPUT: Final = Path("-")


@dataclass(frozen=True, slots=True)
class FileAsked:
    """What is asked of a file, or of several; ``by`` is who hands it in.

    ``rejected`` is where its rejected lines go. With ``resume`` an interrupted import goes on. ``accept``: also where
    it is out of bounds; ``within_bounds``: only where it is within the common ones, whatever it is.
    ``closes``: the snapshot is all there is.
    """

    by: str
    format: FileFormat | None = None
    mapping: Mapped | None = None
    rejected: Path | None = None
    resume: bool = True
    history: bool = False
    several: bool = False
    delivery: Asked = Asked()  # noqa: RUF009 - frozen
    accept: bool = False
    within_bounds: bool = False
    closes: bool = False


def inputs(files: Iterable[Path]) -> Iterator[InputFile]:
    """Of a zip file those in it."""
    for file in files:
        yield from inputs_of(file) if can_be_read_twice(file) else [file]


def can_be_read_twice(file: InputFile) -> bool:
    """Standard input and pipes cannot."""
    return isinstance(file, ZipMember) or (file != STANDARD_INPUT and file.is_file())


def name_of(file: InputFile) -> str:
    return "standard-input" if file == STANDARD_INPUT else file.name


def content_digest(file: InputFile) -> str:
    """Size and time would not do: a file may be replaced by another of both, and a part of it never be read."""
    if not can_be_read_twice(file):
        return ""
    with file.open_bytes() if isinstance(file, ZipMember) else file.open("rb") as content:
        return file_digest(cast(Any, content), "sha256").hexdigest()


def identity(file: InputFile, asked: FileAsked) -> str:
    """The same only for the same content, read in the same way."""
    place = (file.archive.resolve(), file.place) if isinstance(file, ZipMember) else file.resolve()
    parts: tuple[object, ...] = (place, content_digest(file), asked.format, asked.mapping)
    if asked.history:
        parts = (*parts, "history")
    if asked.delivery != Asked():
        parts = (*parts, asked.delivery)
    return sha256(repr(parts).encode()).hexdigest()


def open_file(
    file: InputFile, asked: FileAsked, derive_id: Callable[[bytes], str], after: Mark, closing: ExitStack
) -> Source:
    """Behind ``after``; raises UnusableInput."""
    if file == STANDARD_INPUT:
        format = asked.format or FileFormat.NDJSON
        return open_stream(sys.stdin.buffer, format, mapping=asked.mapping, derive_id=derive_id)
    format = asked.format or format_of(file)
    return open_input(file, format, mapping=asked.mapping, derive_id=derive_id, closing=closing, after=after)
