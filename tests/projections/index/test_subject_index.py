"""The log-structured index behaves as a plain dictionary of lists, whatever is merged when."""

import multiprocessing
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection, func, select

from infra.storage.database import Database, open_database
from projections.index import Keys, LogIndex, Shape, Values
from projections.index.subject_index import (
    SUBJECT_TABLES,
    SeenIndex,
    SubjectIndex,
    SubjectReader,
    key_of,
    keys_of,
    seen_text,
)
from tests.examples import examples

TINY = Shape(fan_in=3, run_cap=60, slice=8, segment=3, hot_run=9, cached=12)
"""Every path is taken after a few dozen entries: merges, large runs, final runs, a full memory."""

KEYS = [0, 1, 7 << 32, (7 << 32) + 1, 1 << 63, (1 << 64) - 1, *(key_of(f"person:{n}") for n in range(6))]
"""The edges of the key space, two keys that share their upper half, and a few ordinary ones."""


class IndexAgainstDictionary(RuleBasedStateMachine):
    """Appends, rolled-back appends and reopenings, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = open_database(Path(self.folder.name) / "index.db")
        self.index = SubjectIndex(shape=TINY)
        self.expected: dict[int, list[int]] = defaultdict(list)
        self.open()

    def open(self) -> None:
        with self.database.read() as connection:
            self.index.open(connection)

    @rule(entries=st.lists(st.tuples(st.sampled_from(KEYS), st.integers(-(2**63), 2**63 - 1)), max_size=12))
    def append(self, entries: list[tuple[int, int]]) -> None:
        with self.database.transaction() as connection:
            self.index.append(connection, *arrays(entries))
        self.index.commit()
        for key, value in entries:
            self.expected[key].append(value)

    @rule(key=st.sampled_from(KEYS), count=st.integers(1, 80))
    def append_many_of_one_key(self, key: int, count: int) -> None:
        self.append([(key, value) for value in range(count)])

    @rule(entries=st.lists(st.tuples(st.sampled_from(KEYS), st.just(99)), min_size=1, max_size=12))
    def lose_an_append(self, entries: list[tuple[int, int]]) -> None:
        with suppress(PowerCut), self.database.transaction() as connection:
            self.index.append(connection, *arrays(entries))
            assert 99 in self.index.lookup(connection, [entries[0][0]])[0]
            raise PowerCut
        self.index.rollback()

    @rule()
    def reopen(self) -> None:
        self.index = SubjectIndex(shape=TINY)
        self.open()

    @invariant()
    def the_writer_finds_what_the_dictionary_holds(self) -> None:
        with self.database.read() as connection:
            found = self.index.lookup(connection, KEYS)
            alone = [self.index.lookup(connection, [key])[0] for key in KEYS]
            hits, smallest = self.index.first_hits(connection, keys_array(KEYS))
        assert [values.tolist() for values in found] == [sorted(self.expected[key]) for key in KEYS]
        assert [values.tolist() for values in alone] == [values.tolist() for values in found]
        assert hits.tolist() == [bool(self.expected[key]) for key in KEYS]
        assert smallest.tolist() == [min(self.expected[key], default=0) for key in KEYS]

    @precondition(lambda self: self.expected)
    @invariant()
    def readers_find_what_the_dictionary_holds(self) -> None:
        with self.database.read() as connection:
            for key in KEYS[::3]:
                assert self.index.reader.lookup(connection, key).tolist() == sorted(self.expected[key])
            assert content(self.index, connection) == sorted(
                (key, value) for key, values in self.expected.items() for value in values
            )

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()


class PowerCut(Exception):
    """The end of the process in the middle of a transaction."""


TestIndexAgainstDictionary = IndexAgainstDictionary.TestCase
TestIndexAgainstDictionary.settings = settings(
    max_examples=examples(25), stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_every_level_of_merging_ends_in_the_same_content(database: Database) -> None:
    index = opened(database, shape=TINY)
    rng = np.random.default_rng(7)
    keys = rng.integers(0, 1 << 64, 700, dtype=np.uint64)
    for start in range(0, 700, 7):
        append(database, index, keys[start : start + 7], np.arange(start, start + 7))

    with database.read() as connection:
        assert content(index, connection) == sorted(zip(keys.tolist(), range(700), strict=True))
        assert index.entries == index.reader.entries(connection) == 700
        found = index.lookup(connection, keys.tolist())
    assert [values.tolist() for values in found] == [[value] for value in range(700)]


def test_merged_runs_are_deleted(database: Database) -> None:
    index = opened(database, shape=TINY)
    keys = np.random.default_rng(7).integers(0, 1 << 64, 3_000, dtype=np.uint64)
    for start in range(0, 3_000, 10):
        append(database, index, keys[start : start + 10], np.zeros(10, np.int64))

    with database.read() as connection:
        written = connection.execute(select(func.sum(SUBJECT_TABLES.segments.c.entries))).scalar_one()
    assert index.entries == 3_000
    assert written < 1.2 * 3_000


def test_no_append_pays_for_a_whole_merge(sqlite_database: Database) -> None:
    shape = Shape(fan_in=4, run_cap=10_000, slice=10, segment=10, hot_run=100)
    index = opened(sqlite_database, shape=shape)
    rng = np.random.default_rng(7)
    largest = 0
    for _ in range(300):
        before = entries_stored(sqlite_database)
        append(sqlite_database, index, rng.integers(0, 1 << 64, 10, dtype=np.uint64), np.zeros(10, np.int64))
        largest = max(largest, entries_stored(sqlite_database) - before)
    assert index.entries == 3_000
    assert largest < 400


def test_an_interrupted_merge_is_begun_anew_after_a_restart(sqlite_database: Database) -> None:
    keys = np.random.default_rng(7).integers(0, 1 << 64, 400, dtype=np.uint64)
    for start in range(0, 400, 4):
        index = opened(sqlite_database, shape=TINY)
        append(sqlite_database, index, keys[start : start + 4], np.arange(start, start + 4))

    index = opened(sqlite_database, shape=TINY)
    with sqlite_database.read() as connection:
        assert content(index, connection) == sorted(zip(keys.tolist(), range(400), strict=True))


def test_a_transaction_that_is_not_committed_leaves_nothing(database: Database) -> None:
    index = opened(database, shape=TINY)
    append(database, index, keys_array([5]), np.array([1]))
    with suppress(PowerCut), database.transaction() as connection:
        index.append(connection, keys_array([5, 6]), np.array([2, 3]))
        raise PowerCut
    index.rollback()

    restarted = opened(database, shape=TINY)
    with database.read() as connection:
        for each in (index, restarted):
            assert [values.tolist() for values in each.lookup(connection, [5, 6])] == [[1], []]
        assert content(index, connection) == [(5, 1)]


def test_ids_given_anew_after_a_rollback_do_not_answer_from_the_lost_segments(sqlite_database: Database) -> None:
    index = opened(sqlite_database, shape=Shape(fan_in=2, run_cap=50, slice=2, segment=2, hot_run=1))
    for value in range(5):
        append(sqlite_database, index, keys_array([value, 100]), np.array([value, value]))
    with suppress(PowerCut), sqlite_database.transaction() as connection:
        index.append(connection, keys_array([100, 200]), np.array([66, 66]))
        index.lookup(connection, [0, 100, 200])
        raise PowerCut
    index.rollback()
    append(sqlite_database, index, keys_array([300, 100]), np.array([5, 5]))
    with sqlite_database.read() as connection:
        assert [found.tolist() for found in index.lookup(connection, [100, 200, 300])] == [[0, 1, 2, 3, 4, 5], [], [5]]


def test_a_reader_keeps_its_snapshot_while_runs_are_merged_away(database: Database) -> None:
    index = opened(database, shape=TINY)
    for value in range(8):
        append(database, index, keys_array([value, 100]), np.array([value, value]))
    started, go_on, answers = threading.Event(), threading.Event(), []

    def read() -> None:
        with database.read() as connection:
            answers.append(index.reader.lookup(connection, 100).tolist())
            started.set()
            go_on.wait(30)
            answers.append(index.reader.lookup(connection, 100).tolist())

    reader = threading.Thread(target=read)
    reader.start()
    started.wait(30)
    for value in range(8, 60):
        append(database, index, keys_array([value, 100]), np.array([value, value]))
    go_on.set()
    reader.join(30)
    assert answers == [list(range(8))] * 2


def test_another_process_reads_the_same_folder(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    database = open_database(path)
    index = opened(database)
    with database.transaction() as connection:
        index.add(connection, keys_of(["person:a"] * 3), np.array([5, 3, 9]), np.array([1, 2, 1], np.uint8))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(positions_in, (path, "person:a")) == [3, 5, 9]
    database.close()


@pytest.mark.parametrize("reads", ["writer", "reader"])
def test_positions_of_a_subject_are_told_by_kind(sqlite_database: Database, reads: str) -> None:
    index = opened(sqlite_database)
    subjects = ["person:a", "person:b", "person:a", "lot:1/1", "person:a"]
    with sqlite_database.transaction() as connection:
        index.add(connection, keys_of(subjects), np.array([1, 1, 2, 3, 4]), np.array([0, 7, 255, 3, 7], np.uint8))
        found: SubjectIndex | SubjectReader = index if reads == "writer" else SubjectReader()
        assert found.positions(connection, "person:a").tolist() == [1, 2, 4]
        assert found.positions(connection, "person:a", kinds={255, 7}).tolist() == [2, 4]
        assert found.positions(connection, "person:a", kinds=set()).tolist() == []
        assert found.positions(connection, "org:nobody").tolist() == []


def test_seen_messages_are_told_with_their_position(database: Database) -> None:
    index = SeenIndex(shape=TINY)
    ids = [seen_text("urn:source", str(number)) for number in range(200)]
    for start in range(0, 200, 5):
        append(database, index, keys_of(ids[start : start + 5]), np.arange(start + 1, start + 6))

    with database.read() as connection:
        asked = [ids[150], "urn:other\x00150", ids[0], ids[150]]
        hits, positions = index.first_hits(connection, keys_of(asked))
    assert hits.tolist() == [True, False, True, True]
    assert positions.tolist() == [151, 0, 1, 151]


def test_an_empty_index_knows_nothing(sqlite_database: Database) -> None:
    index = opened(sqlite_database)
    with sqlite_database.transaction() as connection:
        index.append(connection, keys_array([]), np.empty(0, np.int64))
        hits, _ = index.first_hits(connection, keys_array([1, 2]))
        assert not hits.any()
        assert index.lookup(connection, [1])[0].tolist() == []
        assert content(index, connection) == []


@given(st.lists(st.text(), max_size=20))
def test_a_key_is_the_same_alone_and_among_many(texts: list[str]) -> None:
    assert keys_of(texts).tolist() == [key_of(text) for text in texts] == keys_array(keys_of(texts).tolist()).tolist()


def test_keys_never_change() -> None:
    assert key_of("person:0") == 2981228769958413251


def opened(database: Database, *, shape: Shape | None = None) -> SubjectIndex:
    index = SubjectIndex(shape=shape)
    with database.read() as connection:
        index.open(connection)
    return index


def append(database: Database, index: LogIndex, keys: Keys, values: Values) -> None:
    with database.transaction() as connection:
        index.append(connection, keys, values)
    index.commit()


def keys_array(keys: Sequence[int]) -> Keys:
    return np.array(keys, np.uint64)


def arrays(entries: Iterable[tuple[int, int]]) -> Iterator[np.ndarray]:
    entries = list(entries)
    yield keys_array([key for key, _ in entries])
    yield np.array([value for _, value in entries], np.int64)


def content(index: LogIndex, connection: Connection) -> list[tuple[int, int]]:
    slices = index.reader.content(connection, slice_entries=16)
    return [entry for keys, values in slices for entry in zip(keys.tolist(), values.tolist(), strict=True)]


def entries_stored(database: Database) -> int:
    """Entries of all segments, also of runs being built or no longer read."""
    with database.read() as connection:
        total = select(func.coalesce(func.sum(SUBJECT_TABLES.segments.c.entries), 0))
        return int(connection.execute(total).scalar_one())


def positions_in(path: Path, subject: str) -> list[int]:
    database = open_database(path)
    with database.read() as connection:
        return [int(position) for position in SubjectReader().positions(connection, subject)]
