"""The fingerprint of every key, not of pseudonym keys alone. Those of others are written down by the next start, which
has the keys.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "known_keys",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("fingerprint", sa.String(16), nullable=False),
    )
    op.execute(
        "INSERT INTO known_keys (name, fingerprint) SELECT 'pseudonyms-' || version, fingerprint FROM vault_keys"
    )
    op.drop_table("vault_keys")
