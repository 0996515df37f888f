"""Sums over the tables beside the ledger. The writer sums up what there is when it starts: that needs its keys."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "table_sums",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("sum", sa.String(64), nullable=False),
        sa.Column("changes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "log_beside",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )
