"""What was opened is closed again where a later check refuses it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.cluster.console import Console
from infra.identity.vault import ForeignPseudonyms
from infra.installation import KEYS_FOLDER, Installation
from infra.settings import Settings
from infra.storage.database import open_database, open_scratch
from infra.storage.migrations import SchemaUnknown
from infra.witness.seen import Seen
from tests.infra.http.workers import cluster_folder


def open_files(folder: Path) -> list[str]:
    return [each.path for each in psutil.Process().open_files() if each.path.startswith(str(folder))]


def connections(settings: Settings, postgres_url: str) -> int:
    name = str(settings.database).rpartition("/")[2]
    with psycopg.connect(postgres_url) as connection:
        asked = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (name,))
        return int(asked.fetchone()[0])  # type: ignore[index]


def test_a_folder_with_foreign_keys_is_closed_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    Installation.open(settings).close()
    shutil.rmtree(settings.data / KEYS_FOLDER)
    # The error is held, and with it everything its frames refer to.
    with pytest.raises(ForeignPseudonyms) as refused:
        Installation.open(settings)
    assert refused.value.version == 1
    assert open_files(tmp_path) == []


def test_a_cluster_with_foreign_keys_is_closed_again(tmp_path: Path, postgres_url: str) -> None:
    with cluster_folder(postgres_url, tmp_path / "data") as settings:
        Console.open(settings).close()
        shutil.rmtree(settings.data / KEYS_FOLDER)
        with pytest.raises(ForeignPseudonyms) as by_console:
            Console.open(settings)
        with pytest.raises(ForeignPseudonyms) as by_worker:
            Installation.open(settings, shard=1)
        assert by_console.value.version == by_worker.value.version == 1
        assert connections(settings, postgres_url) == 0


def test_a_scratch_database_of_another_version_is_closed_again(tmp_path: Path) -> None:
    file = tmp_path / "scratch.db"
    open_database(file).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaUnknown) as refused:
        open_scratch(file)
    assert "9999" in str(refused.value)
    assert open_files(tmp_path) == []


def test_a_witness_file_that_is_no_database_is_closed_again(tmp_path: Path) -> None:
    file = tmp_path / "seen.db"
    file.write_bytes(b"no database" * 1_000)
    with pytest.raises(sqlite3.DatabaseError) as refused:
        Seen(file)
    assert "database" in str(refused.value)
    assert open_files(tmp_path) == []
