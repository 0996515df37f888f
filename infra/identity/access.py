"""Who is asking: tokens are issued, checked and turned into an :class:`Actor` here only.

An install signs its own tokens with its own key. Outside OIDC issuers are trusted by
the keys they publish. Either way one function decides: :meth:`Access.authenticate`.
"""

import base64
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import (
    InvalidKeyIdError,
    JoseError,
)
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry
from pydantic import ValidationError

from domain.access import Actor, Role
from domain.errors import MonitorError
from infra.identity.claims import Claims, bearer_claims, complete
from infra.identity.issuers import Issuer, unproven_issuer
from infra.identity.refused_tokens import NotAuthenticated, UnknownKey, reason_of
from infra.identity.suites import INTERNATIONAL, Algorithms
from infra.identity.token_keys import token_key

CLOCK_LEEWAY_SECONDS = 30
SESSION_SUFFIX = "#session"
"""Added to the audience of a browser session, so that its cookie is no bearer token."""
LONGEST_FOR_PEOPLE = timedelta(days=90)
LONGEST_FOR_PROGRAMS = timedelta(days=400)
_PROGRAMS = frozenset({Role.SOURCE})
_OPENED_WITH = "tok"
"""The claim of a session that names the token it was opened with."""
_ACCOUNT, _CAPACITY = "acc", "cap"
"""The claims of a session of an account. What it may do is looked up at each call, and not written in it."""

Clock = Callable[[], datetime]


class TooLong(MonitorError):
    """A token was asked for that would live longer than its role allows."""

    def __init__(self, longest: timedelta) -> None:
        super().__init__(f"a token of this role lives {longest.days} days at most")
        self.longest = longest


