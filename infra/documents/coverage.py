"""The coverage of data as interfaces answer it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from domain.access import Actor
from domain.evidence.recorded import Knowledge
from domain.policy import PolicyBook
from infra.documents.plain import document
from projections.questions.as_of import AsOf
from projections.questions.coverage import Narrowing, coverage_grid
from projections.questions.speaking_rules import rules_about_presence, speaking_rules


def coverage_document(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    policies: PolicyBook,
    narrowing: Narrowing,
    *,
    knowledge: Knowledge,
    now: datetime,
) -> dict[str, Any]:
    """The grid, cell by cell, and the rules that rest on it."""
    stretches = coverage_grid(connection, as_of, actor, policies, narrowing, knowledge=knowledge, now=now)
    months = narrowing.months(now)
    return {
        "from": months[0],
        "to": months[-1],
        "known_at": knowledge.known_at.isoformat() if knowledge.known_at else None,
        "items": [document(cell) for stretch in stretches for cell in stretch.cells],
        "rules": [document(rule) for rule in speaking_rules(stretches, narrowing.kinds)],
        "rules_about_presence": list(rules_about_presence()),
    }
