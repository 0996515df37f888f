"""Loads of history are summarised, place by place."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A new table, empty before the first load."""
    op.create_table(
        "loads_summarised",
        sa.Column("place", sa.String(210), primary_key=True),
        sa.Column("through", sa.BigInteger, nullable=False),
    )
