"""Won lots are judged after the award, and have a table."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "won_lots",
        sa.Column("subject", sa.String(2_500), primary_key=True),
        sa.Column("project_code", sa.String(200), nullable=False),
        sa.Column("months", sa.Text, nullable=False),
        sa.Column("watched", sa.Text, nullable=False),
    )
