"""Good and bad conduct 良好/不良行为记录 of firms and people (川建办发〔2017〕169号)."""

from typing import Literal

from domain.facts.fact import Day, FactData, Holder, Key, Person, Text


class ConductFact(FactData):
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
    KIND = "conduct-recorded"


class ConductObjected(ConductFact):
    KIND = "conduct-objected"


class ConductWithdrawn(ConductFact):
    KIND = "conduct-withdrawn"


class ConductCorrected(ConductFact):
    KIND = "conduct-corrected"
