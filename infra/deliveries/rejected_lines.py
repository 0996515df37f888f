"""The refused lines of an import as NDJSON, for programs: line, reasons, and what stood there."""

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from infra.texts.language import Language
from infra.texts.refusals import refusal_words
from streams.importers.encodings import by_lines
from streams.importers.header import TableForm
from streams.importers.record import Record

SHOWN: Final = 20
"""Reasons shown of each file; all of them are in the file of rejected lines."""
_RAW_SHOWN: Final = 100_000
"""Of a message; the rows of a table are kept in full, for they are given back."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the line of a file was refused: its first error."""

    line: int
    field: str
    code: str
    message: str


class RejectedLines:
    """A file of what was refused and why, made when the first line is; for its owner's eyes.

    ``first`` are the reasons for the first lines.
    """

    def __init__(self, file: Path, *, keep: bool, form: TableForm | None = None) -> None:
        self.file = file
        self.first: list[Reason] = []
        self._opened: BinaryIO | None = None
        self._keep = keep
        self._form = form

    def write(
        self, record: Record, errors: Sequence[dict[str, str]], quarantine_id: str | None, *, partial: bool = False
    ) -> None:
        if len(self.first) < SHOWN:
            self.first.append(Reason(record.number, **errors[0]))
        line = {
            "line": record.number,
            "errors": [{**each, "message_zh": _in_chinese(each)} for each in errors],
            "quarantine_id": quarantine_id,
            **self._raw(record.raw),
        } | ({"partial": True} if partial else {})
        self._stream().write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def _raw(self, raw: bytes) -> dict[str, str]:
        """As text, and as bytes too where it is none."""
        if self._form is None:
            return {"raw": raw[:_RAW_SHOWN].decode("utf-8", "replace")}
        encoding = by_lines(self._form.encoding or "utf-8")
        text = raw.decode(encoding, "replace")
        # Decoders may read two spellings of one character: only what is spelt the same again is kept by its text.
        if "\ufffd" in text or text.encode(encoding, "replace") != raw:
            return {"raw": text, "raw_base64": base64.b64encode(raw).decode()}
        return {"raw": text}

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


def _in_chinese(error: dict[str, str]) -> str:
    return refusal_words(error["code"], error["message"], Language.ZH)
