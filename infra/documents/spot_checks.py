"""The file of a draw 抽查结果: a checkpoint, the lists and what was drawn; and whether it follows from them."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import MonitorError
from domain.spot_checks.draw import Draw, draw
from domain.spot_checks.lists import Candidate, Inspector, Lists, UnusableLists
from infra.checks import Check, Mark, judged
from infra.documents.plain import document
from infra.transparency.checkpoint import open_checkpoint
from infra.transparency.notes import NotANote, NotSigned, VerifierKey, parse_note

FORMAT: Final = "tender-monitor/spot-check/v1"
_LARGEST: Final = 1_000_000
Text = Annotated[str, Field(min_length=1, max_length=200)]


class NotADraw(MonitorError):
    """The file is no draw; the text says why."""


class ListsInFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    candidates: Annotated[list[tuple[Text, int]], Field(max_length=_LARGEST)]
    inspectors: Annotated[list[tuple[Text, list[Text]]], Field(max_length=_LARGEST)]
    inspectors_each: int
    size: int

    def read(self) -> Lists:
        return Lists(
            tuple(Candidate(*each) for each in self.candidates),
            tuple(Inspector(name, frozenset(recused)) for name, recused in self.inspectors),
            self.size,
            self.inspectors_each,
        )


class AssignmentInFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    subject: Text
    inspectors: list[Text]
    recused: list[Text]


class DrawInFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    format: Literal["tender-monitor/spot-check/v1"]
    checkpoint: Annotated[str, Field(max_length=100_000)]
    lists: ListsInFile
    lists_sha256: str
    seed: str
    assignments: list[AssignmentInFile]


def draw_document(note: str, lists: Lists) -> dict[str, Any]:
    """The file of the draw from a signed checkpoint. Raises NotANote, or UnusableLists."""
    drawn: dict[str, Any] = document(draw(parse_note(note).text.encode(), lists))
    said = {
        "candidates": [[candidate.subject, candidate.weight] for candidate in lists.candidates],
        "inspectors": [[inspector.name, sorted(inspector.recused)] for inspector in lists.inspectors],
        "inspectors_each": lists.inspectors_each,
        "size": lists.size,
    }
    return {"format": FORMAT, "checkpoint": note, "lists": said, **drawn}


def read_draw(content: bytes) -> DrawInFile:
    """Raises :class:`NotADraw`."""
    try:
        return DrawInFile.model_validate_json(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the text"
        raise NotADraw(f"{where} is not as in the file of a draw") from error


def checked_draw(told: DrawInFile, key: VerifierKey | None = None) -> list[Check]:
    """Who signed the checkpoint, and whether lists, seed and each assignment follow from it."""
    checks = [_signed(told.checkpoint, key)]
    try:
        found = draw(parse_note(told.checkpoint).text.encode(), told.lists.read())
    except (NotANote, UnusableLists) as error:
        return [*checks, Check("lists", Mark.WRONG, str(error))]
    return [
        *checks,
        judged("lists", f"SHA-256 {found.lists_sha256}", right=found.lists_sha256 == told.lists_sha256),
        judged("seed", found.seed, right=found.seed == told.seed),
        _assignments(found, told),
    ]


def _signed(note: str, key: VerifierKey | None) -> Check:
    if key is None:
        return Check("checkpoint", Mark.NOTE, "without --key nothing shows that the log signed it")
    try:
        checkpoint, _, _ = open_checkpoint(note, key)
    except (NotANote, NotSigned) as error:
        return Check("checkpoint", Mark.WRONG, str(error))
    return Check("checkpoint", Mark.OK, f"{key.name} signed it at {checkpoint.size} entries")


def _assignments(found: Draw, told: DrawInFile) -> Check:
    said = [(each.subject, tuple(each.inspectors), tuple(each.recused)) for each in told.assignments]
    right = [(each.subject, each.inspectors, each.recused) for each in found.assignments]
    if said == right:
        return Check("assignments", Mark.OK, f"{len(right)} drawn")
    first = next((place for place, pair in enumerate(zip(said, right, strict=False)) if pair[0] != pair[1]), None)
    where = f"number {first + 1} is not what was drawn" if first is not None else f"{len(said)} instead of {len(right)}"
    return Check("assignments", Mark.WRONG, where)
