"""The data folder: one writer at a time."""

from pathlib import Path

import pytest

from infra.command_line.folder import DataFolder, FolderHeld


def test_a_held_folder_cannot_be_held_again(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.held(), pytest.raises(FolderHeld), folder.held():
        pass
    with folder.held():
        pass


def test_the_address_of_a_server_is_known_while_it_holds_the_folder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.server() is None
    with folder.held(), folder.announced("http://127.0.0.1:1"):
        assert folder.server() == "http://127.0.0.1:1"
    assert folder.server() is None


def test_a_folder_held_by_another_command_has_no_server(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.held(), pytest.raises(FolderHeld):
        folder.server()


def test_an_address_left_by_a_crash_is_not_believed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "server.json").write_text('{"url": "http://127.0.0.1:1"}', encoding="utf-8")
    (tmp_path / "lock").touch()
    assert folder.server() is None
    with folder.held(), pytest.raises(FolderHeld):
        folder.server()


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    DataFolder(tmp_path / "data").prepare()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
