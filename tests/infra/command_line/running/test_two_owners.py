"""A folder has one owner: whoever else starts something there is told so before anything is made."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from infra.installation import Installation
from infra.settings import Settings
from infra.storage.private_files import OtherOwner, check_owner
from tests.infra.command_line.conftest import RecordedCity, Run, answer

SERVICE = 54_321
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to somebody else")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


def content(folder: Path) -> dict[str, int]:
    return {str(each): each.stat().st_uid for each in folder.rglob("*")}


@needs_root
@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("token", "--role", "operator"), ("ingest", __file__)])
def test_root_makes_no_files_in_the_folder_of_the_service(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, SERVICE, SERVICE)
    result = run(*command, "--data", data, env={"TENDER_MONITOR_LANGUAGE": "en"})
    assert result.exit_code == 2, result.output
    assert f"{data} belongs to user {SERVICE}, and this runs as root" in result.stderr
    assert content(data) == {}


@needs_root
@pytest.mark.parametrize("file", ["ledger.db", "keys", "keys/vault.key"])
def test_a_file_that_somebody_else_made_is_named(tmp_path: Path, file: str) -> None:
    Installation.open(Settings(data=tmp_path / "data")).close()
    os.chown(tmp_path / "data" / file, SERVICE, SERVICE)
    before = content(tmp_path)
    with pytest.raises(OtherOwner) as refused:
        Installation.open(Settings(data=tmp_path / "data"))
    assert refused.value.path == tmp_path / "data" / file
    assert content(tmp_path) == before


@needs_root
def test_doctor_names_a_file_of_another_owner(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = shutil.copytree(city.data, tmp_path / "data")
    os.chown(data / "ledger.db", SERVICE, SERVICE)
    result = run("doctor", "--data", data, "--json", env={"TENDER_MONITOR_LANGUAGE": "zh"})
    found = {each["check"]: each for each in answer(result, 1)}
    assert f"{data}/ledger.db属于用户user {SERVICE}" in found["data folder"]["detail"]


@needs_root
def test_a_folder_that_our_group_may_write_is_ours_too() -> None:
    with TemporaryDirectory() as made:
        volume, own_group = Path(made), os.getegid()
        os.chown(volume, 0, SERVICE)
        volume.chmod(0o2770)
        os.setegid(SERVICE)
        os.seteuid(SERVICE)
        try:
            check_owner(volume)
        finally:
            os.seteuid(0)
            os.setegid(own_group)


@needs_root
def test_what_is_not_ours_may_belong_to_anybody(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    os.chown(tmp_path / "lost+found", SERVICE, SERVICE)
    check_owner(tmp_path)


def test_a_strict_umask_keeps_nobody_out_of_the_own_keys(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        (tmp_path / "data").mkdir(mode=0o700)
        (tmp_path / "data").chmod(0o700)
        (tmp_path / "data" / "keys").mkdir()
        (tmp_path / "data" / "keys").chmod(0o700)
        Installation.open(Settings(data=tmp_path / "data")).close()
    finally:
        os.umask(before)
    made = [each for each in (tmp_path / "data").rglob("*") if each.suffix in {".key", ".db"}]
    assert {each.stat().st_mode & 0o777 for each in made} == {0o600}


def test_a_server_whose_port_is_taken_leaves_nothing(run: Run, tmp_path: Path, taken_port: int) -> None:
    result = run("serve", "--port", taken_port, "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert f"port {taken_port}" in result.stderr
    assert not (tmp_path / "data").exists()


def test_doctor_says_that_the_port_is_taken(run: Run, city: RecordedCity, taken_port: int) -> None:
    result = run("doctor", "--data", city.data, "--json", env={"TENDER_MONITOR_HTTP__PORT": str(taken_port)})
    found = {each["check"]: each for each in answer(result)}
    assert found["port"]["result"] == "note"
    assert str(taken_port) in found["port"]["detail"]
