"""Accounts, and the sessions of browsers."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.String(32), primary_key=True),
        sa.Column("login_key", sa.String(64), nullable=False),
        sa.Column("details", sa.String(64), nullable=False),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("deputies", sa.Text, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.Column("invited_until", sa.String(32)),
        sa.Column("disabled_at", sa.String(32)),
        sa.Column("why_disabled", sa.String(20)),
    )
    op.create_index("ix_accounts_login_key", "accounts", ["login_key"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account", sa.String(60), nullable=False),
        sa.Column("capacity", sa.String(120), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
    )
