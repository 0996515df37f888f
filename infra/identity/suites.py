"""The two suites of algorithms, of which an installation has one from its first key on (docs/decisions/0048).

What is read never chooses the suite: it is written beside the keys, by whoever began the installation.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import Unusable
from infra.identity import sm2
from infra.storage.private_files import make_private_folder

SUITE_FILE: Final = "suite"
_TAG: Final = 16
_SM4_KEY: Final = 16

_Seal = Callable[[bytes, bytes, bytes, bytes], bytes]
"""Key of 32 bytes, nonce of 12, content, and the purpose it is bound to."""


@dataclass(frozen=True, slots=True)
class Algorithms:
    """``hash`` is its name in :mod:`hashlib`, ``seal_format`` the first byte of a seal. ``open`` raises InvalidTag."""

    name: str
    hash: str
    seal_format: bytes
    seal: _Seal
    open: _Seal


class SuiteUnusable(Unusable):
    """The suite of this installation is not one that this program or this machine has."""


def suite_in(folder: Path) -> Algorithms:
    """The suite that the keys in ``folder`` are for."""
    file = folder / SUITE_FILE
    name = file.read_text(encoding="ascii", errors="replace").strip() if file.exists() else INTERNATIONAL.name
    if name not in SUITES:
        raise SuiteUnusable(f"{file} names no suite: {' or '.join(SUITES)}")
    return usable(SUITES[name])


def usable(suite: Algorithms) -> Algorithms:
    """``suite``, where this machine has its algorithms."""
    if suite.hash not in hashlib.algorithms_available:
        raise SuiteUnusable(f"the suite {suite.name} needs {suite.hash}, which the OpenSSL of this Python lacks")
    if suite.name == NATIONAL.name:
        sm2.check_installed()
    return suite


def choose_suite(folder: Path, name: str) -> None:
    """Have the keys that will be made in ``folder`` used by that suite.

    Raises :class:`SuiteUnusable` once there is a key.
    """
    usable(SUITES[name])
    if any(folder.glob("*.key")):
        raise SuiteUnusable(f"{folder} has keys of the suite {suite_in(folder).name}, and it never changes")
    make_private_folder(folder)
    (folder / SUITE_FILE).write_text(f"{name}\n", encoding="ascii")


def _aes_seal(key: bytes, nonce: bytes, content: bytes, purpose: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, content, purpose)


def _aes_open(key: bytes, nonce: bytes, sealed: bytes, purpose: bytes) -> bytes:
    return AESGCM(key).decrypt(nonce, sealed, purpose)


def _sm4_seal(key: bytes, nonce: bytes, content: bytes, purpose: bytes) -> bytes:
    sealing = Cipher(algorithms.SM4(key[:_SM4_KEY]), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(purpose)
    return sealing.update(content) + sealing.finalize() + sealing.tag


def _sm4_open(key: bytes, nonce: bytes, sealed: bytes, purpose: bytes) -> bytes:
    content, tag = sealed[:-_TAG], sealed[-_TAG:]
    opening = Cipher(algorithms.SM4(key[:_SM4_KEY]), modes.GCM(nonce, tag)).decryptor()
    opening.authenticate_additional_data(purpose)
    return opening.update(content) + opening.finalize()


INTERNATIONAL: Final = Algorithms("sha256-ed25519", "sha256", b"\x01", _aes_seal, _aes_open)
"""SHA-256, Ed25519 and AES-256-GCM."""
NATIONAL: Final = Algorithms("sm3-sm2", "sm3", b"\x02", _sm4_seal, _sm4_open)
"""SM3, SM2 and SM4-GCM 国密."""
SUITES: Final = {suite.name: suite for suite in (INTERNATIONAL, NATIONAL)}
