"""The subjects that the judgements of lots and payers depend on, so that their renames and corrections find these."""

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
"""For each lot with a standing opening: the lot itself, and the payers that insure a lead of another bidder."""

PAYER_SUBJECTS = Table(
    "payer_subjects",
    METADATA,
    Column("payer", String(2_100), primary_key=True),
    Column("subject", String(2_100), primary_key=True),
    Column("subject_key", BigInteger, nullable=False, index=True),
)
"""For each payer: the payer and the bidders that it supplies, under all their codes and names."""

_AT_ONCE: Final = 500


class SubjectBoard:
    """Reads and writes one of the two tables; ``owner`` is the column that names the lot or the payer."""

    def __init__(self, table: Table, owner: str) -> None:
        self._delete = delete(table).where(table.c[owner].in_(bindparam("owners", expanding=True)))
        self._insert = insert(table)
        self._naming = select(table.c[owner], table.c.subject_key).where(
            table.c.subject_key.in_(bindparam("subject_keys", expanding=True))
        )
        self._owner = owner

    def put(self, connection: Connection, subjects: Mapping[str, Iterable[str]]) -> None:
        """Write the subjects of each owner in the place of earlier ones; an owner without any has no row."""
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
        """The owners that have a subject with one of the keys of ``positions``, with all positions given for these."""
        by_key = {sortable(key): set(of_key) for key, of_key in positions.items()}
        wanted, owners = sorted(by_key), defaultdict[str, set[int]](set)
        for start in range(0, len(wanted), _AT_ONCE):
            keys = {"subject_keys": wanted[start : start + _AT_ONCE]}
            for owner, key in connection.execute(self._naming, keys):
                owners[owner] |= by_key[key]
        return dict(owners)


LOTS_BY_SUBJECT: Final = SubjectBoard(LOT_SUBJECTS, "lot")
PAYERS_BY_SUBJECT: Final = SubjectBoard(PAYER_SUBJECTS, "payer")
