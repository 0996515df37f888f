"""A follow-up: what a fact means for another subject, as a message to that subject.

Its id follows from its cause and from its *line*, a text that is different for each follow-up of one
cause. So a follow-up can be computed again at any time, and sending it twice does no harm.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from domain.evidence.recorded import RecordedFact
from domain.facts.fact import OWN_PREFIX, FactData

FOLLOW_UP_SOURCE: Final = f"{OWN_PREFIX}follow-ups"
"""The source of the messages that the monitor derives; no outside source may use it."""
_NAMESPACE: Final = UUID("5f0b3c52-6f43-5a5e-9c7f-0d8d6f1b7a11")
"""The namespace of follow-up ids; another value would send every follow-up again."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A derived message, and the fact that it follows from.

    ``recordedtime`` is when the sources had recorded all facts it follows from; None where one of them
    does not say.
    """

    id: str
    data: FactData
    cause: RecordedFact
    recordedtime: datetime | None

    @classmethod
    def of(cls, cause: RecordedFact, line: str, data: FactData) -> "FollowUp":
        """The follow-up of ``cause`` alone. The same cause and ``line`` must always give the same ``data``."""
        return cls(follow_up_id(cause, line), data, cause, cause.fact.recordedtime)

    def as_recorded(self) -> RecordedFact:
        """As if it had been recorded with its cause: what follows from facts, whether it was ever recorded or not."""
        said = {
            "specversion": "1.0",
            "source": FOLLOW_UP_SOURCE,
            "id": self.id,
            "type": self.data.type_name(),
            "time": self.cause.occurred_at,
            "recordedtime": self.recordedtime,
            "causationid": self.cause.name,
            "history": self.cause.fact.history,
            "data": self.data,
        }
        from domain.facts.messages import MESSAGES  # Its models are built for those who need them.

        message = MESSAGES[self.data.type_name()].model_validate(said)
        return RecordedFact(message, self.cause.position, self.cause.recorded_at)

    def row(self) -> tuple[str, str, FactData, dict[str, Any]]:
        """``(source, id, data, attributes)``, as :func:`streams.intake.own_facts.prepare_own` takes them.

        ``causationid`` names the outside fact (``source#id``) at the beginning of the chain of causes.
        What follows from history is history.
        """
        is_own = self.cause.source.startswith(OWN_PREFIX)
        first_cause = (self.cause.fact.causationid if is_own else None) or self.cause.name
        attributes = {"time": self.cause.occurred_at.isoformat(), "causationid": first_cause}
        if self.recordedtime is not None:
            attributes["recordedtime"] = self.recordedtime.isoformat()
        if self.cause.is_history:
            attributes["history"] = "true"
        return FOLLOW_UP_SOURCE, self.id, self.data, attributes


def follow_up_id(cause: RecordedFact, line: str) -> str:
    """The id of the follow-up of ``cause`` with this ``line``."""
    return str(uuid5(_NAMESPACE, f"{cause.name}/{line}"))
