"""Logs: one line per message, from us and from libraries alike."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from infra.logs import LogForm, configure_logs


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What is logged as JSON; the configuration before is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = StringIO()
    configure_logs("json", "info", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


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


def test_what_lies_below_the_level_is_not_written(lines: StringIO) -> None:
    structlog.get_logger("infra.example").debug("detail")
    logging.getLogger("library").debug("detail")
    assert lines.getvalue() == ""
