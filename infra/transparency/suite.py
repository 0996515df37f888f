"""Which hash and which signature: one suite for a whole log, named by whoever verifies.

A proof, a note or a bundle never chooses it: the key does that its reader trusts. A log has one suite for ever.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from infra.identity import sm2
from infra.identity.suites import INTERNATIONAL, NATIONAL


class Hash(Protocol):
    def digest(self) -> bytes: ...


class PrivateKey(Protocol):
    public: bytes

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Suite:
    """``note_type`` and ``cosignature_type`` are the signature types of C2SP signed notes.

    A type without a number of its own is 0xff and a name that nobody else uses.
    ``verifies`` takes public key, signature and message, and never raises.
    """

    name: str
    new: Callable[[bytes], Hash]
    digest_size: int
    note_type: bytes
    cosignature_type: bytes
    private_key: Callable[[bytes], PrivateKey]
    verifies: Callable[[bytes, bytes, bytes], bool]
    public_size: int
    signature_size: int

    def leaf_hash(self, leaf: bytes) -> bytes:
        """RFC 9162 §2.1.1: a leaf can never be taken for a node."""
        return self.new(b"\x00" + leaf).digest()

    def node_hash(self, left: bytes, right: bytes) -> bytes:
        return self.new(b"\x01" + left + right).digest()

    @property
    def empty_root(self) -> bytes:
        """The root of a tree without leaves."""
        return self.new(b"").digest()


class Ed25519Key:
    """A private key from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def _ed25519_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


SHA256_ED25519: Final = Suite(
    name=INTERNATIONAL.name,
    new=hashlib.sha256,
    digest_size=32,
    note_type=b"\x01",
    cosignature_type=b"\x04",
    private_key=Ed25519Key,
    verifies=_ed25519_verifies,
    public_size=32,
    signature_size=64,
)


SM3_SM2: Final = Suite(
    name=NATIONAL.name,
    new=partial(hashlib.new, NATIONAL.hash),
    digest_size=32,
    note_type=b"\xfftender-monitor/sm2sig_sm3",
    cosignature_type=b"\xfftender-monitor/sm2sig_sm3-cosignature",
    private_key=sm2.Sm2Key,
    verifies=sm2.verifies,
    public_size=64,
    signature_size=64,
)

SUITES: Final = {suite.name: suite for suite in (SHA256_ED25519, SM3_SM2)}
