"""A follow-up: what a fact means for another subject, as a message to that subject.

Its id is a pure function of its cause and of the line that tells it from the cause's other
follow-ups, so that it can be worked out again at any time and sent twice.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from domain.evidence.recorded import RecordedFact
from domain.facts.fact import OWN_PREFIX, FactData

FOLLOW_UP_SOURCE: Final = f"{OWN_PREFIX}follow-ups"
"""The source of what the monitor derives; no outside source may use it."""
_NAMESPACE: Final = UUID("5f0b3c52-6f43-5a5e-9c7f-0d8d6f1b7a11")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A derived message, and the fact it follows from.

    ``recordedtime`` is when the sources had recorded all that it follows from, where they say so.
    """

    id: str
    data: FactData
    cause: RecordedFact
    recordedtime: datetime | None

    @classmethod
    def of(cls, cause: RecordedFact, line: str, data: FactData) -> "FollowUp":
        """What follows from ``cause`` alone; what is said under one ``line`` never changes."""
        return cls(follow_up_id(cause, line), data, cause, cause.fact.recordedtime)

    def row(self) -> tuple[str, str, FactData, dict[str, Any]]:
        """As ``prepare_own`` takes it; ``causationid`` names the outside fact at the bottom of the chain."""
        inside = self.cause.source.startswith(OWN_PREFIX)
        bottom = (self.cause.fact.causationid if inside else None) or _name(self.cause)
        attributes = {"time": self.cause.occurred_at.isoformat(), "causationid": bottom}
        if self.recordedtime is not None:
            attributes["recordedtime"] = self.recordedtime.isoformat()
        return FOLLOW_UP_SOURCE, self.id, self.data, attributes


def follow_up_id(cause: RecordedFact, line: str) -> str:
    return str(uuid5(_NAMESPACE, f"{_name(cause)}/{line}"))


def _name(fact: RecordedFact) -> str:
    return f"{fact.source}#{fact.id}"
