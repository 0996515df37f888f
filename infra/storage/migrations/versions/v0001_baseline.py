"""The tables of the first release: a database that bears this version was made with them."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing is left to do."""
