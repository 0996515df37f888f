"""Whose tokens count: this installation, and outside issuers by the keys they publish."""

import base64
import json
from dataclasses import dataclass
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from infra.identity.outside_roles import RoleClaim
from infra.identity.refused_tokens import NotAuthenticated

OUTSIDE_ALGORITHMS: Final = ("Ed25519", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
"""Public-key signatures only: `none` and every HMAC algorithm are refused."""
_OWN_ROLE: Final = RoleClaim()


@dataclass(frozen=True)
class Issuer:
    """Someone whose tokens count."""

    issuer: str
    audience: str
    keys: KeySet
    algorithms: tuple[str, ...] = OUTSIDE_ALGORITHMS
    role_claim: RoleClaim = _OWN_ROLE


def issuer_from_jwks(document: bytes, *, issuer: str, audience: str, role_claim: RoleClaim = _OWN_ROLE) -> Issuer:
    """An outside issuer by its JSON Web Key Set; symmetric keys in the set are dropped.

    Raises ``ValueError`` when the document is no key set.
    """
    try:
        given = json.loads(document)["keys"]
        public = [key for key in given if key["kty"] in ("OKP", "EC", "RSA")]
        keys = KeySet.import_key_set({"keys": public})
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("not a JSON Web Key Set") from error
    return Issuer(issuer, audience, keys, role_claim=role_claim)


def unproven_issuer(token: str) -> str:
    """The issuer that a token names, before its signature is checked; raises :class:`NotAuthenticated`."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        named = claims["iss"]
    except (IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise NotAuthenticated("malformed") from None
    if not isinstance(named, str):
        raise NotAuthenticated("malformed")
    return named
