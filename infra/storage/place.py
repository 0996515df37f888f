"""Which part of an installation a database holds; written when it is made, and never changed.

With another number of shards or partitions a subject would be looked for where its facts are not.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, Connection, Integer, Table, select, text

from domain.errors import Unusable
from projections.tables import METADATA

if TYPE_CHECKING:
    from infra.storage.database import Database

PLACE: Final = Table(
    "place",
    METADATA,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("shards", Integer, nullable=False),
    Column("partitions", Integer, nullable=False),
)
"""One row."""

_TAKE: Final = text(
    "INSERT INTO place (shard, shards, partitions) VALUES (:shard, :shards, :partitions) ON CONFLICT DO NOTHING"
)
"""Several processes may open a new database at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Shard ``shard`` of ``shards`` behind topics of ``partitions`` each; one machine is 0 of 1, behind none."""

    shard: int = 0
    shards: int = 1
    partitions: int = 0

    def __str__(self) -> str:
        return f"shard {self.shard} of {self.shards}, {self.partitions} partitions"


ONE_MACHINE: Final = Place()


class WrongPlace(Unusable):
    """The database was made for another place than the settings give it."""

    def __init__(self, made_for: Place, wanted: Place) -> None:
        super().__init__(f"the database was made for {made_for}; the settings say {wanted}. These numbers never change")
        self.made_for = made_for
        self.wanted = wanted


def take_place(database: "Database", wanted: Place) -> None:
    """Write down the place of a new database; raises :class:`WrongPlace` where it has another."""
    with database.read() as connection:
        found = place_of(connection)
    if found is None:
        with database.transaction() as connection:
            connection.execute(_TAKE, asdict(wanted))
            found = place_of(connection)
    assert found is not None
    if found != wanted:
        raise WrongPlace(found, wanted)


def place_of(connection: Connection) -> Place | None:
    """None while nobody has taken it."""
    row = connection.execute(select(PLACE)).first()
    return Place(*row) if row else None
