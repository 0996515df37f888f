"""What is to be sent to people and robots, one row for each notice, account and channel."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "outgoing",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("notice", sa.String(100), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("occasion", sa.String(30), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("queued_at", sa.String(32), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", sa.String(32)),
        sa.Column("error", sa.String(200)),
        sa.Column("accepted_at", sa.String(32)),
    )
    op.create_index("ix_outgoing_notice", "outgoing", ["notice"])
    op.create_index("outgoing_waiting", "outgoing", ["channel", "state", "next_try_at"])
