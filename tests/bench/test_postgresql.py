"""The server of the tests, wherever the checkout lies and whoever runs them."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bench.postgresql import postgres_programs, programs_for, running_postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """Anybody may enter it, which is not so of the test's own folder."""
    found = Path(tempfile.mkdtemp(prefix="监测 postgres-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_in_a_folder_that_only_root_may_enter_are_run_as_nobody(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(next(postgres_programs()).parent, closed / "pginstall", ignore=shutil.ignore_patterns("include"))
    found = programs_for(nobody.pw_uid, nobody.pw_gid, closed / "pginstall" / "bin", folder / "copy")
    said = subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, user=nobody.pw_uid)
    assert said.stdout.startswith(b"postgres (PostgreSQL)")


@pytest.mark.postgresql
def test_a_server_whose_folder_has_spaces_and_chinese_characters_answers(folder: Path) -> None:
    with running_postgres(folder, durable=False) as url, closing(psycopg.connect(url)) as connection:
        assert connection.execute("SELECT '开标'").fetchone() == ("开标",)
