"""Conduct records for lists. What was recorded before is listed when something new is said about it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "conduct",
        sa.Column("record", sa.String(208), primary_key=True),
        sa.Column("source", sa.String(500), primary_key=True),
        sa.Column("record_key", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(210), nullable=False),
        sa.Column("holder_name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("what", sa.String(2_000), nullable=False),
        sa.Column("authority", sa.String(2_000), nullable=False),
        sa.Column("happened_on", sa.String(10), nullable=False),
        sa.Column("published_on", sa.String(10), nullable=True),
        sa.Column("objectable_to", sa.String(10), nullable=True),
        sa.Column("counts_from", sa.String(10), nullable=True),
        sa.Column("counts_to", sa.String(10), nullable=True),
        sa.Column("held_back", sa.String(10), nullable=False),
    )
    op.create_index("ix_conduct_record_key", "conduct", ["record_key"])
    op.create_index("ix_conduct_holder", "conduct", ["holder"])
    op.create_index("conduct_by_publication", "conduct", ["published_on", "record", "source"])
