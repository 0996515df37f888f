"""The quarantine says of an entry whether the rest of its message was recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """What was kept before was refused as a whole."""
    op.add_column("quarantine", sa.Column("partial", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_quarantine_partial", "quarantine", ["partial"])
