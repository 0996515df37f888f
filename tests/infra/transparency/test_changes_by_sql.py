"""Fifty changes made by SQL, by somebody who has the database and not the keys: the audit sees each of them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest
from sqlalchemy import Connection, true

from alerts.channels.webhook import Endpoint
from alerts.deliveries import Deliveries, Subscriber
from alerts.inbox import last_notice_id
from alerts.readings import mark_read
from domain.access import Actor, Role
from domain.accounts.account import WhyDisabled
from domain.errors import MonitorError
from infra.identity.access import Access
from infra.identity.passwords import SECRETS
from infra.identity.sessions import OpenSession, SessionRegister
from infra.identity.tokens import TokenRegister, Why
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from infra.storage.migrations import metadatas
from infra.transparency.audit import Audit, Audited
from infra.transparency.beside import CHECKED_AT_OPENING, OUTSIDE, SUMMED
from infra.transparency.tampered import Tampered
from projections.index.subject_index import SEEN_TABLES, SUBJECT_TABLES
from projections.table_sums import summed
from streams.shard.rebuild import BOARDS
from tests.builders import BIDDER, RIVAL, a_bid, a_bid_opening, a_payment, payments
from tests.monitor import OPERATOR, Monitor, said
from tests.outsized import a_person

SUPERVISOR = Actor(Role.SUPERVISOR, "Guangzhou", jurisdiction="440100")


def lived_through(opened: Monitor) -> None:
    """Facts, people, a clue and its notices, a refused message, a reading, deliveries and tokens."""
    person = a_person(1)
    opened.send(*(said(each, f"paid-{each.month}") for each in payments(RIVAL, person={"person_id": "a" * 64})))
    opened.send(said(a_bid_opening(bids=(a_bid(person={"person_id": "a" * 64}, bidder=BIDDER),)), "opening"))
    named = {**said(a_payment(), "named"), "data": {**said(a_payment(), "named")["data"], "person": person}}
    opened.send(named, b'{"id": "broken"}', b'{"id": "broken too"}')
    opened.shard.decide(lambda connection, at: mark_read(connection, _of_supervisor(opened), SUPERVISOR, at=at))
    endpoint = Endpoint("city", "https://city.example", ())
    deliveries = Deliveries(opened.installation.database, Subscriber(endpoint, SUPERVISOR), opened.clock)
    deliveries._take_due()
    with opened.installation.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE webhook_endpoints SET last_notice_id = 0")  # from here on it gets all
    _resum(opened)
    deliveries._take_due()
    access = Access(b"t" * 32, issuer="here", audience="here", clock=opened.clock)
    register = TokenRegister(opened.installation.database, clock=opened.clock)
    for _ in range(2):
        register.add(access.issue(SUPERVISOR, expires=timedelta(days=1)))
    register.end("session", opened.clock() + timedelta(hours=1), Why.SIGNED_OUT)
    sessions = SessionRegister(opened.installation.database, idle=timedelta(hours=1), clock=opened.clock)
    now = opened.clock()
    sessions.add(OpenSession("session", "token:1", "supervisor:440100", "token", now, now, now + timedelta(hours=1)))
    _an_account(opened)
    row = {"account_id": "a", "password": "hash", "second_factor": b"sealed", "last_step": 1, "set_at": "2026"}
    with opened.installation.database.transaction() as connection, summed(connection, SECRETS, true()):
        connection.execute(SECRETS.insert(), row)
    opened.send(said(a_payment(month="2025-01"), "last"))


def _an_account(opened: Monitor) -> None:
    account_id, decisions = UUID(int=1), opened.installation.decisions

    def disabled(connection: Connection, at: datetime) -> None:
        decisions.open_account(connection, account_id, "d" * 32, "k" * 64, OPERATOR, at=at)
        decisions.change_account(connection, account_id, lambda one: one.disable(WhyDisabled.LEFT, OPERATOR, at=at))

    opened.shard.decide(disabled)


def _resum(opened: Monitor) -> None:
    """What the line above wrote by hand counts as written by us."""
    with opened.installation.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM table_sums WHERE name = 'webhook_endpoints'")


def _of_supervisor(opened: Monitor) -> int:
    with opened.read() as connection:
        found = connection.exec_driver_sql("SELECT notice_id FROM notices WHERE recipient_role = 'supervisor'").scalar()
    assert isinstance(found, int)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    opened = Monitor(Settings(data=tmp_path_factory.mktemp("whole")))
    lived_through(opened)
    with opened.read() as connection:
        for table in SUMMED:
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table.name}").scalar(), table.name
        assert last_notice_id(connection)
    opened.close()
    with closing(sqlite3.connect(opened.settings.data / "ledger.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return opened.settings.data


def audited(data: Path) -> Audited:
    opened = Installation.open(Settings(data=data))
    try:
        with opened.database.read() as connection:
            found = Audit(connection, opened.log_identity.verifier()).run()
            Rebuilding(opened).rebuild()
    finally:
        opened.close()
    return found


def test_what_nobody_changed_is_whole_and_bound(whole: Path, tmp_path: Path) -> None:
    assert audited(copytree(whole, tmp_path / "data")).unbound == 0


def changes() -> dict[str, list[str]]:
    """Statements by the name of the change; one a line."""
    _, *named = (Path(__file__).parent / "changes.sql").read_text(encoding="utf-8").split("\n-- ")
    return {name: lines for name, *lines in (each.strip().splitlines() for each in named)}


CHANGES = changes()


@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(whole: Path, tmp_path: Path, statements: Sequence[str]) -> None:
    data = copytree(whole, tmp_path / "data")
    with closing(sqlite3.connect(data / "ledger.db")) as database, database:
        for statement in statements:
            assert database.execute(statement).rowcount != 0, statement
    with pytest.raises(MonitorError):
        audited(data)


def test_there_are_fifty_of_them() -> None:
    assert len(CHANGES) >= 50


def test_a_table_put_back_with_its_sum_is_seen(whole: Path, tmp_path: Path) -> None:
    """What was refused is taken away by putting back table and sum as they were before: both fit each other."""
    data = copytree(whole, tmp_path / "data")
    kept = ("quarantine", "table_sums")
    with closing(sqlite3.connect(data / "ledger.db")) as database:
        before = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in kept}
    opened = Monitor(Settings(data=data))
    opened.send(said(a_payment(month="2025-02"), "more"), b'{"id": "to be hidden"}')
    opened.close()
    with closing(sqlite3.connect(data / "ledger.db")) as database, database:
        for name, rows in before.items():
            database.execute(f"DELETE FROM {name}")
            database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    with pytest.raises(Tampered, match="table quarantine was put back"):
        audited(data)


def test_what_came_after_the_newest_checkpoint_is_counted(whole: Path, tmp_path: Path) -> None:
    data = copytree(whole, tmp_path / "data")
    opened = Monitor(Settings(data=data))
    opened.send(b'{"id": "refused alone"}')
    opened.close()
    assert audited(data).unbound == 1


def test_an_erased_person_leaves_a_record_that_is_whole(whole: Path, tmp_path: Path) -> None:
    data = copytree(whole, tmp_path / "data")
    opened = Installation.open(Settings(data=data))
    with opened.database.transaction() as connection:
        person = connection.exec_driver_sql("SELECT person_id FROM identities").scalar()
        assert opened.vault.erase(connection, str(person)) == 1
    opened.close()
    assert audited(data).unbound == 1


def test_every_table_is_derived_summed_checked_or_said_to_be_outside() -> None:
    derived = {*(table.name for table in BOARDS), "notices"}
    for index in (SUBJECT_TABLES, SEEN_TABLES):
        derived |= {index.runs.name, index.segments.name}
    log = {
        "stored_events",
        "fact_blocks",
        "fact_block_streams",
        "tracking",
        "batches",
        "log_tiles",
        "log_checkpoints",
        "log_cosignatures",
    }
    bound = {
        *(table.name for table in SUMMED),
        "table_sums",
        "log_beside",
        "identity_index_runs",
        "identity_index_segments",
    }
    there = {name for metadata in metadatas() for name in metadata.tables}
    assert there == derived | log | bound | set(OUTSIDE) | set(CHECKED_AT_OPENING) - {"alembic_version"}
