"""How much a run of the cluster's bench takes in."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Extent:
    """``rounds`` go by turns, because the clock of a shared machine moves; each way to write has its ``rows``."""

    single: int = 60_000
    bulk: int = 300_000
    shards: tuple[int, ...] = (1, 2, 4)
    rounds: int = 3
    openings: int = 60
    rows: int = 200_000
    idle_shards: int = 12
    idle_seconds: float = 20.0
    writing_seconds: float = 6.0


SMALLEST: Final = Extent(
    single=2_000,
    bulk=4_000,
    shards=(1, 2),
    rounds=1,
    openings=3,
    rows=8_000,
    idle_shards=2,
    idle_seconds=1.0,
    writing_seconds=0.5,
)
"""It only shows that everything runs."""
