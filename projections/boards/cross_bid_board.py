"""What lots and payers are judged on beside their own facts, to be found when it is corrected or renamed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, bindparam, delete, insert, select

from projections.index.subject_index import key_of
from projections.index.tables import sortable
from projections.tables import METADATA

LOT_SUBJECTS = Table(
    "lot_subjects",
    METADATA,
    Column("lot", String(450), primary_key=True),
    Column("subject", String(2_100), primary_key=True),
    Column("subject_key", BigInteger, nullable=False, index=True),
)
"""Of each lot with an opening that stands: itself, and whoever insures a lead instead of the bidder."""

PAYER_SUBJECTS = Table(
    "payer_subjects",
    METADATA,
    Column("payer", String(2_100), primary_key=True),
    Column("subject", String(2_100), primary_key=True),
    Column("subject_key", BigInteger, nullable=False, index=True),
)
"""Of each payer: itself and the bidders it supplies, under every code and name."""

_AT_ONCE: Final = 500


class SubjectBoard:
    """One of the two tables, by the name of its owner's column."""

    def __init__(self, table: Table, owner: str) -> None:
        self._delete = delete(table).where(table.c[owner].in_(bindparam("owners", expanding=True)))
        self._insert = insert(table)
        self._naming = select(table.c[owner], table.c.subject_key).where(
            table.c.subject_key.in_(bindparam("subject_keys", expanding=True))
        )
        self._owner = owner

    def put(self, connection: Connection, subjects: Mapping[str, Iterable[str]]) -> None:
        """Write the subjects of each owner; one without any has no row."""
        owners = sorted(subjects)
        for start in range(0, len(owners), _AT_ONCE):
            connection.execute(self._delete, {"owners": owners[start : start + _AT_ONCE]})
        rows = [
            {self._owner: owner, "subject": subject, "subject_key": sortable(key_of(subject))}
            for owner in owners
            for subject in sorted(set(subjects[owner]))
        ]
        if rows:
            connection.execute(self._insert, rows)

    def owners(self, connection: Connection, positions: Mapping[int, Iterable[int]]) -> dict[str, set[int]]:
        """Those who have a subject of one of the keys, with the positions given for it."""
        by_key = {sortable(key): set(found) for key, found in positions.items()}
        wanted, owners = sorted(by_key), defaultdict[str, set[int]](set)
        for start in range(0, len(wanted), _AT_ONCE):
            keys = {"subject_keys": wanted[start : start + _AT_ONCE]}
            for owner, key in connection.execute(self._naming, keys):
                owners[owner] |= by_key[key]
        return dict(owners)


LOTS_BY_SUBJECT: Final = SubjectBoard(LOT_SUBJECTS, "lot")
PAYERS_BY_SUBJECT: Final = SubjectBoard(PAYER_SUBJECTS, "payer")
