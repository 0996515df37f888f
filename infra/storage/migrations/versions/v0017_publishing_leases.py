"""Which publisher serves a channel."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "publishing_leases",
        sa.Column("channel", sa.String(60), primary_key=True),
        sa.Column("holder", sa.String(36), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
    )
