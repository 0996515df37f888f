"""Files of the made-up city's messages, drawn as far as needed."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.city import City


class Feed:
    """Consecutive parts of one stream, each in a file that replaces the one before."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "feed.ndjson"
        self._lines = City().lines()

    def next_file(self, events: int) -> Path:
        return self._write(islice(self._lines, events))

    def warm_up_file(self, events: int) -> Path:
        """Of another city, which leaves this one's messages unseen."""
        return self._write(islice(City("warm-up").bulk(), events))

    def _write(self, lines: Iterator[str]) -> Path:
        with self._file.open("w", encoding="utf-8") as file:
            file.writelines(lines)
        return self._file
