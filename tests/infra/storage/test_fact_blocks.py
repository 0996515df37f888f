"""Facts in blocks: whatever the ledger answers of rows it answers of blocks, on both databases."""

from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from infra.storage import event_rows
from infra.storage.database import Database, open_scratch
from infra.storage.event_rows import STORED_EVENTS, Row
from infra.storage.fact_block import MOST_FACTS, BlockDamaged, FullRow, pack, unpack
from infra.storage.fact_blocks import FACT_BLOCK_STREAMS, FACT_BLOCKS
from infra.storage.recorder import MOST_ROWS, SMALLEST_BATCH, LedgerRecorder

FACT = "tender-integrity.insurance-paid.v1"
OTHER_FACT = "tender-integrity.attendance-recorded.v1"
DECISION = "clue.raised.v1"
STREAMS = [UUID(int=number) for number in range(1, 4)]


def facts(stream: UUID, versions: range, topic: str = FACT) -> list[Row]:
    return [(stream, version, topic, f"state {version} of {stream}".encode()) for version in versions]


def in_rows(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(STORED_EVENTS)).scalar_one()


def sizes(connection: Connection) -> list[int]:
    return list(connection.execute(select(FACT_BLOCKS.c.facts).order_by(FACT_BLOCKS.c.first_position)).scalars())


def test_many_facts_become_blocks_at_once_and_a_few_stay_rows(database: Database) -> None:
    recorder, stream = LedgerRecorder(database), uuid4()
    with database.transaction() as connection:
        recorder.append_rows(connection, facts(stream, range(1, SMALLEST_BATCH)))
        assert sizes(connection) == []
    with database.transaction() as connection:
        first = recorder.append_rows(connection, facts(stream, range(SMALLEST_BATCH, 300)))
        assert first == SMALLEST_BATCH
        assert (in_rows(connection), sum(sizes(connection))) == (0, 299)
        assert max(sizes(connection)) <= MOST_FACTS
        assert recorder.last_position(connection) == recorder.last_version(connection, stream) == 299


def test_facts_that_trickle_in_are_packed_around_the_decisions_between_them(database: Database) -> None:
    recorder, stream, clue = LedgerRecorder(database), uuid4(), uuid4()
    for version in range(1, MOST_ROWS + 1):
        with database.transaction() as connection:
            recorder.append_rows(connection, facts(stream, range(version, version + 1)))
            recorder.append_rows(connection, [(clue, version, DECISION, b"raised")])
    with database.read() as connection:
        assert (in_rows(connection), sum(sizes(connection))) == (MOST_ROWS, MOST_ROWS)
        rows = recorder.scan(connection, after=0, limit=5_000)
        assert [position for position, *_ in rows] == list(range(1, 2 * MOST_ROWS + 1))
        assert [topic for _, topic, _ in rows] == [FACT, DECISION] * MOST_ROWS


def test_an_older_ledger_moves_into_blocks_while_facts_come(database: Database) -> None:
    recorder, stream, left = LedgerRecorder(database), uuid4(), []
    with database.transaction() as connection:
        event_rows.append(connection, 1, facts(stream, range(1, 9_001)))
    for begin in range(9_001, 9_401, 100):
        with database.transaction() as connection:
            recorder.append_rows(connection, facts(stream, range(begin, begin + 100)))
            left.append(in_rows(connection))
    assert left == [9_100 - 4_096, 9_200 - 2 * 4_096, 0, 0]
    with database.read() as connection:
        states = [state for _, _, state in recorder.scan(connection, after=0, limit=10_000)]
    assert states == [state for *_, state in facts(stream, range(1, 9_401))]


@pytest.mark.parametrize("repeated", [1, 100, 150])
def test_no_version_of_a_stream_is_recorded_twice(database: Database, repeated: int) -> None:
    recorder, stream = LedgerRecorder(database), uuid4()
    with database.transaction() as connection:
        recorder.append_rows(connection, facts(stream, range(1, 101)))
        recorder.append_rows(connection, facts(stream, range(101, 151)))
    for count in (1, SMALLEST_BATCH):
        with pytest.raises(IntegrityError), database.transaction() as connection:
            recorder.append_rows(connection, facts(stream, range(repeated, repeated + count)))
    with database.read() as connection:
        assert recorder.last_position(connection) == 150


