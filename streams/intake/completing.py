"""Messages of the quarantine that are sent again, and completing those of which parts could not be read.

To complete one, the recorded message stays as it is. A correction in the name of its source takes it
back and puts the completed one in its place, so that everything follows as from any other correction
(docs/decisions/0029).
"""

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid5

from domain.facts.corrections import FactCorrected
from domain.sources.bounds import Channel
from streams.intake.intake import UNREADABLE_ERRORS, Intake, decode, encode
from streams.intake.prepared import FieldError, HandedIn, PreparedBatch, Rows
from streams.intake.refusals import UNREADABLE
from streams.intake.unread_parts import Path, at, base_of, path_of, text_of, unread_in

_COMPLETIONS: Final = UUID("0b5c2f0e-6c6a-5b0e-8a5e-3f1f0d0c9a28")
"""The namespace of the ids of such corrections; another value would complete a message twice."""
_CORRECTION: Final = FactCorrected.type_name()
_REASON: Final = "补正未能识别的内容 completed what could not be read"


@dataclass(frozen=True, slots=True)
class SentAgain:
    """A message that the quarantine kept, and ``body``, which is to be tried instead; None tries it as it was sent.

    With ``partial`` only parts of it could not be read. Then ``body`` is the whole message as it should be,
    or, where only one part could not be read, that part.
    """

    kept: bytes
    body: bytes | None
    quarantine_id: str
    partial: bool
    allowed_source: str | None
    by: str

    @property
    def size(self) -> int:
        return len(self.kept) + len(self.body or b"")


def prepare_again(intake: Intake, again: SentAgain) -> PreparedBatch:
    """What is to be recorded; of a partial one a batch without facts where it completes nothing."""
    if again.partial:
        return _completed(intake, again)
    return _prepared(intake, again, again.body or again.kept)


def _prepared(intake: Intake, again: SentAgain, message: bytes) -> PreparedBatch:
    # It is somebody's act, by whatever channel the message came first.
    handed_in = HandedIn(Channel.ANY, again.by, (message,))
    return replace(intake.prepare([message], allowed_source=again.allowed_source), handed_in=handed_in)


def _completed(intake: Intake, again: SentAgain) -> PreparedBatch:
    kept = again.kept
    recorded, unread = decode(kept), _unread(intake, kept)
    try:
        said = decode(kept if again.body is None else again.body)
        correction = _correction(recorded, said, unread, again.quarantine_id)
    except UNREADABLE_ERRORS:
        return _refused(recorded, kept, UNREADABLE)
    except _Unsuitable as error:
        return _refused(recorded, kept, error.reason)
    batch = _prepared(intake, again, encode(correction))
    still = frozenset() if not len(batch) else unread_in(decode(batch.states[0]))
    if not len(batch) or (still and not still < unread):
        return _as_sent(batch.without_facts(), recorded)
    return batch


class _Unsuitable(Exception):
    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(code)
        self.reason = FieldError(field, code, message)


def _unread(intake: Intake, kept: bytes) -> frozenset[str]:
    """The parts of the kept message that cannot be read."""
    batch = intake.prepare([kept])
    return unread_in(decode(batch.states[0])) if len(batch) else frozenset()


def _correction(recorded: dict[str, Any], said: Any, unread: frozenset[str], quarantine_id: str) -> dict[str, Any]:
    whole = said if isinstance(said, dict) and "specversion" in said else _with_part(recorded, said, unread)
    if whole.get("source") != recorded["source"]:
        raise _Unsuitable("source", "foreign_source", "the message came from another source")
    replacement = _content(whole)
    if replacement.get("type") != _content(recorded)["type"]:
        raise _Unsuitable("type", "other_type", "the message was of another type")
    return {
        "specversion": "1.0",
        "id": str(uuid5(_COMPLETIONS, quarantine_id)),
        "source": recorded["source"],
        "type": _CORRECTION,
        **_attributes(recorded, whole),
        "data": {
            "retracts": {"source": recorded["source"], "id": recorded["id"]},
            "reason": _REASON,
            "replacement": replacement,
        },
    }


def _attributes(recorded: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The attributes of the correction that say when, and whether it is about the past."""
    # Not ``recordedtime``: when the source recorded the message, it did not know yet what is filled in now.
    history = recorded.get("history", whole.get("history"))
    return {"time": whole.get("time"), **({} if history is None else {"history": history})}


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """Type and data of a message; of a correction, those of its replacement."""
    if message.get("type") == _CORRECTION:
        replacement = at(message, ("data", "replacement"))
        return replacement if isinstance(replacement, dict) else {}
    return {"type": message.get("type"), "data": message.get("data")}


def _with_part(recorded: dict[str, Any], part: Any, unread: frozenset[str]) -> dict[str, Any]:
    """The message with ``part`` in the only place that could not be read."""
    if len(unread) != 1:
        raise _Unsuitable("", "several_parts", "send the whole message: several parts of it could not be read")
    (field,) = unread
    whole = deepcopy(recorded)
    path: Path = (*base_of(recorded), *path_of(field))
    if path[-1] == "lead" and isinstance(part, dict) and "person" not in part:
        # A person alone: certificate and qualification were read.
        lead = at(whole, path)
        part = {**lead, "person": part} if isinstance(lead, dict) else part
    at(whole, path[:-1])[path[-1]] = part
    return whole


def _as_sent(batch: PreparedBatch, recorded: dict[str, Any]) -> PreparedBatch:
    """With the fields as they are called in the message that was sent, and not in the correction made of it."""
    inside, outside = text_of(base_of({"type": _CORRECTION, "data": {}})), text_of(base_of(recorded))

    def said(error: FieldError) -> FieldError:
        within = error.field == inside or error.field.startswith(f"{inside}.")
        return replace(error, field=outside + error.field[len(inside) :]) if within else error

    refusals = [replace(refusal, errors=tuple(map(said, refusal.errors))) for refusal in batch.refusals]
    return replace(batch, refusals=refusals)


def _refused(recorded: dict[str, Any], kept: bytes, reason: FieldError) -> PreparedBatch:
    rows = Rows()
    rows.refuse(0, recorded, kept, [reason])
    return rows.batch([])
