"""A drill of new keys: what was sealed is readable, tokens end, and an interruption at any moment is made good."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.set_aside import SET_ASIDE
from domain.access import Actor, Role
from domain.facts.access import KEYS_SUBJECT, Cause, KeyChanged
from infra.backup.making import make_backup, restore
from infra.cluster.console import Console
from infra.cluster.holding import StillConnected, check_nobody_connected
from infra.cluster.united import CONSOLE
from infra.identity.access import Access
from infra.identity.known_keys import OtherKey
from infra.identity.refused_tokens import NotAuthenticated
from infra.identity.tokens import TokenRegister
from infra.installation import KEYS_FOLDER, Installation
from infra.key_changes import SEALED, SHORT_LIVED, change_key
from infra.key_shares import SharesUnusable, join, split
from infra.rebuilding import Rebuilding
from infra.serving.server import access_of
from infra.settings import Settings
from infra.storage.migrations import metadatas
from infra.transparency.audit import Audit
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import SubjectReader
from tests.builders import a_registration
from tests.infra.http.workers import cluster_folder
from tests.monitor import OPERATOR, Clock, Monitor, as_bytes, said

NAMED = {"name": "王小明", "id_number": "11010519491231002X"}
ACTOR = Actor(Role.AUDITOR, "审计")


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Monitor]:
    """With a person's identity, unknown fields, and a message in quarantine."""
    monitor = Monitor(Settings(data=tmp_path / "data"))
    named = said(a_registration(), "named")
    monitor.send({**named, "data": {**named["data"], "person": NAMED, "note": "未知字段"}}, b"{unreadable")
    yield monitor
    monitor.close()


def changed(monitor: Monitor, key: str) -> None:
    change_key(monitor.installation, key, cause=Cause.ROUTINE, by="wang")
    monitor.reopen()


def check_whole(monitor: Monitor) -> None:
    """Everything opens, the log and all that hangs in it is whole, and one more fact is recorded."""
    installation = monitor.installation
    person = installation.vault.pseudonymiser().person_id(f"rid:v1:{NAMED['id_number']}")
    with monitor.read() as connection:
        assert installation.vault.masked(connection, person).startswith("王＊")
        for entry in monitor.quarantined():
            assert installation.quarantine.opened(connection, entry.quarantine_id, OPERATOR) == b"{unreadable"
        Audit(connection, installation.log_identity.verifier()).run()
    before = len(monitor.ledger())
    monitor.send(said(a_registration(), f"after {before}"))
    assert len(monitor.ledger()) > before
    assert Rebuilding(installation).rebuild() == len(monitor.ledger())


def keys_of(monitor: Monitor) -> Path:
    return monitor.settings.data / KEYS_FOLDER


def test_what_was_sealed_is_readable_under_a_new_vault_key(lived: Monitor) -> None:
    before = (keys_of(lived) / "vault.key").read_bytes()
    login = lived.installation.vault.login_key("wang")
    changed(lived, "vault")
    assert (keys_of(lived) / "vault.key").read_bytes() != before
    assert lived.installation.vault.login_key("wang") == login
    check_whole(lived)


def test_a_vault_key_can_be_changed_again(lived: Monitor) -> None:
    login = lived.installation.vault.login_key("wang")
    changed(lived, "vault")
    changed(lived, "vault")
    assert lived.installation.vault.login_key("wang") == login
    check_whole(lived)


def test_a_change_is_a_fact_with_both_fingerprints(lived: Monitor) -> None:
    changed(lived, "vault")
    with lived.read() as connection:
        (fact,) = SubjectFacts(SubjectReader(), lived.installation.recorder).of(connection, KEYS_SUBJECT)
    assert isinstance(fact.data, KeyChanged)
    assert (fact.data.key, fact.data.cause, fact.data.changed_by) == ("vault", "routine", "wang")
    assert fact.data.before != fact.data.fingerprint


def test_every_token_ends_with_the_key_that_signed_it(lived: Monitor) -> None:
    access = access_of(lived.installation)
    issued = access.issue(ACTOR, expires=timedelta(days=1))
    TokenRegister(lived.installation.database).add(issued)
    changed(lived, "tokens")
    after: Access = access_of(lived.installation)
    with pytest.raises(NotAuthenticated):
        after.authenticate(issued.token)
    assert [each.ended_at is not None for each in TokenRegister(lived.installation.database).tokens()] == [True]
    assert after.authenticate(after.issue_token(ACTOR, expires=timedelta(days=1))) == ACTOR
    check_whole(lived)


