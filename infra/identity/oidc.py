"""Signing in at an OpenID Connect provider: authorization code flow with PKCE, ``state`` and ``nonce``.

What a browser must bring back is sealed in a cookie, so that any console can finish what another one began.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry
from msgspec import MsgspecError, Struct
from msgspec import json as msgspec_json

from domain.errors import MonitorError
from infra.identity.access import CLOCK_LEEWAY_SECONDS
from infra.identity.issuers import OUTSIDE_ALGORITHMS, issuer_from_jwks
from infra.identity.vault import SealBroken, Vault
from infra.settings import SignInProvider

BEGUN_SECONDS: Final = 10 * 60
"""How long somebody may take at the provider."""
_ANSWER_SECONDS: Final = 10.0
_LARGEST_ANSWER: Final = 256 * 1024
_PURPOSE: Final = "sign-in-begun"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class NotConfirmed(MonitorError):
    """The provider did not confirm who it is, or what came back was not begun here. ``why`` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Begun(Struct, frozen=True):
    """What must come back from the provider, and what proves there that we began it."""

    provider: int
    state: str
    nonce: str
    verifier: str
    back: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where the browser goes, and what it keeps meanwhile."""

    address: str
    kept: str


class SignInProviders:
    """Those of the settings, by number."""

    def __init__(self, providers: tuple[SignInProvider, ...], vault: Vault) -> None:
        self._providers = providers
        self._vault = vault

    @property
    def names(self) -> list[str]:
        return [each.name for each in self._providers]

    async def begin(self, number: int, *, back: str) -> Leaving:
        """Leave for provider ``number``; ``back`` is where it sends the browser. Raises :class:`NotConfirmed`."""
        if not 0 <= number < len(self._providers):
            raise NotConfirmed("no_provider")
        provider = self._providers[number]
        async with _session() as session:
            known = await _discovered(session, provider)
        ends_at = int(time.time()) + BEGUN_SECONDS
        begun = _Begun(number, _random(), _random(), _random(), back, ends_at)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": back,
            "scope": " ".join(provider.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str(known["authorization_endpoint"])
        joined = f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
        sealed = self._vault.seal(msgspec_json.encode(begun), _PURPOSE)
        return Leaving(joined, base64.urlsafe_b64encode(sealed).decode())

    async def finish(self, kept: str, state: str, code: str) -> str:
        """The login name that the provider confirms; raises :class:`NotConfirmed`."""
        begun = self._opened(kept)
        if not hmac.compare_digest(begun.state.encode(), state.encode("utf-8", "replace")):
            raise NotConfirmed("state")
        provider = self._providers[begun.provider]
        async with _session() as session:
            known = await _discovered(session, provider)
            token = await _exchanged(session, provider, str(known["token_endpoint"]), begun, code)
            keys = await _json(session, str(known["jwks_uri"]))
        claims = _verified(token, keys, provider, begun.nonce)
        login = claims.get(provider.login_claim)
        if not isinstance(login, str) or not login:
            raise NotConfirmed("no_login")
        return login

    def _opened(self, kept: str) -> _Begun:
        try:
            content = self._vault.open(base64.urlsafe_b64decode(kept), _PURPOSE)
            begun = msgspec_json.decode(content, type=_Begun)
        except (SealBroken, ValueError, MsgspecError):
            raise NotConfirmed("not_begun") from None
        if begun.ends_at < time.time() or begun.provider >= len(self._providers):
            raise NotConfirmed("too_late")
        return begun


def _verified(token: str, keys: Mapping[str, Any], provider: SignInProvider, nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token that this provider signed for us, now, in this sign-in."""
    try:
        known: KeySet = issuer_from_jwks(json.dumps(keys).encode(), issuer="", audience="").keys
        registry = JWSRegistry(algorithms=list(OUTSIDE_ALGORITHMS), strict_check_header=False)
        decoded = jwt.decode(token, known, algorithms=list(OUTSIDE_ALGORITHMS), registry=registry)
        JWTClaimsRegistry(
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(decoded.claims)
    except (JoseError, ValueError):
        raise NotConfirmed("id_token") from None
    several = isinstance(decoded.claims["aud"], list) and len(decoded.claims["aud"]) > 1
    if decoded.claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise NotConfirmed("id_token")
    return decoded.claims


async def _exchanged(
    session: aiohttp.ClientSession, provider: SignInProvider, endpoint: str, begun: _Begun, code: str
) -> str:
    """The ID token for a code; the verifier shows that whoever brings the code is who began."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun.back,
        "client_id": provider.client_id,
        "code_verifier": begun.verifier,
    }
    headers = {}
    if provider.client_secret is not None:
        # RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
        id, secret = quote_plus(provider.client_id), quote_plus(provider.client_secret.get_secret_value())
        headers["Authorization"] = aiohttp.encode_basic_auth(id, secret)
    answer = await _json(session, endpoint, given=given, headers=headers)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise NotConfirmed("no_id_token")
    return token


async def _discovered(session: aiohttp.ClientSession, provider: SignInProvider) -> Mapping[str, Any]:
    """The provider's own description; it must name itself as the settings do."""
    known = await _json(session, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if known.get("issuer") != provider.issuer or not all(isinstance(known.get(each), str) for each in needed):
        raise NotConfirmed("discovery")
    return known


async def _json(
    session: aiohttp.ClientSession,
    address: str,
    *,
    given: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The object at ``address``, over TLS or on this machine alone; a form is posted where something is ``given``."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise NotConfirmed("not_encrypted")
    method = "GET" if given is None else "POST"
    try:
        async with session.request(method, address, data=given, headers=headers, allow_redirects=False) as answer:
            if answer.status != HTTPStatus.OK:
                raise NotConfirmed("provider_refused")
            content = await answer.content.read(_LARGEST_ANSWER)
            found = json.loads(content)
    except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError):
        raise NotConfirmed("provider_silent") from None
    if not isinstance(found, dict):
        raise NotConfirmed("provider_refused")
    return found


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS))


def _random() -> str:
    return secrets.token_urlsafe(32)
