"""Clues are found in their order by an index, and sign-in codes have a table."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_IN_ORDER = (
    "status",
    "candidate",
    "severity",
    "raised_at",
    "revised_at",
    "number",
    "clue_id",
    "jurisdiction",
    "jurisdictions",
)


def upgrade() -> None:
    """The index is for SQLite alone: see :data:`projections.boards.clue_board.CLUES`."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("clues_in_order", "clues", _IN_ORDER)
    op.create_table(
        "sign_in_codes",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
    )
