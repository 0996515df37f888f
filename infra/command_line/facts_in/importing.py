"""One file on its way in: chunks in flight, how far it got, and what was refused."""

import asyncio
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from infra.command_line.facts_in.sender import Answer, Refused, Sender
from infra.command_line.folder import write_private
from infra.texts.language import Language
from infra.texts.refusals import refusal_words
from streams.importers.record import BEGINNING, Mark, Record, Source

IN_FLIGHT: Final = 4
_CHUNK_BYTES: Final = 4 * 1024 * 1024
_RAW_SHOWN: Final = 100_000
MOST_VERDICTS: Final = 1_000
"""Of the bids of one file, for programs; people are shown :data:`SHOWN`."""
SHOWN: Final = 20
"""Reasons shown of each file; all of them are in the file of rejected lines."""


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
    """

    file: Path | None
    mark: Mark = BEGINNING
    tally: Tally = field(default_factory=Tally)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    bids: int = 0

    @classmethod
    def kept_in(cls, file: Path) -> "Progress":
        """What an interrupted import left; the beginning where there is nothing."""
        try:
            kept = json.loads(file.read_bytes())
            return cls(file, Mark(**kept["mark"]), Tally(**kept["tally"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return cls(file)

    def save(self) -> None:
        if self.file is not None:
            write_private(self.file, json.dumps({"mark": asdict(self.mark), "tally": asdict(self.tally)}).encode())

    def finish(self) -> None:
        if self.file is not None:
            self.file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the line of a file was refused: its first error."""

    line: int
    field: str
    code: str
    message: str


def _in_chinese(error: dict[str, str]) -> str:
    return refusal_words(error["code"], error["message"], Language.ZH)


class RejectedLines:
    """A file of what was refused and why, made when the first line is; for its owner's eyes.

    ``first`` are the reasons for the first lines.
    """

    def __init__(self, file: Path, *, keep: bool) -> None:
        self.file = file
        self.first: list[Reason] = []
        self._opened: BinaryIO | None = None
        self._keep = keep

    def write(
        self,
        record: Record,
        errors: Sequence[dict[str, str]],
        quarantine_id: str | None,
        *,
        partial: bool = False,
    ) -> None:
        if len(self.first) < SHOWN:
            self.first.append(Reason(record.number, **errors[0]))
        line = {
            "line": record.number,
            "errors": [{**each, "message_zh": _in_chinese(each)} for each in errors],
            "quarantine_id": quarantine_id,
            "raw": record.raw[:_RAW_SHOWN].decode("utf-8", "replace"),
        } | ({"partial": True} if partial else {})
        self._stream().write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def flush(self) -> None:
        if self._opened is not None:
            self._opened.flush()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _stream(self) -> BinaryIO:
        if self._opened is None:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = os.O_APPEND if self._keep else os.O_TRUNC
            self._opened = os.fdopen(os.open(self.file, os.O_WRONLY | os.O_CREAT | mode, 0o600), "wb")
        return self._opened


async def import_records(
    source: Source, sender: Sender, progress: Progress, rejected: RejectedLines, advance: Callable[[int], Any]
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
            flying.append((chunk, asyncio.create_task(_send(sender, chunk))))
            await asyncio.sleep(0)
        while flying:
            await land()
    finally:
        for _, task in flying:
            task.cancel()


async def _send(sender: Sender, chunk: list[Record]) -> Answer:
    messages = [message for record in chunk for message in record.messages]
    return await sender.send(messages) if messages else Answer(0, 0, ())


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
    """Count a chunk that was answered and keep what was refused of it."""
    owners = [record for record in chunk for _ in record.messages]
    for each in answer.rejected:
        _keep(owners[each.index], each, rejected)
    unread = [record for record in chunk if record.errors]
    for record in unread:
        rejected.write(record, [asdict(error) for error in record.errors], None)
    partial = sum(refused.partial for refused in answer.rejected)
    refused = len(answer.rejected) - partial + len(unread)
    progress.tally.add(Tally(len(chunk), answer.accepted, answer.duplicates, refused, partial))
    progress.bids += len(answer.verdicts)
    progress.verdicts += answer.verdicts[: max(0, MOST_VERDICTS - len(progress.verdicts))]
    progress.mark = Mark(chunk[-1].number, chunk[-1].end)


def _keep(record: Record, refused: Refused, rejected: RejectedLines) -> None:
    rejected.write(record, list(refused.errors), refused.quarantine_id, partial=refused.partial)
