"""Facts in blocks: the tables. What stands in rows moves into them while new facts are recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    originator = sa.LargeBinary(16) if sqlite else sa.Uuid()
    number = sa.Integer() if sqlite else sa.BigInteger()
    op.create_table(
        "fact_blocks",
        sa.Column("first_position", number, primary_key=True, autoincrement=False),
        sa.Column("last_position", number, nullable=False),
        sa.Column("facts", number, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "fact_block_streams",
        sa.Column("originator_id", originator, primary_key=True),
        sa.Column("first_version", number, primary_key=True, autoincrement=False),
        sa.Column("last_version", number, nullable=False),
        sa.Column("first_position", number, nullable=False),
        sqlite_with_rowid=False,
    )
