"""What is judged as one is called a case group, and ``docket`` is called the kind of case.

The columns named ``scope`` are renamed; written notices get the new key, so that a rebuild
equals them to the byte.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = ("clues", "due_dates")
_NOTICES = sa.table("notices", sa.column("notice_id", sa.Integer), sa.column("content", sa.Text))


def upgrade() -> None:
    """Rename columns and their indexes, and a key inside every notice."""
    for table in _TABLES:
        op.drop_index(f"ix_{table}_scope", table_name=table)
        op.execute(f"ALTER TABLE {table} RENAME COLUMN scope TO case_group")
        op.create_index(f"ix_{table}_case_group", table, ["case_group"])
    _rename_in_notices(op.get_bind())


def _rename_in_notices(connection: sa.Connection) -> None:
    one_notice = sa.update(_NOTICES).where(_NOTICES.c.notice_id == sa.bindparam("number"))
    rows = connection.execute(sa.select(_NOTICES)).all()
    renamed = [{"number": number, "said": _renamed(content)} for number, content in rows if '"docket"' in content]
    if renamed:
        connection.execute(one_notice.values(content=sa.bindparam("said")), renamed)


def _renamed(content: str) -> str:
    said = json.loads(content)
    said["case_kind"] = said.pop("docket")
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
