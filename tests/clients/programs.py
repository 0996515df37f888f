"""A program of Node.js that runs beside a test, and what it prints."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

PATIENCE_SECONDS = 60.0


class Running:
    """``next`` waits for the next line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def next(self) -> str:
        try:
            return self._lines.get(timeout=PATIENCE_SECONDS)
        except Empty:
            raise AssertionError("the program printed nothing") from None

    def end(self) -> None:
        self.process.kill()
        self._reader.join()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))


@contextmanager
def running(node: Path, script: str, folder: Path, **environment: str) -> Iterator[Running]:
    """The script in ``folder`` as long as the block lasts."""
    process = subprocess.Popen(
        [str(node), script],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    found = Running(process)
    try:
        yield found
    finally:
        found.end()
