"""Why a token is refused: the kind alone, never what it holds."""

from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    MissingAlgorithmError,
    UnsupportedAlgorithmError,
)

from domain.errors import MonitorError


class NotAuthenticated(MonitorError):
    """No token, or one that is refused. ``reason`` names the kind and never the content.

    ``account`` is the id of the account that was meant, where one is known.
    """

    def __init__(self, reason: str, *, account: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.account = account


class UnknownKey(NotAuthenticated):
    """A token names a key of its issuer that is not known: the issuer may have a new one."""

    def __init__(self, issuer: str) -> None:
        super().__init__("unknown_key")
        self.issuer = issuer


def reason_of(error: Exception) -> str:
    """The reason of a refusal, in one word."""
    match error:
        case ExpiredTokenError():
            return "expired"
        case BadSignatureError():
            return "signature"
        case ClaimError(claim="aud"):
            return "audience"
        case ClaimError(claim="nbf" | "iat"):
            return "not_yet_valid"
        case UnsupportedAlgorithmError() | MissingAlgorithmError():
            return "algorithm"
    return "refused"
