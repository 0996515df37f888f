"""Which positions were recorded when."""

from datetime import UTC, datetime, timedelta, timezone

from domain.instants import instant_text
from infra.storage.database import Database
from projections import batches

START = datetime(2025, 6, 18, 1, 30, tzinfo=UTC)


def test_before_the_first_batch_nothing_was_recorded(database: Database) -> None:
    with database.read() as connection:
        assert batches.last(connection) == (0, 0, None)
        assert batches.position_at(connection, START) == 0


def test_the_position_known_at_a_moment_is_that_of_the_last_batch_by_then(database: Database) -> None:
    with database.transaction() as connection:
        batches.add(connection, 1, (1, 10), START)
        batches.add(connection, 2, (11, 10), START + timedelta(hours=1))
        batches.add(connection, 3, (11, 30), START + timedelta(hours=2))
    with database.read() as connection:
        assert batches.last(connection) == (3, 30, START + timedelta(hours=2))
        known = [batches.position_at(connection, START + timedelta(minutes=30 * halves)) for halves in range(-1, 5)]
    assert known == [0, 10, 10, 10, 10, 30]


def test_a_moment_is_the_same_in_every_time_zone(database: Database) -> None:
    shanghai = START.astimezone(timezone(timedelta(hours=8)))
    with database.transaction() as connection:
        batches.add(connection, 1, (1, 10), shanghai)
        assert batches.position_at(connection, START) == batches.position_at(connection, shanghai) == 10
    assert instant_text(START) == instant_text(shanghai)


def test_texts_of_moments_sort_as_the_moments_do() -> None:
    moments = [START + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000, 86_400_000_000)]
    texts = [instant_text(moment) for moment in moments]
    assert texts == sorted(texts)
    assert {len(text) for text in texts} == {32}
