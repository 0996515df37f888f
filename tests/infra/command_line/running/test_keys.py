"""``keys``: list, change, split and join, as an operator calls them."""

import shutil
from pathlib import Path

import pytest

from tests.infra.command_line.conftest import RecordedCity, Run, answer


@pytest.fixture
def data(city: RecordedCity, tmp_path: Path) -> Path:
    return shutil.copytree(city.data, tmp_path / "data")


def test_keys_are_listed_by_fingerprint_and_never_shown(run: Run, city: RecordedCity) -> None:
    result = run("keys", "list", "--data", city.data, "--json")
    listed = {each["key"]: each for each in answer(result)}
    assert set(listed) == {"vault", "pseudonyms-1", "tokens", "log"}
    assert {each["state"] for each in listed.values()} == {"in use"}
    for file in (city.data / "keys").glob("*.key"):
        assert file.read_bytes().hex() not in result.stdout


def test_a_leaked_vault_key_is_changed_and_all_is_whole(run: Run, data: Path) -> None:
    before = (data / "keys" / "vault.key").read_bytes()
    found = answer(run("keys", "change", "vault", "--cause", "leaked", "--data", data, "--json"))
    assert (found["resealed"] > 0, found["unreadable"]) == (True, 0)
    assert (data / "keys" / "vault.key").read_bytes() != before
    assert answer(run("audit", "--data", data, "--json"))["entries"] > 0
    listed = {each["key"]: each["state"] for each in answer(run("keys", "list", "--data", data, "--json"))}
    assert listed["vault"] == listed["logins"] == "in use"


def test_a_lost_key_is_put_back_from_shares(run: Run, data: Path, tmp_path: Path) -> None:
    vault = data / "keys" / "vault.key"
    key = vault.read_bytes()
    files = answer(run("keys", "split", "vault", tmp_path / "shares", "--data", data, "--json"))["files"]
    assert [Path(file).stat().st_mode & 0o777 for file in files] == [0o600] * 5
    assert run("keys", "join", "vault", *files[:3], "--data", data).exit_code == 2  # it is there
    vault.unlink()
    refused = run("keys", "join", "vault", *files[:2], "--data", data, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert refused.exit_code == 2
    assert "所给份额无法还原密钥" in refused.stderr
    assert not vault.exists()
    assert run("keys", "join", "vault", *files[2:], "--data", data).exit_code == 0
    assert vault.read_bytes() == key
    assert run("clues", "--data", data).exit_code == 0


def test_shares_of_another_key_put_nothing_back(run: Run, data: Path, tmp_path: Path) -> None:
    files = answer(run("keys", "split", "tokens", tmp_path / "shares", "--data", data, "--json"))["files"]
    (data / "keys" / "vault.key").unlink()
    refused = run("keys", "join", "vault", *files[:3], "--data", data)
    assert refused.exit_code == 2
    assert [each.name for each in (data / "keys").iterdir() if "vault" in each.name] == []
