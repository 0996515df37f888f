"""A folder at an SFTP server: its files come in once, whole, and from no other server."""

import os
from pathlib import Path

import pytest

from infra.deliveries.pulls.configuration import PullFailed, SftpFolder
from infra.deliveries.pulls.sftp_folder import SftpPuller
from tests.bureau_servers import PASSWORD, USER, SftpServer, a_new, sftp_server


def a_puller(sftp: SftpServer, folder: Path, *, settled_seconds: float = 0, most_bytes: int = 1_000) -> SftpPuller:
    folder.mkdir(exist_ok=True)
    (folder / "password").write_text(PASSWORD)
    given = SftpFolder(host="127.0.0.1", port=sftp.port, user=USER, host_key=sftp.host_key, password_file="password")
    return SftpPuller(given, folder, lambda name: name.endswith(".csv"), settled_seconds, most_bytes)


async def pulled(puller: SftpPuller) -> list[str]:
    return [found.name if isinstance(found, Path) else str(found) async for found in puller.pull()]


async def test_each_file_comes_once_and_again_when_it_was_replaced(sftp: SftpServer, tmp_path: Path) -> None:
    first, second = sftp.folder / "社保2025-04.csv", sftp.folder / "社保2025-05.csv"
    first.write_bytes(b"a" * 700_000)
    second.write_bytes(b"b")
    for number, file in enumerate((first, second)):
        os.utime(file, (1_000 + number, 1_000 + number))
    (sftp.folder / "notes.txt").write_bytes(b"x")
    (sftp.folder / "folder.csv").mkdir()
    (sftp.folder / "empty.csv").touch()
    (sftp.folder / "link.csv").symlink_to("/etc/passwd")
    folder = tmp_path / "in"
    assert await pulled(a_puller(sftp, folder, most_bytes=10**6)) == [first.name, second.name]
    assert (folder / first.name).read_bytes() == b"a" * 700_000
    assert await pulled(a_puller(sftp, folder)) == []
    (folder / second.name).unlink()  # It was taken.
    second.write_bytes(b"cc")
    assert await pulled(a_puller(sftp, folder)) == [second.name]
    assert (folder / second.name).read_bytes() == b"cc"


async def test_a_file_that_is_still_written_waits_and_costs_the_others_nothing(
    sftp: SftpServer, tmp_path: Path
) -> None:
    (sftp.folder / "a.csv").write_bytes(b"a")
    puller = a_puller(sftp, tmp_path / "in", settled_seconds=0.05)
    assert (await pulled(puller), puller.waits) == ([], True)
    (sftp.folder / "a.csv").write_bytes(b"aa")
    assert (await pulled(puller), puller.waits) == ([], True)
    (sftp.folder / "b.csv").write_bytes(b"b")
    os.utime(sftp.folder / "a.csv", (1, 1))
    found: list[str] = []
    while puller.waits:
        found += await pulled(puller)
    assert sorted(found) == ["a.csv", "b.csv"]


async def test_one_file_that_cannot_be_fetched_costs_only_itself(sftp: SftpServer, tmp_path: Path) -> None:
    (sftp.folder / "a.csv").write_bytes(b"a" * 2_000)
    (sftp.folder / "b.csv").write_bytes(b"b")
    large, small = sorted(await pulled(a_puller(sftp, tmp_path / "in")), reverse=True)
    assert ("more than 1,000 bytes" in large, small) == (True, "b.csv")


async def test_a_file_of_the_same_name_that_waits_there_is_kept(sftp: SftpServer, tmp_path: Path) -> None:
    (sftp.folder / "a.csv").write_bytes(b"theirs")
    puller = a_puller(sftp, tmp_path / "in")
    (tmp_path / "in" / "a.csv").write_bytes(b"ours")
    assert await pulled(puller) == ["a.2.csv"]
    assert (tmp_path / "in" / "a.csv").read_bytes() == b"ours"


async def test_who_dies_between_the_file_and_the_note_of_it_fetches_the_same_file_again(
    sftp: SftpServer, tmp_path: Path
) -> None:
    (sftp.folder / "a.csv").write_bytes(b"a")
    folder = tmp_path / "in"
    await pulled(a_puller(sftp, folder))
    (remembered,) = (folder / ".pulled").glob("*.json")
    remembered.unlink()
    assert await pulled(a_puller(sftp, folder)) == ["a.csv"]
    assert {each.name for each in folder.glob("*.csv")} == {"a.csv"}


async def test_another_server_gets_no_password_and_gives_no_file(sftp: SftpServer, tmp_path: Path) -> None:
    async with sftp_server(a_new(tmp_path / "other")) as other:
        (other.folder / "a.csv").write_bytes(b"a")
        puller = a_puller(SftpServer(other.folder, other.port, sftp.host_key), tmp_path / "in")
        with pytest.raises(PullFailed, match="HostKeyNotVerifiable"):
            await pulled(puller)
        puller = a_puller(other, tmp_path / "in")
        (tmp_path / "in" / "password").write_text("wrong")
        with pytest.raises(PullFailed, match="PermissionDenied"):
            await pulled(puller)
        puller = a_puller(SftpServer(other.folder, other.port, "ssh-ed25519 nokey"), tmp_path / "in")
        with pytest.raises(PullFailed, match="KeyImportError"):
            await pulled(puller)
    with pytest.raises(PullFailed, match="cannot be fetched"):
        await pulled(a_puller(other, tmp_path / "in"))
