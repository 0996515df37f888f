"""The key that signs this installation's tokens, by its suite.

Ed25519 has a JOSE name of its own (RFC 9864; the older name EdDSA covers two curves and is deprecated). SM2 has none;
it is called here as in TLS (RFC 8998).
"""

from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import Key, OctKey, OKPKey
from joserfc.jws import JWSAlgModel, JWSRegistry  # type: ignore[attr-defined] # documented, not in __all__

from infra.identity import sm2
from infra.identity.suites import NATIONAL, Algorithms

ED25519: Final = "Ed25519"
SM2: Final = "sm2sig_sm3"


class _Sm2Algorithm(JWSAlgModel):
    """Signs and verifies with the seed of the private key: whoever verifies our tokens here has issued them."""

    name = SM2
    description = "SM2 with SM3 (GB/T 32918)"
    key_type = "oct"

    def sign(self, msg: bytes, key: Any) -> bytes:
        return _key_of(key.get_op_key("sign")).sign(msg)

    def verify(self, msg: bytes, sig: bytes, key: Any) -> bool:
        return sm2.verifies(_key_of(key.get_op_key("verify")).public, sig, msg)


JWSRegistry.register(_Sm2Algorithm())
_key_of: Final = lru_cache(maxsize=4)(sm2.Sm2Key)
"""The public key of a seed takes milliseconds."""


def token_key(seed: bytes, suite: Algorithms) -> tuple[Key, str]:
    """The key, and the name of the only algorithm it is used by."""
    if suite.name == NATIONAL.name:
        _key_of(seed)
        return OctKey.import_key(seed, {"alg": SM2, "use": "sig"}), SM2
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return OKPKey.import_key(private, {"alg": ED25519, "use": "sig"}), ED25519
