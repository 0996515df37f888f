"""Readings of personal evidence, erasures of identities, and sign-ins, recorded as facts."""

from enum import StrEnum
from typing import Final

from domain.facts.fact import Day, FactData, PersonRef, Text

READINGS_SUBJECT: Final = "register:readings"
KEYS_SUBJECT: Final = "register:keys"


ACCESS_SUBJECT: Final = "register:access"
NOBODY: Final = "nobody"
"""In the place of an account: a login name, a code or a token that is nobody's."""


def access_subject(day: str) -> str:
    """All that was done at the doors on a day (YYYY-MM-DD, Shanghai)."""
    return f"{ACCESS_SUBJECT}:{day}"


def readings_subject(day: str) -> str:
    """All readings of a day (YYYY-MM-DD, Shanghai)."""
    return f"{READINGS_SUBJECT}:{day}"


class DossierRead(FactData):
    """Evidence about a person was shown to ``reader``; ``role`` and ``reader`` are those of the token.

    ``reason`` is a purpose (:mod:`domain.purposes`); earlier versions kept words. ``on`` is the day, by which
    readings are listed; None in earlier versions.
    """

    KIND = "dossier-read"

    person: PersonRef
    reader: Text
    role: Text
    reason: Text
    on: Day | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        if self.on is None:
            return (self.person.subject,)
        return (self.person.subject, readings_subject(self.on.isoformat()))


class Cause(StrEnum):
    """Why a key was changed."""

    ROUTINE = "routine"
    LEAKED = "leaked"


class KeyChanged(FactData):
    """A key of the installation was changed by ``changed_by``; what is told of both keys is their fingerprints."""

    KIND = "key-changed"

    key: Text
    fingerprint: Text
    before: Text
    cause: Cause
    changed_by: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (KEYS_SUBJECT,)


class IdentityErased(FactData):
    """Name and number of a person were removed from the vault by ``erased_by``, as token or machine name them."""

    KIND = "identity-erased"

    person: PersonRef
    erased_by: Text
    role: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)


class AccessKind(StrEnum):
    """What was done at a door; the values are stored for ever."""

    SIGNED_IN = "signed-in"
    """登录"""
    REFUSED = "refused"
    """登录被拒绝"""
    SIGNED_OUT = "signed-out"
    """退出"""
    SESSION_ENDED = "session-ended"
    """会话被终止"""
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - no secret
    """令牌被吊销"""
    PASSWORD_SET = "password-set"  # noqa: S105 - no secret
    """设置密码"""
    SECOND_FACTOR_SET = "second-factor-set"
    """设置动态口令"""
    SECOND_FACTOR_REMOVED = "second-factor-removed"
    """清除动态口令"""


class AccessRecorded(FactData):
    """Something was done at a door. ``account`` is the id of an account, ``token:`` and that of a token, or ``nobody``.

    ``how`` says by what, or why not. ``on`` is the day in Shanghai.
    """

    KIND = "access-recorded"

    what: AccessKind
    account: Text
    role: str
    how: str
    on: Day

    @property
    def subjects(self) -> tuple[str, ...]:
        return (f"account:{self.account}", access_subject(self.on.isoformat()))
