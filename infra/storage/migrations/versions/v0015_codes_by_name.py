"""The credit codes of a name are found by one search each."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Lots are still found by name: it is the first column of the new index."""
    op.drop_index("ix_named_parties_name", "named_parties")
    op.create_index("named_parties_by_name", "named_parties", ["name", "code"])
