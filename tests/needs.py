"""What some tests need beside Python: marked, so that ``make check`` leaves them out, and named where it is missing."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NoReturn

import pytest

from tests.kafka.fault_table import rows

_TESTS: Final = Path(__file__).parent
MARKS: Final = {
    "postgres_url": "postgresql",
    "cluster_url": "postgresql",
    "kafka_broker": "broker",
    "repository": "broker",
    "ground": "broker",
    "chromium": "browser",
    "client_tool": "client",
    "city": "city",
    "town": "city",
}
"""The mark of each test that asks for a fixture. Who asks while the test runs marks its parameter (``ANYWHERE``)."""

PROGRAM: Final = "program"
PROGRAM_IN: Final = (
    "acceptance",
    "bench",
    "infra/bundles",
    "infra/command_line",
    "infra/http",
    "infra/serving",
    "infra/simulation",
    "web",
)
"""Folders of tests with servers, commands and made-up cities."""

ANYWHERE: Final = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
"""The parameters of a fixture that exists on both databases."""

_SLOWEST_FIRST: Final = ("broker", "city")
_MISSING: Final = re.compile(r"\w[\w ]* cannot be had: .+", re.DOTALL)


def cannot_be_had(what: str, reason: Exception) -> NoReturn:
    """Skip the test, or fail it in CI, where everything must be there."""
    said = f"{what} cannot be had: {reason}"
    if os.environ.get("CI"):
        pytest.fail(said, pytrace=False)
    pytest.skip(said)


def check_mark(config: pytest.Config, mark: str) -> None:
    """A test that was chosen for not needing ``mark`` may not ask for it."""
    if re.search(rf"\bnot\b.*\b{mark}\b", config.getoption("markexpr")):
        pytest.fail(f"this test asks for what {mark} marks, and does not bear the mark", pytrace=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in _marks_of(item):
            item.add_marker(mark)
    # Side by side, a long file that begins last would run alone at the end.
    first = {item.path: rank for rank, mark in reversed(list(enumerate(_SLOWEST_FIRST))) for item in _with(items, mark)}
    items.sort(key=lambda item: first.get(item.path, len(_SLOWEST_FIRST)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for row in rows(terminalreporter.getreports("")):
        terminalreporter.line(row)
    missing = Counter(
        found[0] for report in terminalreporter.getreports("skipped") if (found := _MISSING.search(_reason(report)))
    )
    if missing:
        terminalreporter.section("not everything was tested", red=True, bold=True)
    for said, tests in missing.items():
        terminalreporter.line(f"{tests} tests were skipped: {said}")


def _marks_of(item: pytest.Item) -> set[str]:
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
    needed = {MARKS[fixture] for fixture in fixtures if fixture in MARKS}
    return needed | {PROGRAM} if _runs_the_program(item.path) else needed


def _runs_the_program(file: Path) -> bool:
    return any(file.is_relative_to(_TESTS / folder) for folder in PROGRAM_IN)


def _with(items: Iterable[pytest.Item], mark: str) -> Iterable[pytest.Item]:
    return (item for item in items if item.get_closest_marker(mark))


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
