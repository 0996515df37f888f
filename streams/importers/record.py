"""What every importer yields: one record of the file, as messages or as the reason why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.errors import Unusable
from streams.intake.prepared import FieldError


class UnusableInput(Unusable):
    """The file as a whole cannot be imported."""


class Record(NamedTuple):
    """Record ``number`` (from 1) of a file.

    ``end`` is where the next one begins, in the unit of its :class:`Source`; ``raw`` is what
    stood there. Either ``messages`` (structured CloudEvents) or ``errors`` is empty.
    """

    number: int
    end: int
    raw: bytes
    messages: tuple[bytes, ...] = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two records, from which an import can go on."""

    number: int = 0
    end: int = 0


BEGINNING = Mark()


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input. ``total`` is the last ``end`` where that is known, in ``unit``."""

    records: Iterator[Record]
    unit: str
    total: int | None = None
