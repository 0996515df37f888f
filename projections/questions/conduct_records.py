"""The conduct records of a firm or a person on a day, as known at a moment."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import Connection

from domain.conduct.records import ConductRecord, conduct_records
from domain.evidence.recorded import EVERYTHING, Knowledge, RecordedFact
from domain.facts.conducts import (
    RECORD_PREFIX,
    ConductCorrected,
    ConductFact,
    ConductObjected,
    ConductRecorded,
    ConductRestored,
    ConductUpheld,
    ConductWithdrawn,
)
from domain.facts.corrections import FactCorrected
from projections.questions.as_of import AsOf

CONDUCT_KINDS: Final = frozenset(
    data.KIND
    for data in (
        ConductRecorded,
        ConductObjected,
        ConductUpheld,
        ConductCorrected,
        ConductWithdrawn,
        ConductRestored,
        FactCorrected,
    )
)


def records_of(
    connection: Connection, as_of: AsOf, subject: str, *, on: date, knowledge: Knowledge = EVERYTHING
) -> tuple[ConductRecord, ...]:
    """The records whose latest content names ``subject``, in whatever state."""
    found = _facts(connection, as_of, [subject], knowledge)
    named = {fact.data.record_id for fact in found.values() if isinstance(fact.data, ConductFact)}
    # A correction may have moved a record to or from somebody else: so all facts of each record are read.
    found |= _facts(connection, as_of, [f"{RECORD_PREFIX}{record_id}" for record_id in sorted(named)], knowledge)
    records = conduct_records(found.values(), as_of.policies, on=on)
    return tuple(record for record in records if subject in record.content.subjects)


def _facts(
    connection: Connection, as_of: AsOf, subjects: Iterable[str], knowledge: Knowledge
) -> dict[tuple[str, str], RecordedFact]:
    return {
        fact.identity: fact
        for subject in subjects
        for fact in as_of.standing(connection, subject, knowledge=knowledge, kinds=CONDUCT_KINDS)
    }
