"""Real databases for the tests: an SQLite file, and a PostgreSQL server started for the session."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from bench.postgresql import PostgresUnavailable, running_postgres
from infra.storage.database import Database, open_database

# Time is measured in bench/, never in tests: a busy machine must not fail them.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

NO_POSTGRESQL = pytest.StashKey[str]()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty database in a file of its own."""
    database = open_database(tmp_path / "monitor.db")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the session."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-postgres-"))
    try:
        with running_postgres(folder, durable=False) as url:
            yield url
    except PostgresUnavailable as unavailable:
        pytestconfig.stash[NO_POSTGRESQL] = str(unavailable)
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL cannot be had: {unavailable}", pytrace=False)
        pytest.skip(f"PostgreSQL cannot be had: {unavailable}")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """An empty schema of its own."""
    schema = f"shard_{uuid4().hex}"
    database = open_database(postgres_url, schema=schema)
    yield database
    with database.transaction() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test runs on both databases."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: Database = request.getfixturevalue(name)
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reason = config.stash.get(NO_POSTGRESQL, None)
    if reason is not None:
        terminalreporter.section("not tested on PostgreSQL", red=True, bold=True)
        terminalreporter.line(reason)
