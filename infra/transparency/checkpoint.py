"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log, as the text of a note."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from infra.transparency.notes import NotANote, Note, VerifierKey, parse_note, verify
from infra.transparency.suite import SHA256_ED25519, Suite

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``size`` leaves and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str, suite: Suite = SHA256_ED25519) -> Checkpoint:
    """The first three lines of a note's text; extension lines are allowed. Raises NotANote.

    The hashes of all suites have one length.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
        raise NotANote("a checkpoint begins with origin, size and root")
    try:
        checkpoint = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    except ValueError as error:
        raise NotANote("the root is not base64") from error
    if len(checkpoint.root) != suite.digest_size or not text.startswith(checkpoint.text):
        raise NotANote(f"the root is no hash of {suite.name}")
    return checkpoint


def open_checkpoint(
    note: str, log_key: VerifierKey, witnesses: Iterable[VerifierKey] = ()
) -> tuple[Checkpoint, Note, tuple[VerifierKey, ...]]:
    """A checkpoint that ``log_key`` signed, and which of ``witnesses`` countersigned it.

    Raises NotANote or NotSigned, also where the checkpoint is of another log.
    """
    parsed = parse_note(note)
    verify(parsed, [log_key])
    checkpoint = parse_checkpoint(parsed.text, log_key.suite)
    if checkpoint.origin != log_key.name:
        raise NotANote("the checkpoint is of another log")
    signed = verify(parsed, [log_key, *witnesses])
    return checkpoint, parsed, tuple(key for key in signed if key != log_key)
