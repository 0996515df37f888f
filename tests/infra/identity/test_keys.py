"""Keys are made once, are readable by their owner alone, and are never shown."""

from pathlib import Path

import pytest

from infra.identity.keys import UnsafeKeyFile, open_keys


def test_keys_are_made_once(tmp_path: Path) -> None:
    first, second = open_keys(tmp_path / "keys"), open_keys(tmp_path / "keys")
    assert first == second
    assert len({first.vault, first.pseudonyms, first.tokens}) == 3
    assert {len(first.vault), len(first.pseudonyms), len(first.tokens)} == {32}


def test_key_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    open_keys(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert modes == {"vault.key": 0o600, "pseudonyms-1.key": 0o600, "tokens.key": 0o600, "log.key": 0o600}


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    open_keys(tmp_path)
    (tmp_path / "vault.key").chmod(0o644)
    with pytest.raises(UnsafeKeyFile, match="0600"):
        open_keys(tmp_path)


def test_a_cut_key_file_is_refused(tmp_path: Path) -> None:
    open_keys(tmp_path)
    (tmp_path / "tokens.key").write_bytes(b"short")
    with pytest.raises(UnsafeKeyFile, match="32 bytes"):
        open_keys(tmp_path)


def test_the_highest_pseudonym_key_is_in_force(tmp_path: Path) -> None:
    first = open_keys(tmp_path)
    (tmp_path / "pseudonyms-2.key").touch(mode=0o600)
    (tmp_path / "pseudonyms-2.key").write_bytes(bytes(32))
    second = open_keys(tmp_path)
    assert (first.pseudonyms_version, second.pseudonyms_version) == (1, 2)
    assert second.pseudonyms == bytes(32)


def test_keys_do_not_show_themselves(tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    assert keys.vault.hex() not in repr(keys)
    assert repr(keys.vault) not in repr(keys)
