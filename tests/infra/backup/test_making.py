"""A backup is checked when it is made and when it is put back, and only goes where nothing is."""

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from infra.backup import manifest
from infra.backup.making import make_backup, restore
from infra.backup.manifest import BackupUnusable, Manifest
from infra.cluster.united import open_shards
from infra.identity.keys import MissingKey
from infra.identity.known_keys import OtherKey
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from infra.settings import Kafka, Settings
from projections.boards.clue_board import CLUES
from tests.builders import RIVAL, a_bid_opening, a_payment, a_registration, payments
from tests.monitor import Monitor, said
from tests.needs import ANYWHERE

NAMED = {"name": "王小明", "id_number": "11010519491231002X"}
New = Callable[[], Settings]


@pytest.fixture(params=ANYWHERE)
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[New]:
    """Settings of a place where nothing is, as often as they are asked for."""
    made: list[str] = []
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None

    def place() -> Settings:
        name = f"place_{uuid4().hex[:12]}"
        if url is None:
            return Settings(data=tmp_path / name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return Settings(data=tmp_path / name, database=f"{url.rpartition('/')[0]}/{name}")

    yield place
    if url is not None:
        with psycopg.connect(url, autocommit=True) as connection:
            for name in made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def lived(new: New) -> Iterator[Monitor]:
    """With clues, a person's identity, and a message in quarantine."""
    monitor = Monitor(new())
    named = said(a_registration(), "named")
    monitor.send({**named, "data": {**named["data"], "person": NAMED}}, b"{unreadable")
    monitor.send(said(a_bid_opening(), "opening"), said(a_registration(), "registered"))
    monitor.send(*(said(each, f"paid {each.month}") for each in payments(RIVAL)))
    yield monitor
    monitor.close()


def test_what_is_put_back_is_what_was_there(lived: Monitor, new: New, tmp_path: Path) -> None:
    made = make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    place = new()
    assert restore(place, tmp_path / "backup", keys=None) == made
    again = Monitor(place)
    assert again.ledger() == lived.ledger()
    assert again.rows(CLUES) == lived.rows(CLUES)
    assert len(again.quarantined()) == 1
    person_id = again.installation.vault.pseudonymiser().person_id(f"rid:v1:{NAMED['id_number']}")
    with again.read() as connection:
        assert again.installation.vault.masked(connection, person_id).startswith("王＊")
    assert Rebuilding(again.installation).rebuild() == len(lived.ledger())
    again.close()


def test_the_monitor_goes_on_where_the_backup_ended(lived: Monitor, new: New, tmp_path: Path) -> None:
    make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    place = new()
    restore(place, tmp_path / "backup", keys=None)
    again = Monitor(place)
    assert again.send(said(a_bid_opening(), "opening")).duplicates == 1
    assert again.send(said(a_payment(month="2025-02"), "new"), b"{unreadable too").accepted == 1
    assert len(again.quarantined()) == 2
    again.close()


def test_a_backup_without_keys_needs_them_again(lived: Monitor, new: New, tmp_path: Path) -> None:
    make_backup(lived.settings, tmp_path / "backup", with_keys=False)
    assert not (tmp_path / "backup" / "keys").exists()
    place = new()
    with pytest.raises(BackupUnusable, match="keys"):
        restore(place, tmp_path / "backup", keys=None)
    restore(place, tmp_path / "backup", keys=lived.settings.data / "keys")


def test_other_keys_are_refused_and_nothing_is_left_behind(lived: Monitor, new: New, tmp_path: Path) -> None:
    make_backup(lived.settings, tmp_path / "backup", with_keys=False)
    stranger, place = Monitor(Settings(data=tmp_path / "stranger")), new()
    stranger.close()
    with pytest.raises(OtherKey):
        restore(place, tmp_path / "backup", keys=stranger.settings.data / "keys")
    assert not place.data.exists()
    restore(place, tmp_path / "backup", keys=lived.settings.data / "keys")


def test_a_vault_key_that_opens_nothing_is_refused(lived: Monitor, new: New, tmp_path: Path) -> None:
    make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    (tmp_path / "backup" / "keys" / "vault.key").write_bytes(bytes(32))
    change_manifest(tmp_path / "backup", keys={}, fingerprints={})
    with pytest.raises(OtherKey, match=r"vault\.key"):
        restore(new(), tmp_path / "backup", keys=None)


def test_a_backup_names_the_keys_it_needs(lived: Monitor, new: New, tmp_path: Path) -> None:
    made = make_backup(lived.settings, tmp_path / "backup", with_keys=False)
    assert set(made.fingerprints) == {"vault", "pseudonyms-1", "tokens", "log"}
    kept = tmp_path / "kept"
    shutil.copytree(lived.settings.data / "keys", kept)
    (kept / "log.key").write_bytes(bytes(32))
    place = new()
    with pytest.raises(OtherKey, match=r"log\.key"):
        restore(place, tmp_path / "backup", keys=kept)
    assert not place.data.exists()


def test_a_backup_with_keys_is_refused_where_one_is_missing(lived: Monitor, tmp_path: Path) -> None:
    (lived.settings.data / "keys" / "tokens.key").unlink()
    with pytest.raises(MissingKey, match=r"tokens\.key"):
        make_backup(lived.settings, tmp_path / "backup", with_keys=True)


def test_what_is_there_is_never_replaced(lived: Monitor, tmp_path: Path) -> None:
    make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    with pytest.raises(BackupUnusable, match="not empty"):
        restore(lived.settings, tmp_path / "backup", keys=None)
    if lived.settings.database is not None:
        beside = lived.settings.model_copy(update={"data": tmp_path / "beside"})
        with pytest.raises(BackupUnusable, match="not empty"):
            restore(beside, tmp_path / "backup", keys=None)
    with pytest.raises(BackupUnusable, match="not empty"):
        make_backup(lived.settings, tmp_path / "backup", with_keys=True)


def test_a_file_that_was_changed_is_refused(lived: Monitor, new: New, tmp_path: Path) -> None:
    made = make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    file = tmp_path / "backup" / next(name for name in made.files if "ledger" in name or "clues" in name)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BackupUnusable, match=file.name):
        restore(new(), tmp_path / "backup", keys=None)


