"""Matters: the clues that are one piece of work. Those of the clues that are there are worked out here."""

from collections import defaultdict
from typing import Any, Final
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_MATTERS: Final = UUID("2b1d5f1e-8f0c-5d57-9a3e-6c1b0d9f7a44")
_KINDS: Final = {
    "appointments": "lead",
    "won_lots": "lead",
    "payers": "payer",
    "approvals": "approval",
    "departments": "department-month",
}
_STATUSES: Final = ("withdrawn", "cleared", "confirmed", "acknowledged", "raised", "under-investigation")
_OPEN: Final = frozenset(_STATUSES[3:])
_SEVERITIES: Final = ("info", "low", "medium", "high")
_COLUMNS: Final = (
    "clue_id",
    "case_group",
    "bidder_key",
    "project_code",
    "status",
    "severity",
    "candidate",
    "jurisdiction",
    "jurisdictions",
    "raised_at",
    "revised_at",
    "matter_id",
)
_IN_ORDER: Final = ("gravity", "raised_at", "matter_id", "status_rank", "severity_rank", "jurisdictions")


def upgrade() -> None:
    op.add_column("clues", sa.Column("matter_id", sa.String(36), nullable=False, server_default=""))
    op.create_index("ix_clues_matter_id", "clues", ["matter_id"])
    matters = op.create_table(
        "matters",
        sa.Column("matter_id", sa.String(36), primary_key=True),
        sa.Column("status_rank", sa.Integer, nullable=False),
        sa.Column("severity_rank", sa.Integer, nullable=False),
        sa.Column("gravity", sa.Integer, nullable=False),
        sa.Column("candidate", sa.Boolean, nullable=False),
        sa.Column("clues", sa.Integer, nullable=False),
        sa.Column("open_clues", sa.Integer, nullable=False),
        sa.Column("raised_at", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.Column("jurisdictions", sa.Text, nullable=False),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.create_index("matters_in_order", "matters", _IN_ORDER)
    clues = sa.table("clues", *(sa.column(name, _type(name)) for name in _COLUMNS))
    by_matter: defaultdict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(sa.select(clues)):
        by_matter[_matter_id(row)].append(row)
    for matter_id, rows in by_matter.items():
        connection.execute(sa.insert(matters), _row(matter_id, rows))
        for row in rows:
            of_clue = sa.update(clues).where(clues.c.clue_id == row.clue_id)
            connection.execute(of_clue.values(matter_id=matter_id))


def _type(name: str) -> Any:
    return sa.Boolean if name == "candidate" else sa.Text


def _matter_id(row: sa.Row[Any]) -> str:
    case_kind, _, subject = row.case_group.partition(":")
    if case_kind == "lots":
        about = f"bid:{subject}|{row.bidder_key}" if row.bidder_key else f"lot:{subject}"
    elif case_kind == "sites":
        about = f"site:{subject}|{row.project_code}"
    else:
        kind = _KINDS.get(case_kind)
        about = f"{kind}:{subject.removesuffix('|staff')}" if kind else f"case:{row.case_group}"
    return str(uuid5(_MATTERS, about))


def _row(matter_id: str, rows: list[sa.Row[Any]]) -> dict[str, Any]:
    standing = [row for row in rows if row.status in _OPEN]
    counting = standing or rows
    places = {place for row in rows for place in (row.jurisdictions.split() or [row.jurisdiction]) if place}
    return {
        "matter_id": matter_id,
        "status_rank": 1 + max(_STATUSES.index(row.status) for row in rows),
        "severity_rank": max(_SEVERITIES.index(row.severity) for row in counting),
        "gravity": max(_SEVERITIES.index(row.severity) + 4 * bool(row.candidate) for row in counting),
        "candidate": any(row.candidate for row in counting),
        "clues": len(rows),
        "open_clues": len(standing),
        "raised_at": min(row.raised_at for row in counting),
        "changed_at": max(row.revised_at for row in rows),
        "jurisdictions": "".join(f" {place}" for place in sorted(places)),
    }
