"""Conduct records 良好/不良行为记录 of firms and people (川建办发〔2017〕169号).

Performance 业绩 and the blacklist 黑名单 are kinds of their own.
"""

from typing import Final, Literal

from domain.facts.fact import Day, FactData, Holder, Jurisdiction, Key, Person, Text

RECORD_PREFIX: Final = "conduct:"


class ConductFact(FactData):
    """Base of the facts about one conduct record; ``record_id`` is the same in all of them.

    ``effective_from`` and ``effective_to`` are the term that the authority has decided on, ``penalty_to`` is the last
    day of the penalty behind the record, and ``back_filled`` is performance that was entered later 补录.
    ``jurisdiction`` is the place of the authority, whose periods count. ``objection_no`` tells several objections
    to one record apart, also in what answers them.
    """

    record_id: Key
    subject: Holder
    kind: Literal["good", "bad", "performance", "blacklist"]
    what: Text
    authority: Text
    happened_on: Day
    published_on: Day | None = None
    reason: Text | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None
    penalty_to: Day | None = None
    back_filled: bool = False
    jurisdiction: Jurisdiction | None = None
    objection_no: Key | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        holder = (self.subject.subject,) if isinstance(self.subject, Person) else self.subject.subjects
        # A correction may name another holder: by the record, what was said of the first one is found as well.
        return (*holder, f"{RECORD_PREFIX}{self.record_id}")


class ConductRecorded(ConductFact):
    """A conduct record was made."""

    KIND = "conduct-recorded"


class ConductObjected(ConductFact):
    """Somebody objected to a conduct record 异议: until it is checked, the record does not count."""

    KIND = "conduct-objected"


class ConductUpheld(ConductFact):
    """An objection was checked, and the record stands as it is."""

    KIND = "conduct-upheld"


class ConductCorrected(ConductFact):
    """The content of a conduct record was corrected; an objection to it is settled."""

    KIND = "conduct-corrected"


class ConductWithdrawn(ConductFact):
    """A conduct record was withdrawn, for good."""

    KIND = "conduct-withdrawn"


class ConductRestored(ConductFact):
    """The term was shortened after rectification 信用修复, to ``effective_to``.

    ``reason`` names the document of the authority that decided so.
    """

    KIND = "conduct-restored"
    effective_to: Day
