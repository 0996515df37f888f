"""Good and bad conduct 良好/不良行为记录 of firms and people (川建办发〔2017〕169号)."""

from typing import Literal

from domain.facts.fact import Day, FactData, Holder, Key, Person, Text


class ConductFact(FactData):
    """Base of the facts about one conduct record; ``record_id`` is the same in all of them."""

    record_id: Key
    subject: Holder
    kind: Literal["good", "bad", "performance"]
    what: Text
    authority: Text
    happened_on: Day
    published_on: Day | None = None
    reason: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.subject.subject,) if isinstance(self.subject, Person) else self.subject.subjects


class ConductRecorded(ConductFact):
    """A conduct record was made."""

    KIND = "conduct-recorded"


class ConductObjected(ConductFact):
    """Somebody objected to a conduct record 异议."""

    KIND = "conduct-objected"


class ConductWithdrawn(ConductFact):
    """A conduct record was withdrawn."""

    KIND = "conduct-withdrawn"


class ConductCorrected(ConductFact):
    """The content of a conduct record was corrected."""

    KIND = "conduct-corrected"
