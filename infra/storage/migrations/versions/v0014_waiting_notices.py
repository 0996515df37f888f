"""Notices that wait for data, and up to which moment a batch tells them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Every batch until now told at once: its new column is empty."""
    op.add_column("batches", sa.Column("told_through", sa.String(32)))
    op.create_table(
        "waiting_notices",
        sa.Column("clue_id", sa.String(36), primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
    )
