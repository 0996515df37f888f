"""The installation's secret keys, as files outside the database."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import MonitorError

KEY_BYTES: Final = 32
_VAULT: Final = "vault.key"
_TOKENS: Final = "tokens.key"
LOG_KEY: Final = "log.key"
"""Signs checkpoints; only the writer opens it."""
_PSEUDONYMS: Final = re.compile(r"pseudonyms-(\d+)\.key")


class UnsafeKeyFile(MonitorError):
    """A key file that others may read, or that does not hold a key."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """32 random bytes each.

    ``vault`` wraps the data keys of sealed identities; ``pseudonyms`` turns identities into
    person ids, and its version tells ids made with different keys apart; ``tokens`` is an
    Ed25519 private key in raw form.
    """

    vault: bytes
    pseudonyms: bytes
    pseudonyms_version: int
    tokens: bytes

    @property
    def table_sums(self) -> bytes:
        """Keys the sums over tables that do not follow from the ledger."""
        return hmac.digest(self.vault, b"table sums", hashlib.sha256)

    @property
    def pseudonyms_fingerprint(self) -> str:
        """Tells whether a database was filled with this key, and nothing else about it."""
        return hmac.digest(self.pseudonyms, b"fingerprint", hashlib.sha256).hex()[:16]


def open_keys(folder: Path) -> Keys:
    """The keys in ``folder``; what is missing is made, readable by its owner alone.

    Of several pseudonym keys the one with the highest version is in force.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    versions = [int(found[1]) for path in folder.iterdir() if (found := _PSEUDONYMS.fullmatch(path.name))]
    version = max(versions, default=1)
    return Keys(
        vault=open_key(folder / _VAULT),
        pseudonyms=open_key(folder / f"pseudonyms-{version}.key"),
        pseudonyms_version=version,
        tokens=open_key(folder / _TOKENS),
    )


def open_key(path: Path) -> bytes:
    """The 32 bytes in a file, which is made where there is none; raises UnsafeKeyFile."""
    if not path.exists():
        _make_key(path)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnsafeKeyFile(path, "others may read it; make it 0600")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UnsafeKeyFile(path, f"a key has {KEY_BYTES} bytes")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all, and never over another process's key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
