"""Looking a file through before it is taken: what would be recorded of it, and what is out of bounds.

Nothing is recorded: rows are prepared as intake does it, and compared with what the ledger has.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final, Protocol

from domain.delivery_bounds import Content
from streams.deliveries.contents import Named
from streams.deliveries.ledgers import Recorded
from streams.deliveries.standing import AGAIN, STANDS, Standing, content_of
from streams.importers.record import Record, Source
from streams.intake.intake import Intake, decode, encode
from streams.intake.prepared import FieldError, PreparedBatch

_AT_ONCE: Final = 2_000
CONFLICT: Final = FieldError("id", "conflict", "another message was recorded under this source and id")


class Refusing(Protocol):
    """Whether the registry lets the sources of a batch say it."""

    def __call__(self, prepared: PreparedBatch) -> PreparedBatch: ...


@dataclass(slots=True)
class Fates:
    """What becomes of each record of a file, in its order; ``numbers`` as :meth:`Standing.fate` says them.

    Where nothing is replaced, every number is 1.
    """

    numbers: "array[int]" = field(default_factory=partial(array, "H"))

    def of(self, place: int) -> int:
        return self.numbers[place] if place < len(self.numbers) else 1


@dataclass(slots=True)
class LookedThrough:
    """What would come of a file. ``unchanged`` stand already, ``again`` are said again; both are no news.

    ``reasons`` counts the first reason of each refused row, by field and code.
    """

    rows: int = 0
    new: int = 0
    unchanged: int = 0
    again: int = 0
    rejected: int = 0
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    named: Named = field(default_factory=Named)
    fates: Fates = field(default_factory=Fates)

    @property
    def content(self) -> Content:
        named = self.named
        return Content(self.rows, len(named.people), len(named.employers), tuple(sorted(named.months)), self.rejected)

    def refuse(self, error: FieldError) -> None:
        self.rejected += 1
        self.reasons[error.field, error.code, error.message] += 1


def look_through(
    source: Source,
    intake: Intake,
    recorded: Recorded,
    *,
    standing: Standing | None = None,
    permitted: Refusing = lambda prepared: prepared,
    advance: Callable[[int], Any] = lambda _: None,
) -> LookedThrough:
    """Read all of ``source``; with ``standing`` each row is held against what it replaces."""
    found = LookedThrough()
    end = 0
    while records := tuple(islice(source.records, _AT_ONCE)):
        prepared = permitted(intake.prepare([message for record in records for message in record.messages]))
        _count_unread(records, found)
        if standing is None:
            _compare(recorded, prepared, found)
        else:
            _hold_against(records, prepared, standing, found)
        found.named.add(prepared.states)
        advance(records[-1].end - end)
        end = records[-1].end
    found.named.settle()
    return found


def _count_unread(records: tuple[Record, ...], found: LookedThrough) -> None:
    found.rows += len(records)
    for record in records:
        if record.errors:
            found.refuse(record.errors[0])


def _compare(recorded: Recorded, prepared: PreparedBatch, found: LookedThrough) -> None:
    _count_refused(prepared, found)
    for compared in recorded.split(prepared):
        found.new += int(compared.new.sum())
        found.unchanged += len(compared.duplicates)
        for _ in compared.conflicts:
            found.refuse(CONFLICT)


def _hold_against(
    records: tuple[Record, ...], prepared: PreparedBatch, standing: Standing, found: LookedThrough
) -> None:
    _count_refused(prepared, found)
    for refusal in prepared.refusals:
        if refusal.id is not None:
            standing.protect(refusal.id)
    numbers = array("H", [1]) * len(records)
    owners = [place for place, record in enumerate(records) for _ in record.messages]
    for index, state in zip(prepared.indices, prepared.states, strict=True):
        number = standing.fate(*content_of(state))
        numbers[owners[index]] = number
        found.unchanged += number == STANDS
        found.new += number == 1
        found.again += number > 1
    found.fates.numbers.extend(numbers)


def _count_refused(prepared: PreparedBatch, found: LookedThrough) -> None:
    for refusal in prepared.refusals:
        if not refusal.partial:
            found.refuse(refusal.errors[0])


def as_fated(records: Iterator[Record], fates: Fates, *, first: int = 0) -> Iterator[Record]:
    """The records from number ``first`` on, counted from 0: without messages that stand already, the others under
    the id by which they count.
    """
    for place, record in enumerate(records, first):
        number = fates.of(place)
        if number == STANDS:
            yield record._replace(messages=())
        elif number == 1:
            yield record
        else:
            yield record._replace(messages=tuple(said_again(message, number) for message in record.messages))


def said_again(message: bytes, number: int) -> bytes:
    """The message under its id and ``number``."""
    said: dict[str, Any] = decode(message)
    said["id"] = f"{said['id']}{AGAIN}{number}"
    return encode(said)
