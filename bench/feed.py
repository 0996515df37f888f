"""Files of the made-up city's messages, drawn as far as needed."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.city import City


class Feed:
    """Consecutive parts of one stream; written before the clock starts."""

    def __init__(self, folder: Path, city: City | None = None) -> None:
        self._folder = folder
        self._lines: Iterator[str] = (city or City()).lines()

    def next_file(self, events: int) -> Path:
        path = self._folder / "feed.ndjson"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(islice(self._lines, events))
        return path
