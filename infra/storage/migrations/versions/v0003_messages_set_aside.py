"""Messages that cannot be sent are kept apart, and a webhook delivery says why it was not made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A new table, and a new column that is empty where nothing is to be said."""
    op.create_table(
        "outbox_set_aside",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("partition", sa.Integer),
        sa.Column("sealed", sa.Boolean, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("put_at", sa.String(32), nullable=False),
        sa.Column("size", sa.Integer),
        sa.Column("error", sa.String(60), nullable=False),
        sa.Column("set_aside_at", sa.String(32), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("settled_at", sa.String(32)),
        sa.Column("settled_by", sa.String(2_000)),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_outbox_set_aside_status", "outbox_set_aside", ["status"])
    op.add_column("webhook_deliveries", sa.Column("reason", sa.String(20)))
