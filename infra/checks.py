"""What ``doctor`` says of one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    check: str
    result: Mark
    detail: str


def judged(name: str, detail: str, *, right: bool) -> Check:
    return Check(name, Mark.OK if right else Mark.WRONG, detail)
