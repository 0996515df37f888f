"""Renamed employers, and the lawful exemptions 例外情形 of 建办市〔2018〕57号 and 建办市函〔2019〕92号."""

from typing import Literal

from domain.facts.fact import Day, FactData, Org, PersonRef, Text, Uscc
from domain.identifiers import organisation_key

ExemptionGround = Literal["retired", "public-institution", "university", "ex-military", "buy-out", "other"]


RENAMES_SUBJECT = "register:renames"
"""Renames are few and wanted everywhere: each is also found here."""


class EmployerRenamed(FactData):
    """The holder of ``uscc`` is called ``new_name`` from ``on`` (inclusive)."""

    KIND = "employer-renamed"

    uscc: Uscc
    old_name: Text
    new_name: Text
    on: Day

    @property
    def subjects(self) -> tuple[str, ...]:
        return (
            f"org:{self.uscc}",
            f"org:{organisation_key(self.old_name)}",
            f"org:{organisation_key(self.new_name)}",
            RENAMES_SUBJECT,
        )


class ExemptionRecorded(FactData):
    """``valid_from`` and ``valid_to`` are inclusive."""

    KIND = "exemption-recorded"

    person: PersonRef
    ground: ExemptionGround
    workplace: Org
    payer: Org | None = None
    valid_from: Day
    valid_to: Day | None = None
    document_no: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)
