"""Where the application keeps what its handlers need, and a request its signed-in party."""

from aiohttp import web

from domain.access import Actor
from infra.identity.access import Access
from infra.identity.accounts import KnownAccounts
from infra.identity.jwks import IssuerKeys
from infra.identity.passwords import Passwords
from infra.identity.sessions import SessionRegister
from infra.identity.sign_in_codes import SignInCodes
from infra.identity.tokens import TokenRegister
from infra.installation import Installation
from streams.node.node import Node

INSTALLATION = web.AppKey("installation", Installation)
NODE: web.AppKey[Node] = web.AppKey("node")
ACCESS = web.AppKey("access", Access)
ISSUER_KEYS = web.AppKey("issuer_keys", IssuerKeys)
CODES = web.AppKey("sign_in_codes", SignInCodes)
TOKENS = web.AppKey("tokens", TokenRegister)
ACCOUNTS = web.AppKey("accounts", KnownAccounts)
PASSWORDS = web.AppKey("passwords", Passwords)
SESSIONS = web.AppKey("sessions", SessionRegister)
ACTOR = web.RequestKey("actor", Actor)
TOKEN_IDS: web.RequestKey[tuple[str, ...]] = web.RequestKey("token_ids", tuple)
"""Which tokens and sessions must not have been ended for the party to be let in."""
REQUEST_ID = web.RequestKey("request_id", str)
