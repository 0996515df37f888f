"""One file on its way in: chunks in flight, how far it got, and what was refused."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from infra.deliveries.rejected_lines import RejectedLines
from infra.deliveries.sender import Answer, Refused, Sender
from infra.storage.private_files import write_private
from streams.importers.record import BEGINNING, Mark, Record, Source

IN_FLIGHT: Final = 4
_CHUNK_BYTES: Final = 4 * 1024 * 1024
MOST_VERDICTS: Final = 1_000
"""Of the bids of one file, for programs; people are shown the first twenty."""


@dataclass(slots=True)
class Tally:
    records: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    partial: int = 0
    """Of those accepted, or recorded before, some part could not be read."""

    def add(self, other: "Tally") -> None:
        self.records += other.records
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.rejected += other.rejected
        self.partial += other.partial

    @property
    def complete(self) -> bool:
        """Whether nothing was refused."""
        return not self.rejected and not self.partial


@dataclass(slots=True)
class Progress:
    """How far an import got, kept in ``file`` until it is done; None keeps nothing.

    ``verdicts`` are the first about bids since the command began, and ``bids`` is how many there were.
    ``rejected_from`` is where the refused lines of this import begin in their file, in bytes.
    """

    file: Path | None
    mark: Mark = BEGINNING
    tally: Tally = field(default_factory=Tally)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    bids: int = 0
    rejected_from: int | None = None

    @classmethod
    def kept_in(cls, file: Path) -> "Progress":
        """What an interrupted import left; the beginning where there is nothing."""
        try:
            kept = json.loads(file.read_bytes())
            return cls(file, Mark(**kept["mark"]), Tally(**kept["tally"]), rejected_from=kept.get("rejected_from"))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return cls(file)

    def save(self) -> None:
        if self.file is not None:
            kept = {"mark": asdict(self.mark), "tally": asdict(self.tally), "rejected_from": self.rejected_from}
            write_private(self.file, json.dumps(kept).encode())

    def finish(self) -> None:
        if self.file is not None:
            self.file.unlink(missing_ok=True)


async def import_records(
    source: Source,
    sender: Sender,
    progress: Progress,
    rejected: RejectedLines,
    advance: Callable[[int], Any],
    *,
    delivery_id: str | None = None,
) -> None:
    """Send all records of ``source``, several chunks at a time, and book them in their order."""
    flying: deque[tuple[list[Record], asyncio.Task[Answer]]] = deque()

    async def land() -> None:
        chunk, task = flying.popleft()
        before = progress.mark.end
        _book(chunk, await task, progress, rejected)
        rejected.flush()
        progress.save()
        advance(progress.mark.end - before)

    try:
        for chunk in _chunks(source.records, sender.chunk):
            while len(flying) >= IN_FLIGHT:
                await land()
            flying.append((chunk, asyncio.create_task(_send(sender, chunk, delivery_id))))
            await asyncio.sleep(0)
        while flying:
            await land()
    finally:
        for _, task in flying:
            task.cancel()


async def _send(sender: Sender, chunk: list[Record], delivery_id: str | None) -> Answer:
    messages = [message for record in chunk for message in record.messages]
    return await sender.send(messages, delivery_id) if messages else Answer(0, 0, ())


def _chunks(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while True:
        chunk: list[Record] = []
        weight = 0
        for record in islice(records, size):
            chunk.append(record)
            weight += len(record.raw)
            if weight > _CHUNK_BYTES:
                break
        if not chunk:
            return
        yield chunk


def _book(chunk: list[Record], answer: Answer, progress: Progress, rejected: RejectedLines) -> None:
    """Count a chunk that was answered and keep what was refused of it, in the order of the file."""
    owners = [place for place, record in enumerate(chunk) for _ in record.messages]
    by_place: defaultdict[int, list[Refused]] = defaultdict(list)
    for refused in answer.rejected:
        by_place[owners[refused.index]].append(refused)
    for place, record in enumerate(chunk):
        for row in (record, *record.others):
            if row.errors:
                rejected.write(row, [asdict(error) for error in row.errors], None)
            for each in by_place.get(place, ()):
                rejected.write(row, list(each.errors), each.quarantine_id, partial=each.partial)
    partial = sum(refused.partial for refused in answer.rejected)
    unread = sum(bool(record.errors) for record in chunk)
    progress.tally.add(
        Tally(len(chunk), answer.accepted, answer.duplicates, len(answer.rejected) - partial + unread, partial)
    )
    progress.bids += len(answer.verdicts)
    progress.verdicts += answer.verdicts[: max(0, MOST_VERDICTS - len(progress.verdicts))]
    progress.mark = chunk[-1].resume or Mark(chunk[-1].number, chunk[-1].end)
