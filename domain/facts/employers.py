"""Renamed employers, and lawful exemptions 例外情形 (建办市〔2018〕57号, 建办市函〔2019〕92号)."""

from typing import Literal

from domain.facts.fact import Day, FactData, Org, PersonRef, Text, Uscc
from domain.identifiers import organisation_key

ExemptionGround = Literal["retired", "public-institution", "university", "ex-military", "buy-out", "other"]


RENAMES_SUBJECT = "register:renames"
"""The subject under which all renames are indexed as well: there are few, and every comparison needs them."""


class EmployerRenamed(FactData):
    """The organisation with the code ``uscc`` is called ``new_name`` from the day ``on`` (inclusive)."""

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
    """A person may lawfully be insured by another employer than the one of the registration 例外情形.

    ``workplace`` is where the person really works. ``valid_from`` and ``valid_to`` are inclusive.
    """

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
