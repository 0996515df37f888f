"""What was opened is closed again where a later check refuses it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.cluster.console import Console
from infra.cluster.start_checks import check_keys
from infra.identity.keys import MissingKey, open_keys
from infra.identity.known_keys import OtherKey
from infra.installation import KEYS_FOLDER, Installation
from infra.settings import Settings
from infra.storage.database import open_database, open_scratch
from infra.storage.migrations import SchemaUnknown
from infra.witness.seen import Seen
from tests.builders import a_registration
from tests.infra.http.workers import cluster_folder
from tests.monitor import Monitor, said


def open_files(folder: Path) -> list[str]:
    return [each.path for each in psutil.Process().open_files() if each.path.startswith(str(folder))]


def connections(settings: Settings, postgres_url: str) -> int:
    name = str(settings.database).rpartition("/")[2]
    with psycopg.connect(postgres_url) as connection:
        asked = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (name,))
        return int(asked.fetchone()[0])  # type: ignore[index]


def content(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize("key", ["vault", "pseudonyms-1", "tokens", "log"])
def test_a_lost_key_stops_the_start_and_is_not_made_anew(tmp_path: Path, key: str) -> None:
    settings = Settings(data=tmp_path / "data")
    Installation.open(settings).close()
    lost = settings.data / KEYS_FOLDER / f"{key}.key"
    lost.unlink()
    before = content(tmp_path)
    # The error is held, and with it everything its frames refer to.
    with pytest.raises(MissingKey) as refused:
        Installation.open(settings)
    assert str(refused.value).startswith(f"{lost} is missing")
    assert content(tmp_path) == before
    assert open_files(tmp_path) == []


@pytest.mark.parametrize("key", ["vault", "pseudonyms-1", "tokens", "log"])
def test_a_key_of_another_installation_stops_the_start(tmp_path: Path, key: str) -> None:
    settings = Settings(data=tmp_path / "data")
    Installation.open(settings).close()
    file = settings.data / KEYS_FOLDER / f"{key}.key"
    file.write_bytes(b"x" * 32)
    before = content(tmp_path)
    with pytest.raises(OtherKey) as refused:
        Installation.open(settings)
    assert str(refused.value).startswith(f"{file} is not the key")
    assert content(tmp_path) == before
    assert open_files(tmp_path) == []


def test_all_keys_are_made_at_once_where_nothing_is_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "data" / KEYS_FOLDER
    Installation.open(Settings(data=tmp_path / "data")).close()
    assert {each.name for each in folder.iterdir()} == {"vault.key", "pseudonyms-1.key", "tokens.key", "log.key"}


def test_a_pseudonym_key_put_there_by_hand_stops_the_start(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    Installation.open(settings).close()
    (settings.data / KEYS_FOLDER / "pseudonyms-2.key").touch(mode=0o600)
    (settings.data / KEYS_FOLDER / "pseudonyms-2.key").write_bytes(b"x" * 32)
    with pytest.raises(OtherKey, match=r"pseudonyms-2\.key"):
        Installation.open(settings)


def test_an_installation_of_an_older_version_learns_its_keys_by_the_next_start(monitor: Monitor) -> None:
    a_person_is_named(monitor)
    as_of_an_older_version(monitor.settings.data)
    Installation.open(monitor.settings).close()
    (monitor.settings.data / KEYS_FOLDER / "tokens.key").unlink()
    with pytest.raises(MissingKey, match=r"tokens\.key"):
        Installation.open(monitor.settings)


@pytest.mark.parametrize("key", ["vault", "log"])
def test_an_installation_of_an_older_version_that_lost_a_key_gets_no_new_one(monitor: Monitor, key: str) -> None:
    a_person_is_named(monitor)
    as_of_an_older_version(monitor.settings.data)
    (monitor.settings.data / KEYS_FOLDER / f"{key}.key").unlink()
    with pytest.raises(MissingKey, match=rf"{key}\.key"):
        Installation.open(monitor.settings)


def test_a_vault_key_that_opens_nothing_is_not_taken_for_that_of_an_older_version(monitor: Monitor) -> None:
    a_person_is_named(monitor)
    as_of_an_older_version(monitor.settings.data)
    (monitor.settings.data / KEYS_FOLDER / "vault.key").write_bytes(b"x" * 32)
    with pytest.raises(OtherKey, match=r"vault\.key"):
        Installation.open(monitor.settings)


def a_person_is_named(monitor: Monitor) -> None:
    person = {"name": "王小明", "id_number": "11010519491231002X"}
    message = said(a_registration(), "named")
    monitor.send({**message, "data": {**message["data"], "person": person}})
    monitor.close()


def as_of_an_older_version(data: Path) -> None:
    """With the fingerprint of the pseudonym key alone, as step 0018 leaves it."""
    with closing(sqlite3.connect(data / "ledger.db")) as connection, connection:
        connection.execute("DELETE FROM known_keys WHERE name NOT LIKE 'pseudonyms%'")


def test_a_cluster_whose_keys_were_lost_makes_none_and_is_closed_again(tmp_path: Path, postgres_url: str) -> None:
    with cluster_folder(postgres_url, tmp_path / "data") as settings:
        Console.open(settings).close()
        shutil.rmtree(settings.data / KEYS_FOLDER)
        with pytest.raises(MissingKey):
            Console.open(settings)
        with pytest.raises(MissingKey):
            Installation.open(settings, shard=1)
        with pytest.raises(MissingKey):
            check_keys(settings)
        assert not (settings.data / KEYS_FOLDER).exists()
        assert connections(settings, postgres_url) == 0


def test_a_machine_with_keys_of_its_own_gets_no_new_shard_of_a_cluster(tmp_path: Path, postgres_url: str) -> None:
    with cluster_folder(postgres_url, tmp_path / "data") as settings:
        Installation.open(settings, shard=0).close()
        other = settings.model_copy(update={"data": tmp_path / "other"})
        with pytest.raises(MissingKey):
            Installation.open(other, shard=1)
        open_keys(other.data / KEYS_FOLDER)
        with pytest.raises(OtherKey):
            Installation.open(other, shard=1)
        assert connections(settings, postgres_url) == 0


def test_a_console_does_without_the_key_that_signs(tmp_path: Path, postgres_url: str) -> None:
    with cluster_folder(postgres_url, tmp_path / "data") as settings:
        Console.open(settings).close()
        (settings.data / KEYS_FOLDER / "log.key").unlink()
        Console.open(settings).close()
        check_keys(settings)
        with pytest.raises(MissingKey, match=r"log\.key"):
            Installation.open(settings, shard=0)


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
