"""Who is refused, as RFC 6750 wants to be told why."""

from http import HTTPStatus
from typing import Final

from infra.http.problems import Problem
from infra.identity.refused_tokens import NotAuthenticated

_REALM: Final = 'Bearer realm="tender-monitor"'
_UNASKED: Final = frozenset({"missing", "scheme"})
"""No bearer token was sent, so that there is none to find fault with."""
_DESCRIPTIONS: Final = {
    "expired": "the token has expired",
    "not_yet_valid": "the token is not valid yet",
    "ended": "the token was revoked",
    "signature": "the signature is wrong",
    "algorithm": "the algorithm is not accepted",
    "audience": "the token is for another audience",
    "unknown_issuer": "the issuer is not known here",
    "unknown_key": "the issuer publishes no such key",
    "no_role": "the token carries no role that is known here",
    "several_roles": "the token carries several roles",
    "incomplete": "a claim is missing or wrong",
    "malformed": "this is no token",
}
"""Of each reason that says more than that the token is refused; none tells what the token holds."""


def unauthenticated(error: NotAuthenticated) -> Problem:
    """401, with a challenge."""
    described = _DESCRIPTIONS.get(error.reason, "the token is refused")
    fault = "" if error.reason in _UNASKED else f', error="invalid_token", error_description="{described}"'
    challenge = {"WWW-Authenticate": f"{_REALM}{fault}"}
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthenticated", "A valid token is needed.", headers=challenge)


def forbidden(detail: str) -> Problem:
    """403: another token may do it."""
    challenge = {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope"'}
    return Problem(HTTPStatus.FORBIDDEN, "forbidden", detail, headers=challenge)
