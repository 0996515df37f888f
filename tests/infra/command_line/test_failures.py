"""What goes wrong outside is told in one sentence, without a traceback and without what was recorded."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree

import psycopg
import pytest
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from sqlalchemy.exc import DBAPIError

from infra.command_line.failures import about_brokers, about_database, broker_errors
from infra.command_line.folder import DataFolder
from streams.cluster.deadline import EXIT_CODE
from tests.infra.command_line.conftest import RecordedCity, Run, program

AWAY = "postgresql://monitor:geheim@127.0.0.1:9/monitor"


def sentence(run: Run, *asked: object, exit_code: int = 1, **options: object) -> str:
    """What was said of a command that failed as it should."""
    result = run(*asked, **options)
    assert result.exit_code == exit_code, result.output
    assert isinstance(result.exception, SystemExit)
    (said,) = result.stderr.splitlines()[-1:]
    assert said.startswith("Error: ")
    assert "Traceback" not in result.output
    return said.removeprefix("Error: ")


@pytest.mark.parametrize("command", [["clues"], ["comparison", "T/1"], ["audit"], ["person", "erase", "x", "--yes"]])
def test_a_file_that_is_no_database_is_told_as_such(
    run: Run, city: RecordedCity, tmp_path: Path, command: list[str]
) -> None:
    data = copytree(city.data, tmp_path / "data", ignore=lambda *_: ["ledger.db-wal", "ledger.db-shm"])
    (data / "ledger.db").write_bytes(b"no database" * 1_000)
    assert sentence(run, *command, "--data", data) == ("the database did not do what was asked: file is not a database")


@pytest.mark.parametrize("command", [["clues"], ["ingest", "-"], ["rebuild"]])
def test_a_server_that_is_away_is_told_without_its_password(run: Run, tmp_path: Path, command: list[str]) -> None:
    environment = {"TENDER_MONITOR_DATABASE": AWAY}
    said = sentence(run, *command, "--data", tmp_path, env=environment, input="")
    assert "the database did not do what was asked" in said
    assert "geheim" not in said


def test_brokers_that_are_away_are_named(run: Run) -> None:
    said = sentence(run, "topics", "create", env={"TENDER_MONITOR_KAFKA__BROKERS": '["127.0.0.1:9"]'})
    assert said == "no broker of kafka.brokers answers: 127.0.0.1:9"


CLUSTER = {
    "TENDER_MONITOR_DATABASE": AWAY,
    "TENDER_MONITOR_KAFKA__BROKERS": '["127.0.0.1:9"]',
    "TENDER_MONITOR_KAFKA__METRICS_PORT": "0",
}


@pytest.mark.parametrize("command", [["publisher"], ["serve", "--port", 0]])
def test_a_process_of_a_cluster_whose_database_is_away_is_to_be_started_again(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    said = sentence(run, *command, "--data", tmp_path, env=CLUSTER, exit_code=EXIT_CODE)
    assert said.startswith("the database did not do what was asked: ")
    assert "geheim" not in said


def test_a_worker_that_no_broker_answers_is_to_be_started_again(tmp_path: Path) -> None:
    """And all that it says are lines of the log."""
    environment = {**CLUSTER, "TENDER_MONITOR_LOGS__FORM": "json"}
    with program("worker", "--data", tmp_path, environment=environment) as worker:
        lines, _ = worker.communicate(timeout=120)
    assert worker.returncode == EXIT_CODE
    said = [json.loads(line) for line in lines.splitlines()]
    (why,) = [each for each in said if each["event"] == "worker_gives_up"]
    assert why["error"] == "KafkaConnectionError"


def test_what_a_broker_refuses_is_told_by_its_kind() -> None:
    assert KafkaError in broker_errors()
    refused = TopicAuthorizationFailedError("44010619850101001X")
    assert about_brokers(refused) == "the brokers did not do what was asked: TopicAuthorizationFailedError"


def test_a_value_that_a_database_quotes_is_not_told() -> None:
    """The statement is not told at all."""
    wrong = psycopg.errors.InvalidTextRepresentation('invalid input syntax for type integer: "440106198501010015"')
    error = DBAPIError("SELECT 440106198501010015", None, wrong)
    assert about_database(error) == "the database did not do what was asked: InvalidTextRepresentation"
    locked = DBAPIError("SELECT 440106198501010015", None, sqlite3.OperationalError("database is locked"))
    assert about_database(locked) == "the database did not do what was asked: database is locked"


def test_a_file_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    said = sentence(run, "simulate", "--people", 600, "--months", 8, "--lots", 2, "--out", tmp_path / "file" / "city")
    assert said == f"{tmp_path / 'file' / 'city'}: Not a directory"


@contextmanager
def deaf_server(data: Path) -> Iterator[str]:
    """Holds the folder, is there, and hangs up on everybody."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with DataFolder(data).held(), DataFolder(data).announced(url):
            listening.close()
            yield url


def test_a_server_that_does_not_answer_is_named(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    with deaf_server(data) as url:
        said = sentence(run, "dossier", "f" * 64, "--data", data)
    assert said == f"the server at {url} holds the folder and does not answer"


def test_a_draft_that_fails_is_told_with_its_line(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    draft = tmp_path / "draft.py"
    draft.write_text("first = 1\nsecond = first / 0\n", encoding="utf-8")
    said = sentence(run, "calibrate", "E101", "--draft", draft, "--data", city.data, exit_code=2)
    assert said == f"{draft} fails in line 2: ZeroDivisionError: division by zero"


def test_whoever_has_read_enough_ends_a_list_without_a_word(city: RecordedCity) -> None:
    with program("clues", "--data", city.data, "--json") as listing:
        assert listing.stdout is not None
        assert listing.stdout.readline().startswith("[")
        listing.stdout.close()
        assert listing.wait(timeout=60) in (0, 1)