@dataclass(frozen=True)
class Session:
    """A browser's sign-in: the cookie, how long it lives, and the token its forms must carry."""

    cookie: str
    max_age_seconds: int
    csrf: str
    id: str
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A new token, and what is kept of it: all but the token."""

    token: str
    id: str
    actor: Actor
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """A party that has proven who it is.

    ``ids`` are those that must not have been ended: of its own token or session, and of the token that its
    session was opened with. A token of an outside issuer has none; that issuer ends it.
    """

    actor: Actor
    expires_at: datetime
    ids: tuple[str, ...]


class Accounts(Protocol):
    """What the accounts may act as at this moment."""

    def actor(self, account_id: str, capacity: str) -> Actor | None: ...


class Use(Protocol):
    """When sessions of accounts were used."""

    def used(self, id: str) -> None: ...

    def is_idle(self, id: str, opened_at: datetime) -> bool: ...


def longest_life(role: Role) -> timedelta:
    """How long a token that we sign may live."""
    return LONGEST_FOR_PROGRAMS if role in _PROGRAMS else LONGEST_FOR_PEOPLE


class Access:
    """Issues this install's tokens and answers who a token stands for.

    ``key`` is the 32-byte seed of the install's private key, by its ``suite``.
    """

    def __init__(
        self,
        key: bytes,
        *,
        issuer: str,
        audience: str,
        suite: Algorithms = INTERNATIONAL,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._key, self._algorithm = token_key(key, suite)
        self._hash = suite.hash
        self._forms_key = hmac.digest(key, b"tender-monitor csrf v1", suite.hash)
        self._own = Issuer(issuer, audience, KeySet([self._key]), (self._algorithm,))
        self._outside: dict[str, Issuer] = {}
        self._clock = clock
        self._ended: set[str] = set()
        self._accounts: Accounts | None = None
        self._use: Use | None = None

    def know(self, accounts: Accounts, use: Use) -> None:
        """Let accounts in; without this, sessions of accounts are refused."""
        self._accounts, self._use = accounts, use

    def end(self, ids: Iterable[str]) -> None:
        """Refuse these tokens and sessions from now on."""
        self._ended.update(ids)

    def trust(self, issuer: Issuer) -> None:
        """Accept an outside issuer's tokens, or renew its keys."""
        if issuer.issuer == self._own.issuer:
            raise ValueError("an outside issuer may not carry our own name")
        self._outside[issuer.issuer] = issuer

    def issue_token(self, actor: Actor, *, expires: timedelta) -> str:
        """The token of :meth:`issue`, where nobody will ever list or revoke it."""
        return self.issue(actor, expires=expires).token

    def issue(self, actor: Actor, *, expires: timedelta) -> Issued:
        """A bearer token for ``actor``; raises :class:`IncompleteActor` or :class:`TooLong`."""
        if expires > longest_life(actor.role):
            raise TooLong(longest_life(actor.role))
        now, id, whole = self._clock(), new_token_id(), complete(actor)
        token = self._signed(self._own.audience, now + expires, {"jti": id, **bearer_claims(whole)})
        return Issued(token, id, whole, now, now + expires)

    def authenticate(self, token: str) -> Actor:
        """Whom a bearer token stands for; raises :class:`NotAuthenticated`."""
        return self.prove(token).actor

    def prove(self, token: str) -> Proven:
        """The same, with what tells this token from others."""
        return self._proven(token, self._trusted(token))

    def open_session(self, token: str, *, longest: timedelta) -> Session:
        """Exchange a bearer token for a browser session that ends no later than the token."""
        proven = self.prove(token)
        ends_at = min(proven.expires_at, self._clock() + longest)
        opened_with = {_OPENED_WITH: proven.ids[0]} if proven.ids else {}
        return self._session(ends_at, {**opened_with, **bearer_claims(proven.actor)})

    def open_account_session(self, account_id: str, capacity: str, *, longest: timedelta) -> Session:
        """A session of an account that has proven who it is, acting by the capacity of that key."""
        return self._session(self._clock() + longest, {_ACCOUNT: account_id, _CAPACITY: capacity})

    def authenticate_session(self, cookie: str) -> Actor:
        """Whom a session cookie stands for; raises :class:`NotAuthenticated`."""
        return self.prove_session(cookie).actor

    def prove_session(self, cookie: str, *, is_use: bool = True) -> Proven:
        """The same, with what tells this session from others; ``is_use``: a person did something just now."""
        own = self._own
        proven = self._proven(cookie, replace(own, audience=own.audience + SESSION_SUFFIX))
        if is_use and self._use is not None:
            self._use.used(proven.ids[0])
        return proven

    def csrf_for(self, cookie: str) -> str:
        """The token that forms of this session carry; it cannot be had without the page."""
        digest = hmac.digest(self._forms_key, cookie.encode(), self._hash)
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def csrf_matches(self, cookie: str, given: str) -> bool:
        return hmac.compare_digest(self.csrf_for(cookie).encode(), given.encode("utf-8", "replace"))

    def _session(self, ends_at: datetime, said: Mapping[str, str]) -> Session:
        now, id = self._clock(), new_token_id()
        cookie = self._signed(self._own.audience + SESSION_SUFFIX, ends_at, {"jti": id, **said})
        return Session(cookie, int((ends_at - now).total_seconds()), self.csrf_for(cookie), id, now, ends_at)

    def _signed(self, audience: str, expires_at: datetime, said: Mapping[str, str]) -> str:
        claims: dict[str, Any] = {
            "iss": self._own.issuer,
            "aud": audience,
            "iat": int(self._clock().timestamp()),
            "exp": int(expires_at.timestamp()),
            **said,
        }
        return jwt.encode({"alg": self._algorithm}, claims, self._key, algorithms=[self._algorithm])

    def _trusted(self, token: str) -> Issuer:
        """The issuer a token names: only a hint until that issuer's signature is checked."""
        named = unproven_issuer(token)
        if named == self._own.issuer:
            return self._own
        try:
            return self._outside[named]
        except KeyError:
            raise NotAuthenticated("unknown_issuer") from None

    def _proven(self, token: str, issuer: Issuer) -> Proven:
        try:
            claims = self._verified_claims(token, issuer)
        except InvalidKeyIdError:
            raise UnknownKey(issuer.issuer) from None
        except (JoseError, ValueError) as error:
            raise NotAuthenticated(reason_of(error)) from None
        if _ACCOUNT in claims and issuer.issuer == self._own.issuer:
            return self._proven_account(claims)
        roles = issuer.role_claim.roles_in(claims)
        if len(roles) != 1:
            raise NotAuthenticated("several_roles" if roles else "no_role")
        named = {**claims, "role": min(roles), "name": claims.get("name") or claims.get("sub")}
        try:
            actor = Claims.model_validate(named).actor()
        except ValidationError:
            raise NotAuthenticated("incomplete") from None
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        if issuer.issuer != self._own.issuer:
            return Proven(actor, expires_at, ())
        return self._still_valid(Proven(actor, self._bounded(expires_at, actor, claims), _ids(claims)))

    def _proven_account(self, claims: Mapping[str, Any]) -> Proven:
        """The account as it is now: disabled, of another role or no deputy any more, it is refused at once."""
        if self._accounts is None or self._use is None:
            raise NotAuthenticated("no_accounts")
        id, opened_at = str(claims["jti"]), datetime.fromtimestamp(claims["iat"], UTC)
        actor = self._accounts.actor(str(claims[_ACCOUNT]), str(claims[_CAPACITY]))
        if actor is None:
            raise NotAuthenticated("not_in_force")
        if self._use.is_idle(id, opened_at):
            raise NotAuthenticated("idle")
        return self._still_valid(Proven(actor, datetime.fromtimestamp(claims["exp"], UTC), (id,)))

    def _bounded(self, expires_at: datetime, actor: Actor, claims: Mapping[str, Any]) -> datetime:
        """A token that an older version issued for longer ends when a new one would."""
        issued_at = datetime.fromtimestamp(claims.get("iat", 0), UTC)
        return min(expires_at, issued_at + longest_life(actor.role))

    def _still_valid(self, proven: Proven) -> Proven:
        if proven.expires_at <= self._clock() - timedelta(seconds=CLOCK_LEEWAY_SECONDS):
            raise NotAuthenticated("expired")
        if self._ended.intersection(proven.ids):
            raise NotAuthenticated("ended")
        return proven

    def _verified_claims(self, token: str, issuer: Issuer) -> Mapping[str, Any]:
        # Identity providers put headers of their own into tokens; critical ones are still refused.
        registry = JWSRegistry(algorithms=issuer.algorithms, strict_check_header=False)
        decoded = jwt.decode(token, issuer.keys, algorithms=issuer.algorithms, registry=registry)
        JWTClaimsRegistry(
            now=lambda: int(self._clock().timestamp()),
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
        ).validate(decoded.claims)
        return decoded.claims


def new_token_id() -> str:
    # No id may begin with a hyphen: the command that revokes it would read an option.
    return secrets.token_hex(8)


def _ids(claims: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(claims[name]) for name in ("jti", _OPENED_WITH) if name in claims)
