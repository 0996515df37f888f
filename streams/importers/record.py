"""What every importer yields: one record of the file, as messages or as the reason why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from domain.errors import Unusable
from streams.intake.prepared import FieldError

if TYPE_CHECKING:
    from streams.importers.header import TableForm


class UnusableInput(Unusable):
    """The file as a whole cannot be imported."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two records, from which an import can go on."""

    number: int = 0
    end: int = 0


class Record(NamedTuple):
    """Record ``number`` (from 1) of a file: its line, its row in a sheet, or its place in a list.

    ``end`` is where the next one begins, in the unit of its :class:`Source`; ``raw`` is what
    stood there. Either ``messages`` (structured CloudEvents) or ``errors`` is empty. ``resume`` is where an
    import goes on that stopped behind it, if not at ``end``: other records of the same document follow.
    ``others`` are further rows that say one message together with this one: what refuses it refuses them.
    """

    number: int
    end: int
    raw: bytes
    messages: tuple[bytes, ...] = ()
    errors: tuple[FieldError, ...] = ()
    resume: Mark | None = None
    others: tuple["Record", ...] = ()


BEGINNING = Mark()


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input. ``total`` is the last ``end`` where that is known, in ``unit``; ``form`` is that of a table."""

    records: Iterator[Record]
    unit: str
    total: int | None = None
    form: "TableForm | None" = None