def test_what_was_rolled_back_is_not_read_from_memory(database: Database) -> None:
    recorder, stream = LedgerRecorder(database), uuid4()

    def record_and_fail() -> None:
        with database.transaction() as connection:
            recorder.append_rows(connection, facts(stream, range(1, 101)))
            assert recorder.read(connection, [7])[0][2].startswith(b"state 7 of")
            raise TimeoutError

    with pytest.raises(TimeoutError):
        record_and_fail()
    with database.transaction() as connection:
        recorder.append_rows(connection, facts(uuid4(), range(1, 101), OTHER_FACT))
        assert recorder.read(connection, [7])[0][1] == OTHER_FACT


def test_a_damaged_block_is_named_and_the_others_are_read(database: Database) -> None:
    recorder, stream = LedgerRecorder(database), uuid4()
    with database.transaction() as connection:
        recorder.append_rows(connection, facts(stream, range(1, 301)))
        body = connection.execute(select(FACT_BLOCKS.c.body).where(FACT_BLOCKS.c.first_position == 101)).scalar_one()
        flipped = body[:50] + bytes([body[50] ^ 1]) + body[51:]
        connection.execute(update(FACT_BLOCKS).where(FACT_BLOCKS.c.first_position == 101).values(body=flipped))
    with database.read() as connection:
        assert len(recorder.read(connection, [100, 201])) == 2
        with pytest.raises(BlockDamaged, match="begins at position 101"):
            recorder.read(connection, [150])


@pytest.mark.parametrize("body", [b"", b"\0" * 4, b"nonsense", pack([(1, STREAMS[0], 1, FACT, b"{}")])[:-3]])
def test_what_is_no_block_is_damaged(body: bytes) -> None:
    with pytest.raises(BlockDamaged):
        unpack(1, body)


def test_a_block_cut_or_flipped_anywhere_is_damaged() -> None:
    rows: list[FullRow] = [(place + 5, STREAMS[place % 3], place, FACT, b'{"n":%d}' % place) for place in range(40)]
    body = pack(rows)
    assert list(unpack(5, body)) == rows
    for place in range(len(body)):
        flipped = body[:place] + bytes([body[place] ^ 0x10]) + body[place + 1 :]
        for changed in (body[:place], flipped):
            try:
                assert list(unpack(5, changed)) == rows
            except BlockDamaged:
                continue


batches = st.lists(
    st.tuples(st.sampled_from([FACT, OTHER_FACT, DECISION]), st.sampled_from(STREAMS), st.integers(1, 150)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches, st.integers(0, 400), st.integers(1, 400))
def test_every_question_has_the_answer_that_rows_alone_would_give(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, UUID, int]], after: int, limit: int
) -> None:
    expected: list[tuple[int, UUID, int, str, bytes]] = []
    versions = dict.fromkeys(STREAMS, 0)
    database = open_scratch(tmp_path_factory.mktemp("blocks") / "ledger.db")
    recorder = LedgerRecorder(database)
    for topic, stream, count in told:
        # Decisions have streams of their own.
        originator = UUID(int=stream.int + 10) if topic == DECISION else stream
        begin = versions.setdefault(originator, 0) + 1
        versions[originator] += count
        rows = facts(originator, range(begin, begin + count), topic)
        expected += [(len(expected) + place, originator, *row[1:]) for place, row in enumerate(rows, 1)]
        with database.transaction() as connection:
            recorder.append_rows(connection, rows)
    with database.read() as connection:
        behind = [row for row in expected if row[0] > after][:limit]
        assert recorder.scan(connection, after=after, limit=limit) == [(row[0], *row[3:]) for row in behind]
        assert recorder.read(connection, range(after, after + limit)) == [
            (row[0], *row[3:]) for row in expected if after <= row[0] < after + limit
        ]
        assert [each.id for each in recorder.select_notifications(after + 1, limit)] == [row[0] for row in behind]
        told_of = recorder.select_notifications(1, limit, topics=[FACT, DECISION])
        assert [each.id for each in told_of] == [row[0] for row in expected if row[3] != OTHER_FACT][:limit]
        for stream in versions:
            own = [row for row in expected if row[1] == stream]
            for desc in (False, True):
                found = recorder.select_events(stream, gt=after % 50, lte=120, desc=desc, limit=limit)
                wanted = [row[2] for row in own if after % 50 < row[2] <= 120]
                assert [each.originator_version for each in found] == (wanted[::-1] if desc else wanted)[:limit]
            assert (
                recorder.scan_stream(connection, stream, after=after % 50, limit=limit, topics=(FACT,))
                == [row[2:] for row in own if row[2] > after % 50 and row[3] == FACT][:limit]
            )
            assert recorder.last_version(connection, stream) == versions[stream]
        parts = connection.execute(select(func.count()).select_from(FACT_BLOCK_STREAMS)).scalar_one()
        assert (parts > 0) == bool(sizes(connection))
    database.close()
