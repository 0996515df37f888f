"""Which cases corrections concern: a correction is indexed under the subjects of the fact that it retracts."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, bindparam, select

from domain.evidence import RecordedFact
from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.tables import sortable
from projections.judging.case_kind import Touched

_AT_ONCE: Final = 500
"""Keys in one statement: databases limit the number of parameters."""


def corrected(
    connection: Connection, facts: SubjectFacts, touched: Touched, name: Column[Any], key: Column[Any]
) -> dict[str, list[RecordedFact]]:
    """The ``touched`` corrections by the value in column ``name``, of the rows under whose ``key`` they are indexed."""
    # The index knows only the hash of a subject, so the board's column of the same hash leads back to the name.
    positions: defaultdict[int, list[int]] = defaultdict(list)
    for subject_key, position in zip(touched.keys.tolist(), touched.positions.tolist(), strict=True):
        positions[sortable(subject_key)].append(position)
    wanted, corrections = sorted(positions), {}
    query = select(name, key).where(key.in_(bindparam("keys", expanding=True)))
    for start in range(0, len(wanted), _AT_ONCE):
        for row_name, row_key in connection.execute(query, {"keys": wanted[start : start + _AT_ONCE]}):
            corrections[row_name] = facts.at(connection, positions[row_key])
    return corrections


def replacements(facts: Sequence[RecordedFact]) -> list[tuple[FactData, RecordedFact]]:
    """The content that corrections put in place, each with its correction; it may be about another subject."""
    content = ((fact.fact.data, fact) for fact in facts)
    return [
        (data.replacement.data, fact)
        for data, fact in content
        if isinstance(data, FactCorrected) and data.replacement is not None
    ]
