"""How far the notices are handed on to channels."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "fanned_out",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
    )
