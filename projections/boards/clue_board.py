"""Clues 线索 for lists and filters: one row for each clue, written when the clue changes."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from domain.clues.context import ClueContext, Step, context_record
from domain.employers import EmployerMatch
from domain.evidence.recorded import FactRef
from domain.instants import instant_text
from domain.matters.matter import matter_key
from projections.tables import METADATA

if TYPE_CHECKING:
    from domain.clues.clue import Clue

CLUES = Table(
    "clues",
    METADATA,
    Column("clue_id", String(36), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("case_group", String(2_500), nullable=False, index=True),
    Column("person_id", String(64), index=True),
    Column("rule", String(20), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("stands", Boolean, nullable=False),
    Column("fingerprint", String(64)),
    Column("about", String(32), nullable=False),
    Column("candidate", Boolean, nullable=False),
    Column("evidence_changed", Boolean, nullable=False),
    Column("jurisdiction", String(6), nullable=False),
    Column("jurisdictions", Text, nullable=False),
    Column("tender_id", String(200), index=True),
    Column("lot_id", String(200)),
    Column("project_code", String(200), index=True),
    Column("case_id", String(200), index=True),
    Column("title", String(2_000), nullable=False),
    Column("bidder_key", String(2_000), index=True),
    Column("bidder_name", String(2_000)),
    Column("bidder_uscc", String(18)),
    Column("tenderer_key", String(2_000), index=True),
    Column("occurred_at", String(32), nullable=False),
    Column("raised_at", String(32), nullable=False, index=True),
    Column("revised_at", String(32), nullable=False),
    Column("said", JSON, nullable=False),
    Column("history", JSON, nullable=False),
    Column("matter_id", String(36), nullable=False, index=True),
)
"""One row for each clue; a column is null where the clue has nothing to do with such a thing.

``number`` counts clues in the order in which they were first raised. ``said`` is a :class:`FindingContent` and
``history`` a list of steps. ``about`` is the :func:`context_fingerprint`. ``jurisdictions`` has each
jurisdiction after a space, where there are several; else it is empty. ``matter_id`` is that of the matter 事项.
"""

# Counting and sorting reads this index instead of the rows, which are some 4 KB wide. PostgreSQL does without
# it: it refuses an entry of more than 2,700 bytes, which many jurisdictions would make, and it keeps long
# texts apart from the row.
Index(
    "clues_in_order",
    CLUES.c.status,
    CLUES.c.candidate,
    CLUES.c.severity,
    CLUES.c.raised_at,
    CLUES.c.revised_at,
    CLUES.c.number,
    CLUES.c.clue_id,
    CLUES.c.jurisdiction,
    CLUES.c.jurisdictions,
).ddl_if(dialect="sqlite")


@dataclass(frozen=True, slots=True)
class FindingContent:
    """The content of a clue's last finding: explanation, facts, comparison of employers, thresholds."""

    explanation_zh: str
    explanation_en: str
    facts: tuple[FactRef, ...]
    employer_match: EmployerMatch | None
    thresholds: tuple[tuple[str, str], ...] = ()


_NUMBERS = select(CLUES.c.clue_id, CLUES.c.number, CLUES.c.matter_id).where(
    CLUES.c.clue_id.in_(bindparam("clues", expanding=True))
)
_GROUPS = select(CLUES.c.case_group).where(CLUES.c.case_group.in_(bindparam("groups", expanding=True)))
_LAST_NUMBER = select(func.max(CLUES.c.number))
_DELETE = delete(CLUES).where(CLUES.c.clue_id.in_(bindparam("clues", expanding=True)))
_INSERT = insert(CLUES)
_AT_ONCE = 500

FINDING_CONTENT: TypeAdapter[FindingContent] = TypeAdapter(FindingContent)
HISTORY: TypeAdapter[list[Step]] = TypeAdapter(list[Step])


def context_fingerprint(context: ClueContext) -> str:
    """A hash that is equal while a clue is about the same case, described in the same words."""
    return blake2b(json.dumps(context_record(context), sort_keys=True).encode(), digest_size=16).hexdigest()


def groups_with_clues(connection: Connection, groups: Collection[str]) -> set[str]:
    """Those of ``groups`` about which there is a clue, or was one."""
    wanted, found = list(groups), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        found.update(connection.scalars(_GROUPS, {"groups": wanted[start : start + _AT_ONCE]}))
    return found


def put(connection: Connection, clues: "Sequence[Clue]") -> set[str]:
    """Write clues as they are now; new ones get the next numbers, in the order of ``clues``.

    Returns the ids of the matters that they belong to, or did before.
    """
    matters: set[str] = set()
    for start in range(0, len(clues), _AT_ONCE):
        matters |= _put(connection, {str(clue.id): clue for clue in clues[start : start + _AT_ONCE]})
    return matters


def _put(connection: Connection, clues: "Mapping[str, Clue]") -> set[str]:
    last = connection.execute(_LAST_NUMBER).scalar() or 0
    before = connection.execute(_NUMBERS, {"clues": list(clues)}).all()
    # Rows are replaced but keep their numbers, which tell in which order clues were first raised.
    numbers: dict[str, int] = {row.clue_id: row.number for row in before}
    if numbers:
        connection.execute(_DELETE, {"clues": list(numbers)})
    new = [clue_id for clue_id in clues if clue_id not in numbers]
    numbers |= {clue_id: number for number, clue_id in enumerate(new, start=last + 1)}
    rows = [{"clue_id": clue_id, "number": numbers[clue_id], **_row(clue)} for clue_id, clue in clues.items()]
    connection.execute(_INSERT, rows)
    return {row["matter_id"] for row in rows} | {row.matter_id for row in before}


def _row(clue: "Clue") -> dict[str, Any]:
    finding, context = clue.finding, clue.context
    bidder, tenderer = context.bidder, context.tenderer
    content = FindingContent(
        finding.explanation.zh, finding.explanation.en, finding.facts, finding.employer_match, finding.thresholds
    )
    return {
        "version": clue.version,
        "case_group": context.case_group,
        "person_id": context.person_id,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "outcome": str(finding.outcome),
        "severity": str(clue.severity),
        "status": str(clue.status),
        "stands": clue.stands,
        "fingerprint": clue.fingerprint,
        "about": context_fingerprint(context),
        "candidate": clue.candidate,
        "evidence_changed": clue.evidence_changed,
        "jurisdiction": context.jurisdiction,
        "jurisdictions": "".join(f" {jurisdiction}" for jurisdiction in context.jurisdictions),
        "tender_id": context.tender_id,
        "lot_id": context.lot_id,
        "project_code": context.project_code,
        "case_id": context.case_id,
        "title": context.title,
        "bidder_key": bidder.key if bidder else None,
        "bidder_name": bidder.name if bidder else None,
        "bidder_uscc": bidder.uscc if bidder else None,
        "tenderer_key": tenderer.key if tenderer else None,
        "occurred_at": instant_text(context.occurred_at),
        "raised_at": instant_text(clue.raised_at),
        "revised_at": instant_text(clue.revised_at or clue.raised_at),
        "said": FINDING_CONTENT.dump_python(content, mode="json"),
        "history": HISTORY.dump_python(clue.history, mode="json"),
        "matter_id": str(matter_key(context).id),
    }
