"""A database goes forward to this version's tables, once, and never to tables it does not know."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Connection, inspect, text

from infra.storage.database import Database, open_database
from infra.storage.migrations import (
    TABLE_OWNERS,
    VERSION_TABLE,
    VERSIONS,
    SchemaUnknown,
    known_versions,
    metadatas,
    upgrade,
    version,
    versions,
)
from infra.storage.postgresql_engines import postgresql_engines, postgresql_url
from infra.storage.sqlite_engines import sqlite_engines
from tests.infra.storage.migrations.freeze import frozen
from tests.needs import ANYWHERE

NEXT = "9999"
STEP = f'''
"""Test step."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{known_versions()[-1]}"


def upgrade() -> None:
    with op.batch_alter_table("batches") as batches:
        batches.add_column(sa.Column("seconds", sa.Integer, nullable=False, server_default="0"))
'''


@pytest.fixture
def with_a_step(tmp_path: Path) -> Path:
    """The steps there are, and one more."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for step in VERSIONS.glob("v*.py"):
        (folder / step.name).write_text(step.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / f"v{NEXT}_test.py").write_text(STEP, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Where:
    """A place without tables."""

    place: str | Path
    schema: str | None

    @property
    def dialect(self) -> str:
        return "sqlite" if self.schema is None else "postgresql"

    @contextmanager
    def opened(self) -> Iterator[Database]:
        database = open_database(self.place, schema=self.schema)
        try:
            yield database
        finally:
            database.close()


@pytest.fixture(params=ANYWHERE)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    yield from _empty(request, tmp_path / "one.db")


@pytest.fixture
def another(request: pytest.FixtureRequest, empty: Where, tmp_path: Path) -> Iterator[Where]:
    """Of the same kind."""
    yield from _empty(request, tmp_path / "other.db", dialect=empty.dialect)


def _empty(request: pytest.FixtureRequest, file: Path, *, dialect: str | None = None) -> Iterator[Where]:
    if (dialect or request.param) == "sqlite":
        yield Where(file, None)
        return
    where = Where(request.getfixturevalue("postgres_url"), f"empty_{uuid4().hex}")
    yield where
    with psycopg.connect(str(where.place), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {where.schema} CASCADE")


def described(connection: Connection) -> dict[str, Any]:
    """All tables with what matters of them."""
    seen = inspect(connection)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            "primary_key": seen.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(table)),
            "indexes": sorted((i["name"], tuple(i["column_names"]), i["unique"]) for i in seen.get_indexes(table)),
        }
        for table in sorted(seen.get_table_names())
    }


def run_statements(where: Where, statements: list[str]) -> None:
    """In a database that is not opened by our program."""
    if where.schema is None:
        writers, readers = sqlite_engines(Path(where.place))
    else:
        writers, readers = postgresql_engines(postgresql_url(str(where.place)), search_path=where.schema)
        statements = [f"CREATE SCHEMA {where.schema}", *statements]
    with writers.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    writers.dispose()
    readers.dispose()


def test_each_step_has_a_number_of_its_own_and_follows_the_one_before() -> None:
    """Two branches that take the same number are found here, before a database cannot be upgraded."""
    folder = Path(versions.__file__).parent
    steps = [file.stem for file in sorted(folder.glob("v[0-9]*.py"))]
    assert [name[:5] for name in steps] == [f"v{number:04d}" for number in range(1, len(steps) + 1)]
    for name in steps[1:]:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        number = int(name[1:5])
        assert f'revision = "{number:04d}"\ndown_revision = "{number - 1:04d}"' in text


def test_every_module_with_tables_is_named() -> None:
    """A table that is not made with the others would be missing in a database made by another command."""
    owners = set()
    root = Path(__file__).parents[4]
    for package in ("alerts", "infra", "projections", "streams"):
        for module in (root / package).rglob("*.py"):
            if re.search(r"= (Table|IndexTables\.named)\(|\bTable\(\n", module.read_text(encoding="utf-8")):
                owners.add(".".join(module.relative_to(root).with_suffix("").parts))
    assert sorted(owners - {"projections.index.tables"}) == sorted(TABLE_OWNERS)


def test_a_new_database_bears_the_newest_version(database: Database) -> None:
    with database.read() as connection:
        assert version(connection) == known_versions()[-1]
        assert {name for each in metadatas() for name in each.tables} <= set(inspect(connection).get_table_names())


def test_a_database_of_the_first_release_becomes_like_a_new_one(empty: Where, another: Where) -> None:
    """Fails when a table was changed without a step; before the first release, freeze the baseline anew."""
    run_statements(empty, frozen(empty.dialect))
    with empty.opened() as old, another.opened() as new, old.read() as one, new.read() as other:
        assert described(one) == described(other)


def test_a_step_is_taken_once_and_keeps_what_is_there(database: Database, with_a_step: Path) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO batches (batch, first_position, last_position, recorded_at)"
            " VALUES (1, 1, 5, '2025-12-01T00:00:00.000000+00:00')"
        )
    upgrade(database, versions=with_a_step)
    upgrade(database, versions=with_a_step)
    with database.read() as connection:
        assert version(connection) == NEXT
        assert connection.exec_driver_sql("SELECT last_position, seconds FROM batches").all() == [(5, 0)]


def test_a_step_that_fails_leaves_everything_as_it_was(database: Database, with_a_step: Path) -> None:
    broken = with_a_step / f"v{NEXT}_test.py"
    broken.write_text(broken.read_text(encoding="utf-8") + "        raise ZeroDivisionError\n", encoding="utf-8")
    with database.read() as connection:
        before = described(connection)
    with pytest.raises(ZeroDivisionError):
        upgrade(database, versions=with_a_step)
    with database.read() as connection:
        assert described(connection) == before
        assert version(connection) == known_versions()[-1]


def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'")
    with pytest.raises(SchemaUnknown, match="newer program") as caught:
        upgrade(database)
    assert (caught.value.found, caught.value.newest) == (NEXT, known_versions()[-1])


def test_tables_without_a_version_are_refused(empty: Where) -> None:
    run_statements(empty, ["CREATE TABLE clues (clue_id VARCHAR(36))"])
    with pytest.raises(SchemaUnknown, match="no version"), empty.opened():
        pass


def test_who_comes_second_waits_and_finds_it_done(empty: Where) -> None:
    """Several processes start at once on one new database."""
    with ThreadPoolExecutor(4) as pool:
        for opening in [pool.submit(_open, empty) for _ in range(4)]:
            opening.result()


def _open(where: Where) -> None:
    with where.opened():
        pass


def test_rows_written_before_case_groups_had_their_name_are_kept_under_the_new_name(empty: Where) -> None:
    notice = '{"bidder": "广东甲建设有限公司", "docket": "sites", "title": "一号工程"}'
    columns = "notice_id, clue_id, revision, recipient_role, recipient_key, channel, occasion, content, created_at"
    values = f"1, 'c1', 1, 'supervisor', '440100', 'inbox', 'raised', '{notice}', '2026-01-01'"
    waiting = "INSERT INTO due_dates (scope, due_at) VALUES ('sites:person:p1', '2026-01-01')"
    run_statements(empty, [*frozen(empty.dialect), waiting, f"INSERT INTO notices ({columns}) VALUES ({values})"])
    with empty.opened() as database, database.read() as connection:
        assert connection.execute(text("SELECT case_group FROM due_dates")).scalars().all() == ["sites:person:p1"]
        content = connection.execute(text("SELECT content FROM notices")).scalar_one()
    assert content == '{"bidder": "广东甲建设有限公司", "case_kind": "sites", "title": "一号工程"}'
