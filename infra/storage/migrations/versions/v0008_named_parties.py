"""Who is named in lots, with the credit codes given there."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A new table; it holds the lots that are touched from now on, and all of them after a repair."""
    op.create_table(
        "named_parties",
        sa.Column("lot", sa.String(450), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("code", sa.String(18), primary_key=True),
    )
    op.create_index("ix_named_parties_name", "named_parties", ["name"])
