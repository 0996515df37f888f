"""The command that chooses by which algorithms an installation works."""

from pathlib import Path

from tests.infra.command_line.conftest import Run, answer


def test_a_suite_is_chosen_in_an_empty_folder_and_shown(run: Run, tmp_path: Path) -> None:
    assert answer(run("suite", "--data", tmp_path, "--json")) == {"suite": "sha256-ed25519"}
    assert not (tmp_path / "keys").exists()
    assert run("suite", "sm3-sm2", "--data", tmp_path).stdout == "sm3-sm2\n"
    assert answer(run("suite", "--data", tmp_path, "--json")) == {"suite": "sm3-sm2"}


def test_it_is_refused_once_there_are_keys_in_both_languages(run: Run, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "vault.key").write_bytes(b"k" * 32)
    english = run("suite", "sm3-sm2", "--data", tmp_path, env={"TENDER_MONITOR_LANGUAGE": "en"})
    chinese = run("suite", "sm3-sm2", "--data", tmp_path, env={"TENDER_MONITOR_LANGUAGE": "zh"})
    assert (english.exit_code, chinese.exit_code) == (2, 2)
    assert "has keys of the suite sha256-ed25519, and it never changes" in english.stderr
    assert "选定后不能更改" in chinese.stderr
