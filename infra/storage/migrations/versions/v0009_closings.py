"""Closed deliveries, and the case groups that ask about them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "closings",
        sa.Column("source", sa.String(500), primary_key=True),
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("area", sa.String(200), nullable=False),
        sa.Column("through", sa.String(10), nullable=False),
        sa.Column("delivery_id", sa.String(200), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("people", sa.BigInteger),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
    )
    op.create_index("ix_closings_subject_key", "closings", ["subject_key"])
    op.create_index("closings_by_area", "closings", ["kind", "area", "through"])
    op.create_index("closings_by_delivery", "closings", ["delivery_id"])
    op.create_table(
        "coverage_asks",
        sa.Column("case_group", sa.String(2_500), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("area", sa.String(200), primary_key=True),
        sa.Column("period", sa.String(10), primary_key=True),
    )
    op.create_index("coverage_asks_by_area", "coverage_asks", ["kind", "area", "period"])