@pytest.mark.parametrize("key", ["vault", "tokens"])
def test_a_change_that_ended_before_its_commit_changed_nothing(lived: Monitor, tmp_path: Path, key: str) -> None:
    lived.close()
    shutil.copytree(lived.settings.data, tmp_path / "before")
    lived.reopen()
    changed(lived, key)
    # The new key lies there, and the database knows nothing of it.
    interrupted = tmp_path / "before"
    shutil.copy(keys_of(lived) / f"{key}.key", interrupted / KEYS_FOLDER / f"{key}.next")
    again = Monitor(Settings(data=interrupted))
    check_whole(again)
    changed(again, key)
    check_whole(again)
    again.close()


@pytest.mark.parametrize("key", ["vault", "tokens"])
def test_a_change_that_ended_behind_its_commit_is_finished_by_the_next_start(lived: Monitor, key: str) -> None:
    old = (keys_of(lived) / f"{key}.key").read_bytes()
    changed(lived, key)
    lived.close()
    # The database knows the new key, which does not lie in its place yet.
    shutil.move(keys_of(lived) / f"{key}.key", keys_of(lived) / f"{key}.next")
    (keys_of(lived) / f"{key}.key").touch(mode=0o600)
    (keys_of(lived) / f"{key}.key").write_bytes(old)
    lived.reopen()
    assert not (keys_of(lived) / f"{key}.next").exists()
    check_whole(lived)


def test_a_backup_from_before_needs_the_key_that_was_retired(lived: Monitor, tmp_path: Path) -> None:
    made = make_backup(lived.settings, tmp_path / "backup", with_keys=False)
    changed(lived, "vault")
    kept = tmp_path / "kept"
    shutil.copytree(keys_of(lived), kept)
    with pytest.raises(OtherKey, match=r"vault\.key"):
        restore(Settings(data=tmp_path / "place"), tmp_path / "backup", keys=kept)
    shutil.copy(kept / "retired" / f"vault-{made.fingerprints['vault']}.key", kept / "vault.key")
    restore(Settings(data=tmp_path / "place"), tmp_path / "backup", keys=kept)
    Installation.open(Settings(data=tmp_path / "place")).close()


def test_in_a_cluster_all_shards_have_the_new_key(tmp_path: Path, postgres_url: str) -> None:
    with cluster_folder(postgres_url, tmp_path / "data") as settings:
        with closing(Console.open(settings)), pytest.raises(StillConnected):
            check_nobody_connected(str(settings.database))
        check_nobody_connected(str(settings.database))
        named = said(a_registration(), "named")
        with closing(Installation.open(settings, clock=Clock(), shard=1)) as other:
            message = as_bytes({**named, "data": {**named["data"], "person": NAMED}})
            other.open_shard().commit([other.intake().prepare([message])])
        with closing(Installation.open(settings, shard=0)) as first:
            change_key(first, "vault", cause=Cause.LEAKED, by="wang", schemas=("shard_0", "shard_1", CONSOLE))
        with closing(Installation.open(settings, shard=1)) as second:
            person = second.vault.pseudonymiser().person_id(f"rid:v1:{NAMED['id_number']}")
            with second.database.read() as connection:
                assert second.vault.masked(connection, person).startswith("王＊")
                Audit(connection, second.log_identity.verifier()).run()
        Console.open(settings).close()


def test_every_table_with_sealed_content_is_sealed_again_or_emptied() -> None:
    sealing = {table.name for metadata in metadatas() for table in metadata.sorted_tables if "sealed" in table.columns}
    assert {each.table.name for each in SEALED} | {each.name for each in SHORT_LIVED} == sealing
    assert SET_ASIDE.name in sealing


def test_any_three_of_five_shares_give_a_key_back() -> None:
    key = bytes(range(32))
    shares = split(key, shares=5, needed=3)
    assert join(shares[:3]) == join([shares[4], f" {shares[1]}\n", shares[2]]) == key


def test_two_of_three_needed_shares_give_nothing() -> None:
    with pytest.raises(SharesUnusable):
        join(split(bytes(32), shares=5, needed=3)[:2])


def test_a_share_with_a_word_that_was_misread_is_refused() -> None:
    first, *others = split(bytes(32), shares=3, needed=2)
    words = first.split()
    words[7] = "academic" if words[7] != "academic" else "acid"
    with pytest.raises(SharesUnusable):
        join([" ".join(words), others[0]])
