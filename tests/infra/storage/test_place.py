"""What part of an installation a database holds is written down once."""

from pathlib import Path

import pytest

from infra.storage.database import Database, open_database
from infra.storage.place import ONE_MACHINE, Place, WrongPlace, place_of, take_place


def test_a_new_database_takes_its_place_and_keeps_it(database: Database) -> None:
    place = Place(shard=2, shards=4, partitions=12)
    take_place(database, place)
    take_place(database, place)
    with database.read() as connection:
        assert place_of(connection) == place


@pytest.mark.parametrize(
    "other", [Place(1, 4, 12), Place(2, 8, 12), Place(2, 4, 24), ONE_MACHINE], ids=["shard", "shards", "partitions", ""]
)
def test_another_place_is_refused(database: Database, other: Place) -> None:
    """With other numbers, facts would be looked for where they are not."""
    take_place(database, Place(2, 4, 12))
    with pytest.raises(WrongPlace, match="shard 2 of 4, 12 partitions"):
        take_place(database, other)


def test_a_database_is_not_opened_in_another_place(tmp_path: Path) -> None:
    open_database(tmp_path / "one.db", place=ONE_MACHINE).close()
    with pytest.raises(WrongPlace):
        open_database(tmp_path / "one.db", place=Place(0, 2, 12))
