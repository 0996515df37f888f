"""Whether anybody else checked in on a site in a month is not asked any more."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """The rows stay right without the column."""
    op.drop_column("watched_sites", "silent_months")
