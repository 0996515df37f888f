"""A key that was lost stops every command, which names the file and what to do, and makes nothing anew."""

import shutil
from pathlib import Path

import pytest

from tests.infra.command_line.conftest import RecordedCity, Run, answer
from tests.ledger_events import events_in

PERSON = "a" * 64


@pytest.fixture(scope="module")
def without_vault_key(city: RecordedCity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = shutil.copytree(city.data, tmp_path_factory.mktemp("lost") / "data")
    (data / "keys" / "vault.key").unlink()
    return data


@pytest.mark.parametrize(
    "command",
    [
        ("serve", "--port", "0"),
        ("ingest", __file__),
        ("clues",),
        ("dossier", PERSON),
        ("audit",),
        ("rebuild",),
        ("token", "--role", "operator"),
        ("source", "list"),
        ("rejudge",),
    ],
    ids=lambda command: command[0],
)
def test_a_command_without_the_vault_key_names_it_and_makes_nothing(
    run: Run, without_vault_key: Path, command: tuple[str, ...]
) -> None:
    result = run(*command, "--data", without_vault_key, env={"TENDER_MONITOR_LANGUAGE": "en"})
    assert result.exit_code == 2, result.output
    assert f"{without_vault_key}/keys/vault.key is missing" in result.stderr
    assert "put back the file that you keep apart" in result.stderr
    assert not (without_vault_key / "keys" / "vault.key").exists()


def test_doctor_says_that_the_vault_key_is_missing(run: Run, without_vault_key: Path) -> None:
    found = {each["check"]: each for each in answer(run("doctor", "--data", without_vault_key, "--json"), 1)}
    assert found["keys"]["result"] == "wrong"
    assert f"{without_vault_key}/keys/vault.key" in found["keys"]["detail"]
    assert not (without_vault_key / "keys" / "vault.key").exists()


def test_doctor_says_that_a_key_is_that_of_another_installation(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = shutil.copytree(city.data, tmp_path / "data")
    (data / "keys" / "vault.key").write_bytes(b"x" * 32)
    result = run("doctor", "--data", data, "--json", env={"TENDER_MONITOR_LANGUAGE": "zh"})
    found = {each["check"]: each for each in answer(result, 1)}
    assert found["keys"]["result"] == "wrong"
    assert "不是此数据库所用的密钥" in found["keys"]["detail"]


def test_it_is_said_in_chinese_too(run: Run, without_vault_key: Path) -> None:
    result = run("clues", "--data", without_vault_key, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert f"缺少密钥文件{without_vault_key}/keys/vault.key" in result.stderr


def test_a_ledger_goes_on_as_it_was_once_the_key_is_back(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = shutil.copytree(city.data, tmp_path / "data")
    kept = tmp_path / "kept.key"
    shutil.move(data / "keys" / "vault.key", kept)
    assert run("clues", "--data", data).exit_code == 2
    before = len(events_in(data / "ledger.db"))
    shutil.move(kept, data / "keys" / "vault.key")
    assert answer(run("audit", "--data", data, "--json"))["entries"] == before
