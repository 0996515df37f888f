"""Real databases for the tests: an SQLite file, and a PostgreSQL server started for the session."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from bench.postgresql import PostgresUnavailable, running_postgres
from infra.storage.database import Database, open_database
from tests.examples import FEW
from tests.needs import (
    ANYWHERE,
    cannot_be_had,
    check_mark,
    pytest_collection_modifyitems,
    pytest_terminal_summary,
)

# Time is measured in bench/, never in tests: a busy machine must not fail them.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
settings.register_profile(FEW, settings.get_profile("untimed"))

# Commands speak the language of the locale. Tests read English unless they ask for Chinese.
os.environ["LC_ALL"] = "C.UTF-8"

__all__ = ["pytest_collection_modifyitems", "pytest_terminal_summary"]


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty database in a file of its own."""
    database = open_database(tmp_path / "monitor.db")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the session."""
    check_mark(pytestconfig, "postgresql")
    folder = Path(tempfile.mkdtemp(prefix="monitor-postgres-"))
    try:
        with running_postgres(folder, durable=False) as url:
            yield url
    except PostgresUnavailable as unavailable:
        cannot_be_had("PostgreSQL", unavailable)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def cluster_url(postgres_url: str) -> Iterator[str]:
    """An empty database of its own: shards look at what others of their database were made with."""
    name = f"cluster_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_url.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """An empty schema of its own."""
    schema = f"shard_{uuid4().hex}"
    database = open_database(postgres_url, schema=schema)
    yield database
    with database.transaction() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    database.close()


@pytest.fixture(params=ANYWHERE)
def database(request: pytest.FixtureRequest) -> Database:
    """Each test runs on both databases."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: Database = request.getfixturevalue(name)
    return found