def test_a_folder_without_a_backup_is_refused(new: New, tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="no backup"):
        restore(new(), tmp_path, keys=None)


def test_a_backup_is_readable_by_its_owner_alone(lived: Monitor, tmp_path: Path) -> None:
    made = make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    private = [tmp_path / "backup", *(tmp_path / "backup" / name for name in made.files)]
    assert all(file.stat().st_mode & 0o077 == 0 for file in private)


def test_a_backup_of_another_kind_of_database_is_refused(tmp_path: Path, postgres_url: str) -> None:
    monitor = Monitor(Settings(data=tmp_path / "data"))
    make_backup(monitor.settings, tmp_path / "backup", with_keys=True)
    monitor.close()
    with pytest.raises(BackupUnusable, match="another kind"):
        restore(Settings(data=tmp_path / "other", database=postgres_url), tmp_path / "backup", keys=None)


def test_a_ledger_with_a_gap_is_not_put_back(tmp_path: Path) -> None:
    """Even where somebody made the manifest fit."""
    monitor = Monitor(Settings(data=tmp_path / "data"))
    monitor.send(*(said(each, f"paid {each.month}") for each in payments(RIVAL)))
    make_backup(monitor.settings, tmp_path / "backup", with_keys=True)
    monitor.close()
    file = tmp_path / "backup" / "ledger.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM stored_events WHERE id = 2")
        connection.commit()
    written = json.loads((tmp_path / "backup" / manifest.FILE).read_text(encoding="utf-8"))
    written["files"]["ledger.db"] = manifest.digest_of(file)
    (tmp_path / "backup" / manifest.FILE).write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(BackupUnusable, match="some are missing"):
        restore(Settings(data=tmp_path / "other"), tmp_path / "backup", keys=None)
    assert list((tmp_path / "other").iterdir()) == []


def test_a_backup_made_while_facts_come_in_is_whole(tmp_path: Path) -> None:
    monitor = Monitor(Settings(data=tmp_path / "data"))
    ended = threading.Event()

    def go_on() -> None:
        for number in range(100):
            monitor.send(*(said(a_payment(month="2025-03"), f"{number}-{part}") for part in range(50)))
        ended.set()

    writer = threading.Thread(target=go_on)
    writer.start()
    made: list[Manifest] = []
    while not ended.is_set():
        made.append(make_backup(monitor.settings, tmp_path / f"backup-{len(made)}", with_keys=True))
    writer.join()
    monitor.close()
    assert made
    restore(Settings(data=tmp_path / "other"), tmp_path / "backup-0", keys=None)


def test_all_shards_are_backed_up_as_of_one_moment(postgres_url: str, tmp_path: Path) -> None:
    names = [f"cluster_{uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    kafka = Kafka(brokers=("127.0.0.1:9",), shards=2)
    first, second = (
        Settings(data=tmp_path / name, database=f"{postgres_url.rpartition('/')[0]}/{name}", kafka=kafka)
        for name in names
    )
    open_shards(str(first.database), 2).close()
    Installation.open(first, shard=1).close()
    made = make_backup(first, tmp_path / "backup", with_keys=True)
    assert set(made.entries) == {"shard_0", "shard_1", "console"}
    assert restore(second, tmp_path / "backup", keys=None) == made
    Installation.open(second, shard=1).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def change_manifest(folder: Path, **given: object) -> None:
    file = folder / manifest.FILE
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **given}), encoding="utf-8")


def test_a_manifest_that_names_nothing_or_too_little_is_refused(lived: Monitor, new: New, tmp_path: Path) -> None:
    made = make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    for named in ({}, dict(list(made.files.items())[1:])):
        change_manifest(tmp_path / "backup", files=named)
        place = new()
        with pytest.raises(BackupUnusable, match="name"):
            restore(place, tmp_path / "backup", keys=None)
        assert not (place.data / "keys").exists()


def test_a_key_that_was_changed_in_the_backup_is_refused(lived: Monitor, new: New, tmp_path: Path) -> None:
    make_backup(lived.settings, tmp_path / "backup", with_keys=True)
    (tmp_path / "backup" / "keys" / "tokens.key").write_bytes(b"x" * 32)
    with pytest.raises(BackupUnusable, match=r"tokens\.key is missing or not what was written"):
        restore(new(), tmp_path / "backup", keys=None)
