"""SM2 signatures over SM3 digests (GB/T 32918.2, on the curve of GB/T 32918.5), as 64 bytes: r and s.

The signer's id is the usual one, ``1234567812345678`` (GB/T 35276).
"""

import hashlib
from importlib.util import find_spec
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from domain.errors import Unusable

_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A: Final = _P - 3
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_SIGNER: Final = b"1234567812345678"
_SIZE: Final = 32

_Point = tuple[int, int]


class NoSm2(Unusable):
    """The national suite was chosen, and nothing here signs by SM2."""

    def __init__(self) -> None:
        super().__init__("the suite sm3-sm2 needs the package gmssl-pyx, which is not installed on this machine")


class Sm2Key:
    """A private key from a seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        # GB/T 32918.1 wants a number from 1 to n - 2.
        private = 1 + int.from_bytes(seed) % (_N - 2)
        self._private = private.to_bytes(_SIZE)
        self.public = public_of(private)

    def sign(self, message: bytes) -> bytes:
        try:
            from gmssl_pyx import sm2_sign_sm3_digest
        except ImportError as error:
            raise NoSm2 from error
        # Digested here: the library's own sm2_sign prepares for many signatures each time, and takes ten times as long.
        signature = sm2_sign_sm3_digest(self._private, digest(self.public, message))
        return b"".join(number.to_bytes(_SIZE) for number in decode_dss_signature(signature))


def check_installed() -> None:
    """Raises :class:`NoSm2`."""
    if find_spec("gmssl_pyx") is None:
        raise NoSm2


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``public`` (64 bytes, the point) signed ``message``; anything malformed did not."""
    try:
        from gmssl_pyx import GmsslInnerError, sm2_verify_sm3_digest
    except ImportError as error:
        raise NoSm2 from error
    if len(signature) != 2 * _SIZE or len(public) != 2 * _SIZE:
        return False
    r, s = int.from_bytes(signature[:_SIZE]), int.from_bytes(signature[_SIZE:])
    if not (0 < r < _N and 0 < s < _N):
        return False
    try:
        return bool(sm2_verify_sm3_digest(public, digest(public, message), encode_dss_signature(r, s)))
    except GmsslInnerError:
        return False


def digest(public: bytes, message: bytes) -> bytes:
    """What is signed: SM3 over the signer, the curve and the public key, and then over the message."""
    curve = b"".join(number.to_bytes(_SIZE) for number in (_A, _B, *_G))
    about = (8 * len(_SIGNER)).to_bytes(2) + _SIGNER + curve + public
    return hashlib.new("sm3", hashlib.new("sm3", about).digest() + message).digest()


def public_of(private: int) -> bytes:
    """The public point; the library makes pairs of keys and cannot tell the public one of a private one."""
    found: _Point | None = None
    for bit in f"{private:b}":
        found = _added(found, found)
        if bit == "1":
            found = _added(found, _G)
    assert found is not None
    return b"".join(number.to_bytes(_SIZE) for number in found)


def _added(left: _Point | None, right: _Point | None) -> _Point | None:
    """The sum of two points of the curve; None is the point at infinity."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    above, below = (3 * x1 * x1 + _A, 2 * y1) if left == right else (y2 - y1, x2 - x1)
    slope = above * pow(below, -1, _P) % _P
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P
