"""The installation's secret keys, as files outside the database.

A key is called as its file without ``.key``: ``vault``, ``tokens``, ``log`` and ``pseudonyms-1``, ``pseudonyms-2`` …
"""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from domain.errors import Unusable
from infra.identity.suites import INTERNATIONAL, Algorithms, suite_in

KEY_BYTES: Final = 32
VAULT: Final = "vault"
TOKENS: Final = "tokens"
LOGINS: Final = "logins"
"""The first vault key, once there is another: digests of login names in the ledger are made with it."""
LOG: Final = "log"
"""Signs checkpoints; only the writer opens it."""
_PSEUDONYMS: Final = re.compile(r"pseudonyms-(\d+)\.key")


class KeyUnusable(Unusable):
    """Nothing starts with such a key file; the text names the file and what to do."""


class UnsafeKeyFile(KeyUnusable):
    """A key file that others may read, or that does not hold a key."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class MissingKey(KeyUnusable):
    """A key that something was recorded with is not there, and is never made anew."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is missing: what is recorded cannot be read or continued without it;"
            " put back the file that you keep apart, or its shares: tender-monitor keys join"
        )
        self.path = path


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """32 random bytes each.

    ``vault`` wraps the data keys of sealed identities; ``pseudonyms`` turns identities into
    person ids, and its version tells ids made with different keys apart; ``tokens`` is the seed
    of the private key that signs tokens. ``suite`` says what is done with all of them.
    """

    vault: bytes
    pseudonyms: bytes
    pseudonyms_version: int
    tokens: bytes
    suite: Algorithms = INTERNATIONAL
    logins: bytes | None = None

    @property
    def table_sums(self) -> bytes:
        """Keys the sums over tables that do not follow from the ledger."""
        return hmac.digest(self.vault, b"table sums", self.suite.hash)


def open_keys(folder: Path) -> Keys:
    """The keys in ``folder``; what is missing is made, for an installation in which nothing is recorded."""
    make_keys(missing_keys(folder))
    return read_keys(folder)


def read_keys(folder: Path) -> Keys:
    """The keys in ``folder``; raises :class:`MissingKey` or :class:`UnsafeKeyFile`.

    Of several pseudonym keys the one with the highest version is in force.
    """
    return replace(sealing_keys(folder), tokens=read_key(key_file(folder, TOKENS)))


def sealing_keys(folder: Path) -> Keys:
    """Without that of tokens, which what is recorded does not need."""
    version = pseudonyms_version(folder)
    vault, made = (read_key(key_file(folder, name)) for name in (VAULT, pseudonyms(version)))
    logins = read_key(file) if (file := key_file(folder, LOGINS)).exists() else None
    return Keys(vault, made, version, tokens=b"", suite=suite_in(folder), logins=logins)


def pseudonyms(version: int) -> str:
    """What the pseudonym key of that version is called."""
    return f"pseudonyms-{version}"


def names_pseudonyms(name: str) -> bool:
    """Whether a key of that name makes pseudonyms."""
    return _PSEUDONYMS.fullmatch(f"{name}.key") is not None


def pseudonyms_version(folder: Path) -> int:
    """The highest there is; 1 where there is none yet."""
    names = (path.name for path in folder.iterdir()) if folder.exists() else ()
    return max((int(found[1]) for name in names if (found := _PSEUDONYMS.fullmatch(name))), default=1)


def key_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.key"


def next_file(folder: Path, name: str) -> Path:
    """Where a new key lies until it takes the place of the old one."""
    return folder / f"{name}.next"


def keys_in_force(folder: Path) -> tuple[str, ...]:
    """What the keys are called that an installation works with, whether they are there or not."""
    return VAULT, pseudonyms(pseudonyms_version(folder)), TOKENS, LOG


def missing_keys(folder: Path) -> list[Path]:
    """Those in force that are not there."""
    files = (key_file(folder, name) for name in keys_in_force(folder))
    return [file for file in files if not file.exists()]


def read_key(path: Path) -> bytes:
    """The 32 bytes in a file; raises :class:`MissingKey` or :class:`UnsafeKeyFile`."""
    if not path.exists():
        raise MissingKey(path)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnsafeKeyFile(path, "others may read it; make it 0600")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UnsafeKeyFile(path, f"a key has {KEY_BYTES} bytes")
    return key


def fingerprint(path: Path) -> str:
    """Tells whether a database was filled with this key, used by the suite of its folder, and nothing else about it."""
    return hmac.digest(read_key(path), b"fingerprint", suite_in(path.parent).hash).hex()[:16]


def make_keys(files: Iterable[Path]) -> list[Path]:
    """Make those that are not there, readable by their owner alone; returns what was made."""
    return [file for file in files if not file.exists() and _make_key(file)]


class NotThatKey(KeyUnusable):
    """What was put together is a key, and not the one that was lost."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"this is not the key that was {path}: nothing was written")


def put_key(path: Path, key: bytes, *, expected: str | None) -> None:
    """Write a lost key back; raises :class:`NotThatKey` where it has another fingerprint than is ``expected``."""
    coming = next_file(path.parent, path.stem)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    if expected is not None and fingerprint(coming) != expected:
        coming.unlink()
        raise NotThatKey(path)
    coming.replace(path)


def _make_key(path: Path) -> bool:
    """Whole or not at all, and never over another process's key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)  # A strict umask would keep its owner out.
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
        return True
    finally:
        draft.unlink()
