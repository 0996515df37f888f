"""The conclusion 结论 of an investigation."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter

from domain.errors import NotAllowed


class Outcome(StrEnum):
    SUBSTANTIATED = "substantiated"
    """属实"""
    NOT_SUBSTANTIATED = "not-substantiated"
    """不属实"""
    LAWFUL_EXCEPTION = "lawful-exception"
    """例外情形"""
    DATA_ERROR = "data-error"
    """数据错误"""
    TRANSFERRED = "transferred"
    """移送"""


_NEEDED: Final[dict[Outcome, tuple[str, ...]]] = {
    Outcome.SUBSTANTIATED: ("facts",),
    Outcome.LAWFUL_EXCEPTION: ("ground", "document_no"),
    Outcome.DATA_ERROR: ("source",),
    Outcome.TRANSFERRED: ("addressee",),
}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """``facts`` are those it rests on, by source and id.

    Of a lawful exception ``ground`` and ``document_no`` are needed, and ``until`` is its last day, None without an end.
    Of a data error ``source`` names whose. ``addressee`` is to whom the matter was referred.
    """

    outcome: Outcome
    facts: tuple[tuple[str, str], ...] = ()
    ground: str | None = None
    document_no: str | None = None
    until: date | None = None
    source: str | None = None
    addressee: str | None = None

    def must_be_complete(self) -> None:
        """Raises :class:`NotAllowed` where something is missing, or belongs to another outcome."""
        needed = _NEEDED.get(self.outcome, ())
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise NotAllowed(f"the outcome {self.outcome} needs {', '.join(missing)}")
        own = {*needed, "facts"} | ({"until"} if self.outcome is Outcome.LAWFUL_EXCEPTION else set())
        others = {"ground", "document_no", "until", "source", "addressee"} - own
        strange = sorted(name for name in others if getattr(self, name))
        if strange:
            raise NotAllowed(f"the outcome {self.outcome} has no {', '.join(strange)}")


CONCLUSION: Final = TypeAdapter(Conclusion)


def conclusion_record(conclusion: Conclusion) -> dict[str, Any]:
    """As an event keeps it: plain JSON."""
    record: dict[str, Any] = CONCLUSION.dump_python(conclusion, mode="json", exclude_none=True)
    return record
