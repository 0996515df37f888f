"""Whom corrections concern: they are found under the subjects of what they correct, by key alone."""

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


def corrected(
    connection: Connection, facts: SubjectFacts, touched: Touched, name: Column[Any], key: Column[Any]
) -> dict[str, list[RecordedFact]]:
    """The ``touched`` corrections, by the ``name`` of the row whose ``key`` they were indexed under."""
    positions: defaultdict[int, list[int]] = defaultdict(list)
    for subject, position in zip(touched.keys.tolist(), touched.positions.tolist(), strict=True):
        positions[sortable(subject)].append(position)
    wanted, found = sorted(positions), {}
    query = select(name, key).where(key.in_(bindparam("keys", expanding=True)))
    for start in range(0, len(wanted), _AT_ONCE):
        for named, its_key in connection.execute(query, {"keys": wanted[start : start + _AT_ONCE]}):
            found[named] = facts.at(connection, positions[its_key])
    return found


def replacements(facts: Sequence[RecordedFact]) -> list[tuple[FactData, RecordedFact]]:
    """What corrections say instead, which may be about another subject."""
    said = ((fact.fact.data, fact) for fact in facts)
    return [
        (data.replacement.data, fact)
        for data, fact in said
        if isinstance(data, FactCorrected) and data.replacement is not None
    ]
