"""Logs: one line per message on standard error, a constant event name and its data in keys.

Nothing personal is ever passed to a logger: persons appear by pseudonym, and messages that
were refused by the id of their quarantine entry.
"""

import logging
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

OURS = ("alerts", "domain", "infra", "projections", "streams")
LogForm = Literal["auto", "console", "json"]

_PIECE: Final = select.PIPE_BUF // 4 if hasattr(select, "PIPE_BUF") else 1_024
"""Characters: at most so many bytes as a pipe takes at once when it says that it takes any."""
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(form: LogForm = "auto", level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send our own logs and those of the libraries through one formatter to ``stream``, or to standard error."""
    log = _Log(stream)
    terminal = log.isatty()
    as_json = form == "json" or (form == "auto" and not terminal)
    handler = logging.StreamHandler(cast("TextIO", log))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(as_json=as_json, colors=terminal),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # At debug level clients of brokers and databases write down what they carry: names and ID numbers with it.
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level.upper()]))
    for package in OURS:
        logging.getLogger(package).setLevel(level.upper())
    # The access log of the web server repeats what our own request line says, with addresses that hold ids.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    # A worker whose notices wait looks at the ends of partitions all the time, and each look would be a line.
    logging.getLogger("aiokafka.consumer.subscription_state").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class _Log:
    """Where lines go: to ``stream``, or to standard error, wherever that is when a line is written.

    A line that cannot be written is lost. The pipe behind standard error may be closed or read by nobody, its disk may
    be full, and a process may have been started without it: none of this may stop a commit or its thread. Once
    lines can be written again, the first of them says how many were lost.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lost = 0

    def isatty(self) -> bool:
        with suppress(OSError, ValueError):
            return (stream := self._now()) is not None and stream.isatty()
        return False

    def write(self, text: str) -> int:
        self._attempt(lambda stream: self._write(stream, text))
        return len(text)

    def _write(self, stream: TextIO, text: str) -> None:
        if self._lost and _takes(stream):
            stream.write(f'{{"event": "log_lines_lost", "level": "warning", "count": {self._lost}}}\n')
            stream.flush()
            self._lost = 0
        for start in range(0, len(text), _PIECE):
            if not _takes(stream):
                self._lost += 1
                return
            stream.write(text[start : start + _PIECE])
            stream.flush()

    def flush(self) -> None:
        self._attempt(lambda stream: stream.flush())

    def _attempt(self, act: Callable[[TextIO], object]) -> None:
        # ValueError is what a stream raises that was closed on our side.
        with suppress(OSError, ValueError):
            if (stream := self._now()) is not None:
                try:
                    act(stream)
                except BrokenPipeError:
                    _discard(stream)

    def _now(self) -> TextIO | None:
        return self._stream if self._stream is not None else sys.stderr


def _takes(stream: TextIO) -> bool:
    """Whether a piece can be written without waiting for a reader; True where there is no such thing."""
    try:
        file = stream.fileno()
    except (OSError, ValueError):
        return True
    if sys.platform == "win32":
        return True
    asked = select.poll()
    asked.register(file, select.POLLOUT)
    return bool(asked.poll(0))


def _discard(stream: TextIO) -> None:
    """Nobody will read this pipe again: let what waits in ``stream`` go nowhere.

    Otherwise Python would try to write it when the program ends, and end with an exit code of its own, 120.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def log_warnings_only() -> None:
    """For a command that ends: it says itself what it did, and its standard output is its answer.

    Where logs were configured already, they stay as they are.
    """
    if not structlog.is_configured():
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
            logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Log())),
        )


def _rendering(*, as_json: bool, colors: bool) -> tuple[Processor, ...]:
    """How a line looks. A traceback never shows local variables: they may hold what was sent."""
    if as_json:
        in_one_field = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return (in_one_field, structlog.processors.JSONRenderer(ensure_ascii=False))
    return (structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback),)
