"""What the program logs while a block runs, as JSON lines."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import structlog

from infra.logs import OURS, configure_logs


class Logged:
    """``text`` is all that was written."""

    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def named(self, event: str) -> list[dict[str, Any]]:
        """The lines of one event, in their order."""
        return [line for line in self.lines if line["event"] == event]


@contextmanager
def logged(level: str = "debug") -> Iterator[Logged]:
    with logging_restored():
        stream = StringIO()
        configure_logs("json", level, stream=stream)
        yield Logged(stream)


@contextmanager
def logging_restored() -> Iterator[None]:
    """The configuration before is put back."""
    root = logging.getLogger()
    handlers, levels = list(root.handlers), {name: logging.getLogger(name).level for name in ("", *OURS)}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        structlog.reset_defaults()
