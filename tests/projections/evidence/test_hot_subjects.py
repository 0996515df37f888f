"""What a writer remembers of busy subjects: those it asked for last, and what it asked of them."""

import numpy as np
from sqlalchemy import Connection

from infra.storage.database import Database
from projections.evidence.hot_subjects import HotSubjects
from projections.index.subject_index import SubjectIndex, keys_of


class Writer:
    """An index that can grow behind the back of what is remembered, which tells what is remembered."""

    def __init__(self, connection: Connection, *, remembered: int) -> None:
        self._connection = connection
        self._index = SubjectIndex()
        self._index.open(connection)
        self.hot = HotSubjects(self._index, remembered=remembered)

    def add(self, position: int, *subjects: str) -> None:
        positions, kinds = np.full(len(subjects), position), np.zeros(len(subjects), np.uint8)
        self._index.add(self._connection, keys_of(subjects), positions, kinds)

    def positions(self, subject: str) -> list[int]:
        return [int(position) for position in self.hot.positions(self._connection, subject)]


def test_a_subject_asked_for_again_stays_and_the_one_not_asked_for_goes(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        writer = Writer(connection, remembered=2)
        writer.add(1, "person:busy", "person:once", "person:new")
        for subject in ("person:busy", "person:once", "person:busy", "person:new"):
            assert writer.positions(subject) == [1]
        writer.add(2, "person:busy", "person:once")
        assert writer.positions("person:busy") == [1], "it is remembered"
        assert writer.positions("person:once") == [1, 2], "it was forgotten, and looked up anew"


def test_a_touched_subject_is_looked_up_anew(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        writer = Writer(connection, remembered=2)
        writer.add(1, "person:busy")
        assert writer.positions("person:busy") == [1]
        writer.add(2, "person:busy")
        writer.hot.touched(keys_of(["person:busy"]).tolist())
        assert writer.positions("person:busy") == [1, 2]


def test_more_subjects_than_are_remembered_can_be_asked_for_at_once(sqlite_database: Database) -> None:
    subjects = [f"person:{number}" for number in range(5)]
    with sqlite_database.transaction() as connection:
        writer = Writer(connection, remembered=2)
        writer.add(1, *subjects)
        writer.hot.prefetch(connection, subjects, None)
        assert [writer.positions(subject) for subject in subjects] == [[1]] * 5
