"""What a witness countersigns, and what it refuses (C2SP tlog-witness, add-checkpoint)."""

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from domain.errors import MonitorError
from infra.transparency.checkpoint import Checkpoint, parse_checkpoint
from infra.transparency.merkle import NotProved, verify_consistency
from infra.transparency.notes import NotANote, Note, NotSigned, Signer, VerifierKey, parse_note, verify
from infra.witness.seen import Seen

MOST_HASHES: Final = 63
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Refused(MonitorError):
    """Not countersigned. ``latest`` is the size last countersigned, where that is the reason."""

    def __init__(self, status: HTTPStatus, reason: str, *, latest: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.latest = latest


@dataclass(frozen=True, slots=True)
class Submission:
    """The body of a call: a checkpoint, and that it follows from that of ``old`` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        lines = [f"old {self.old}", *(base64.b64encode(each).decode() for each in self.proof), ""]
        return "\n".join(lines) + f"\n{self.note}"


class Witness:
    """Countersigns in the name of ``signer`` for the logs it knows by their keys."""

    def __init__(
        self,
        signer: Signer,
        logs: Iterable[VerifierKey],
        seen: Seen,
        clock: Callable[[], datetime],
    ) -> None:
        self._signer = signer
        self._logs = {key.name: key for key in logs}
        self._seen = seen
        self._clock = clock

    def add_checkpoint(self, body: str) -> str:
        """The cosignature line, once what it stands for is kept; raises :class:`Refused`."""
        submission = parse_submission(body)
        checkpoint = self._authentic(submission.note)
        if submission.old > checkpoint.size:
            raise Refused(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's")
        with self._seen.changing(checkpoint.origin) as entry:
            self._must_follow(entry.checkpoint, checkpoint, submission)
            entry.replace(checkpoint, str(submission.note))
        return self._signer.cosignature(submission.note.text, int(self._clock().timestamp())).line

    def _authentic(self, note: Note) -> Checkpoint:
        try:
            checkpoint = parse_checkpoint(note.text)
        except NotANote as error:
            raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
        key = self._logs.get(checkpoint.origin)
        if key is None:
            raise Refused(HTTPStatus.NOT_FOUND, "this witness does not know the log")
        try:
            verify(note, [key])
        except NotSigned as error:
            raise Refused(HTTPStatus.FORBIDDEN, str(error)) from error
        return checkpoint

    def _must_follow(self, last: Checkpoint | None, new: Checkpoint, submission: Submission) -> None:
        size = last.size if last else 0
        if submission.old != size:
            raise Refused(HTTPStatus.CONFLICT, "another size was countersigned last", latest=size)
        if last is not None and new.size == size and new.root != last.root:
            raise Refused(HTTPStatus.CONFLICT, "another tree of this size was countersigned", latest=size)
        if not self._grown(last, new, submission.proof):
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "the checkpoint does not follow from the last one")

    def _grown(self, last: Checkpoint | None, new: Checkpoint, proof: tuple[bytes, ...]) -> bool:
        suite = self._logs[new.origin].suite
        if last is None or last.size == 0:
            return not proof and (new.size > 0 or new.root == suite.empty_root)
        try:
            verify_consistency(last.size, new.size, last.root, new.root, proof, suite)
        except NotProved:
            return False
        return True


def parse_submission(body: str) -> Submission:
    """Raises :class:`Refused`."""
    head, gap, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None or len(lines) > MOST_HASHES:
        raise Refused(HTTPStatus.BAD_REQUEST, "a submission is an old size, a proof, an empty line, a checkpoint")
    try:
        return Submission(int(old[1]), tuple(base64.b64decode(line, validate=True) for line in lines), parse_note(note))
    except (ValueError, NotANote) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the proof or the checkpoint cannot be read") from error
