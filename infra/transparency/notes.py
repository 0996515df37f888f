"""Signed notes (C2SP signed-note) and cosignatures (tlog-cosignature): text, and who vouches for it."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.errors import MonitorError
from infra.transparency.suite import SHA256_ED25519, SUITES, PrivateKey, Suite

KEY_ID_BYTES: Final = 4
TIMESTAMP_BYTES: Final = 8
MOST_SIGNATURES: Final = 100
_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class NotANote(MonitorError):
    """Text that is no signed note, or a key that is no verifier key."""


class NotSigned(MonitorError):
    """No trusted key signed the note, or one did not sign what it should have."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """``name+id+key`` of C2SP: what its reader trusts, and had from elsewhere than the note."""

    name: str
    type: bytes
    public: bytes

    @property
    def suite(self) -> Suite:
        """The suite that the key signs by, and the log is hashed by of which it is the key."""
        return next(suite for suite in SUITES.values() if self.type in (suite.note_type, suite.cosignature_type))

    @property
    def cosigns(self) -> bool:
        """Whether it is the key of a witness."""
        return self.type == self.suite.cosignature_type

    @property
    def id(self) -> bytes:
        # The note format itself names its keys by SHA-256, whatever the log is hashed with.
        said = self.name.encode() + b"\n" + self.type + self.public
        return SHA256_ED25519.new(said).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(self.type + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Raises :class:`NotANote` for what is no key of a suite known here."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
            raise NotANote("a verifier key is name+id+key")
        material = _decoded(parts[2])
        key = cls(parts[0], *_key_in(material))
        if key.id.hex() != parts[1]:
            raise NotANote("the id of the key is not its own")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of a note. ``content`` is the key's id and what it signed with."""

    name: str
    content: bytes

    @property
    def key_id(self) -> bytes:
        return self.content[:KEY_ID_BYTES]

    @property
    def line(self) -> str:
        return f"— {self.name} {_base64(self.content)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """``text`` ends with a line break."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}"


class Signer:
    """Signs notes, or countersigns them as a witness, in one name."""

    def __init__(self, name: str, seed: bytes, *, witness: bool = False, suite: Suite = SHA256_ED25519) -> None:
        self._key: PrivateKey = suite.private_key(seed)
        kind = suite.cosignature_type if witness else suite.note_type
        self.verifier = VerifierKey(name, kind, self._key.public)
        if not _NAME.fullmatch(name):
            raise NotANote("the name of a key holds neither spaces nor plus signs")

    def signed(self, text: str) -> Note:
        return Note(text, (self._signature(self._key.sign(text.encode())),))

    def cosignature(self, text: str, timestamp: int) -> Signature:
        """That at ``timestamp`` (POSIX seconds) this was the largest consistent tree seen."""
        stamped = timestamp.to_bytes(TIMESTAMP_BYTES, "big")
        return self._signature(stamped + self._key.sign(cosigned(text, timestamp)))

    def _signature(self, signed: bytes) -> Signature:
        return Signature(self.verifier.name, self.verifier.id + signed)


def cosigned(text: str, timestamp: int) -> bytes:
    """The message behind a cosignature/v1."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def parse_note(note: str) -> Note:
    """The note, its signatures not verified yet; raises :class:`NotANote`."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n") or _CONTROL.search(note):
        raise NotANote("a note is a text, an empty line, and signature lines")
    found = [_LINE.fullmatch(line) for line in lines[:-1].split("\n")]
    if not all(found) or len(found) > MOST_SIGNATURES:
        raise NotANote("a line is no signature")
    return Note(f"{text}\n", tuple(Signature(each[1], _signed(each[2])) for each in found if each))


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Those of the trusted ``keys`` that signed ``note``; signatures of others do not count.

    Raises :class:`NotSigned` where none did, or a signature in the name of one is wrong.
    """
    known = {(key.name, key.id): key for key in keys}
    signed: dict[VerifierKey, None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not _holds(signature, key, note.text):
            raise NotSigned(f"the signature of {key.name} does not fit the note")
        signed[key] = None
    if not signed:
        raise NotSigned("no trusted key signed the note")
    return tuple(signed)


def cosigned_at(signature: Signature) -> int:
    """When a cosignature was made, in POSIX seconds."""
    return int.from_bytes(signature.content[KEY_ID_BYTES : KEY_ID_BYTES + TIMESTAMP_BYTES], "big")


def _key_in(material: bytes) -> tuple[bytes, bytes]:
    """Type and public key."""
    for suite in SUITES.values():
        for kind in (suite.note_type, suite.cosignature_type):
            if material.startswith(kind) and len(material) == len(kind) + suite.public_size:
                return kind, material[len(kind) :]
    raise NotANote(f"not a key of {' or '.join(SUITES)}")


def _holds(signature: Signature, key: VerifierKey, text: str) -> bool:
    signed, message, suite = signature.content[KEY_ID_BYTES:], text.encode(), key.suite
    if key.cosigns:
        message = cosigned(text, cosigned_at(signature))
        signed = signed[TIMESTAMP_BYTES:]
    return len(signed) == suite.signature_size and suite.verifies(key.public, signed, message)


def _signed(text: str) -> bytes:
    content = _decoded(text)
    if len(content) <= KEY_ID_BYTES:
        raise NotANote("a signature is too short")
    return content


def _decoded(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotANote("not base64") from error
    if _base64(found) != text:
        raise NotANote("not base64 as it is written")
    return found


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
