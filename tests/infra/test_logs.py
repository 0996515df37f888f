"""Logs: one line per message, from us and from libraries alike."""

import ast
import json
import logging
import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from domain.clues.events import TOPICS
from infra.logs import OURS, LogForm, _Log, configure_logs, log_warnings_only
from tests.logged import logging_restored

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What is logged as JSON."""
    stream = StringIO()
    with logging_restored():
        configure_logs("json", "info", stream=stream)
        yield stream


def test_our_messages_and_those_of_libraries_look_alike(lines: StringIO) -> None:
    structlog.get_logger("infra.example").info("clue_raised", clue_id="c1", title="标段")
    logging.getLogger("library").warning("slow by %d ms", 5)
    ours, theirs = map(json.loads, lines.getvalue().splitlines())
    assert (ours["event"], ours["clue_id"], ours["title"], ours["level"]) == ("clue_raised", "c1", "标段", "info")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow by 5 ms", "warning", "library")
    assert ours["timestamp"].endswith("Z")


def fail(secret: str) -> None:
    raise ValueError(f"broken, {len(secret)} characters")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_variables(lines: StringIO, form: LogForm) -> None:
    configure_logs(form, "info", stream=lines)
    try:
        fail("440106198501010015")
    except ValueError:
        structlog.get_logger("infra.example").exception("request_failed")
    assert "broken, 18 characters" in lines.getvalue()
    assert "440106198501010015" not in lines.getvalue().replace('fail("440106198501010015")', "")


def test_an_error_with_its_traceback_stays_one_line(lines: StringIO) -> None:
    try:
        fail("")
    except ValueError:
        structlog.get_logger("infra.example").exception("request_failed")
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"


@pytest.mark.parametrize("form", ["json", "console", "auto"])
def test_what_is_no_terminal_gets_no_codes_for_one(lines: StringIO, form: LogForm) -> None:
    configure_logs(form, "info", stream=lines)
    structlog.get_logger("infra.example").warning("clue_raised", clue_id="c1")
    assert "clue_raised" in lines.getvalue()
    assert "\x1b" not in lines.getvalue()


def test_at_debug_level_libraries_still_keep_what_they_carry_to_themselves(lines: StringIO) -> None:
    configure_logs("json", "debug", stream=lines)
    structlog.get_logger("infra.example").debug("detail")
    logging.getLogger("aiokafka.producer.producer").debug("Sending (value=%s)", "440106198501010015")
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["detail"]


def test_every_event_that_is_logged_is_listed_in_the_documents() -> None:
    told = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    files = [file for package in OURS for file in (ROOT / package).rglob("*.py")]
    events = {event for file in files for event in _events(ast.parse(file.read_text(encoding="utf-8")))}
    events |= {f"clue_{topic.split('.')[1].replace('-', '_')}" for topic in TOPICS}
    assert len(events) > 30
    assert {event for event in events if f"`{event}`" not in told} == set()


def _events(module: ast.Module) -> Iterator[str]:
    """The first argument of each call of a logger, however it is written."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if re.search(r"\b(log|about)\.(debug|info|warning|error|critical)\b|^tell$|^while_away$", called):
                yield str(node.args[0].value)


def test_what_lies_below_the_level_is_not_written(lines: StringIO) -> None:
    structlog.get_logger("infra.example").debug("detail")
    logging.getLogger("library").debug("detail")
    assert lines.getvalue() == ""


@contextmanager
def standard_error_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """It is a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    pipe = os.fdopen(writing, "w")
    with logging_restored():
        monkeypatch.setattr(sys, "stderr", pipe)
        yield pipe
    with suppress(BrokenPipeError):
        pipe.close()


@pytest.mark.parametrize("configure", [configure_logs, log_warnings_only])
def test_a_line_that_cannot_be_written_is_lost_and_raises_nothing(
    configure: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with standard_error_closed(monkeypatch) as pipe:
        configure()
        log = structlog.get_logger("infra.example")
        for _ in range(2):
            log.warning("commit_failed", error="IntegrityError")
        with suppress(BrokenPipeError):
            pipe.close()
        log.warning("commit_failed", error="IntegrityError")


@pytest.mark.parametrize("configure", [configure_logs, log_warnings_only])
def test_without_standard_error_a_line_is_lost_and_raises_nothing(
    configure: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with logging_restored():
        configure()
        structlog.get_logger("infra.example").warning("commit_failed", error="IntegrityError")


@pytest.mark.skipif(not hasattr(select, "poll"), reason="there is no poll on Windows")
def test_a_reader_who_does_not_read_stops_no_line_and_is_told_what_was_lost() -> None:
    """A pipe that is full would stop whoever writes, a commit with it, until somebody reads."""
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as reader, open(writing, "w", encoding="utf-8") as stream:  # noqa: PTH123
        log = _Log(stream)
        for _ in range(2_000):
            assert log.write("中" * 99 + "\n") == 100
        log.write("a" * 1_000_000 + "\n")
        os.set_blocking(reading, False)
        waiting = reader.read()
        assert 0 < waiting.count("\n") < 2_000
        log.write("again\n")
        *lost, again = reader.read().splitlines()
        assert again == "again"
        told = json.loads(lost[-1])
        assert (told["event"], told["count"]) == ("log_lines_lost", 2_001 - waiting.count("\n"))


def test_a_long_line_is_written_whole_where_somebody_reads(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("w", encoding="utf-8") as stream:
        _Log(stream).write("中" * 100_000 + "\n")
    assert file.read_text(encoding="utf-8") == "中" * 100_000 + "\n"
