"""What cannot be had is skipped and named at the end of a run, and fails it in CI: in one process and in several."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import PROGRAM_IN

CONFTEST = """
import pytest

from tests.needs import *
from tests.needs import cannot_be_had, check_mark


@pytest.fixture(scope="session")
def kafka_broker(pytestconfig):
    check_mark(pytestconfig, "broker")
    cannot_be_had("Kafka", RuntimeError("there is no Java"))
"""
TESTS = """
def test_with_a_broker(kafka_broker):
    pass


def test_without():
    pass
"""
UNMARKED = """
def test_that_asks_while_it_runs(request):
    request.getfixturevalue("kafka_broker")
"""

SETTINGS = "[pytest]\nmarkers = broker\nasyncio_default_fixture_loop_scope = function\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Two files that need a broker."""
    files = {"conftest.py": CONFTEST, "test_one.py": TESTS, "test_two.py": TESTS, "pytest.ini": SETTINGS}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(suite: Path, *flags: str, ci: bool = False) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *flags]
    environment = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[1])} | ({"CI": "true"} if ci else {})
    return subprocess.run(command, cwd=suite, env=environment, check=False, capture_output=True, encoding="utf-8")


@pytest.mark.parametrize("folder", PROGRAM_IN)
def test_tests_that_run_the_whole_program_are_where_their_mark_looks_for_them(folder: str) -> None:
    assert (Path(__file__).parent / folder).is_dir()


@pytest.mark.parametrize("processes", ["0", "2"])
def test_what_cannot_be_had_is_skipped_and_named_at_the_end(suite: Path, processes: str) -> None:
    done = run(suite, "-n", processes)
    assert done.returncode == 0, done.stdout
    assert "2 passed, 2 skipped" in done.stdout
    assert "2 tests were skipped: Kafka cannot be had: there is no Java" in done.stdout


@pytest.mark.parametrize("processes", ["0", "2"])
def test_what_cannot_be_had_fails_in_ci(suite: Path, processes: str) -> None:
    done = run(suite, "-n", processes, ci=True)
    assert done.returncode == 1, done.stdout
    assert "2 passed, 2 errors" in done.stdout
    assert "Kafka cannot be had: there is no Java" in done.stdout


def test_who_leaves_brokers_out_is_asked_for_none(suite: Path) -> None:
    done = run(suite, "-m", "not broker", ci=True)
    assert done.returncode == 0, done.stdout
    assert "2 passed, 2 deselected" in done.stdout


def test_a_test_without_its_mark_fails_where_the_mark_is_left_out(suite: Path) -> None:
    (suite / "test_one.py").write_text(UNMARKED, encoding="utf-8")
    done = run(suite, "-m", "not (postgresql or broker)")
    assert done.returncode == 1, done.stdout
    assert "does not bear the mark" in done.stdout
