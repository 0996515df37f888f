"""What history changed without pushing it to anybody: a message to the place whose supervisor gets a summary."""

from typing import Annotated, Literal

from pydantic import Field

from domain.facts.fact import FactData, Instant, Key, Model


class ChangedClue(Model):
    """A clue as its event with this ``version`` left it."""

    clue_id: Key
    version: int
    rule: Key
    severity: Literal["info", "low", "medium", "high"]
    withdrawn: bool = False


class ChangedByHistory(FactData):
    """Follow-up of facts loaded as history: the clues that they changed in one place, in one transaction."""

    KIND = "changed-by-history"

    jurisdiction: Key
    changed_at: Instant
    clues: Annotated[tuple[ChangedClue, ...], Field(min_length=1)]

    @property
    def place(self) -> str:
        return place_subject(self.jurisdiction)

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.place,)


def place_subject(jurisdiction: str) -> str:
    """The subject of a jurisdiction, at whose home its summaries are written."""
    return f"place:{jurisdiction}"
