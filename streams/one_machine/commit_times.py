"""How long commits took, counted since the start."""

from dataclasses import dataclass
from typing import Final

SLOW_SECONDS: Final = 1.0


@dataclass(slots=True)
class CommitTimes:
    """Added to by the writer alone; ``slow`` are those that took a second or longer."""

    commits: int = 0
    seconds: float = 0.0
    slow: int = 0

    def add(self, seconds: float) -> None:
        self.commits += 1
        self.seconds += seconds
        self.slow += seconds >= SLOW_SECONDS
