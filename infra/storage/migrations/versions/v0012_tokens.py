"""Tokens that were issued, and those that were ended before their time."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "issued_tokens",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("source", sa.String(500)),
        sa.Column("jurisdiction", sa.String(12)),
        sa.Column("uscc", sa.String(18)),
        sa.Column("issued_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "ended_tokens",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("ended_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("why", sa.String(12), nullable=False),
    )
