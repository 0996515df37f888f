"""Readings of personal evidence, and erasures of identities, recorded as facts."""

from typing import Final

from domain.facts.fact import Day, FactData, PersonRef, Text

READINGS_SUBJECT: Final = "register:readings"


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


class IdentityErased(FactData):
    """Name and number of a person were removed from the vault by ``erased_by``, as token or machine name them."""

    KIND = "identity-erased"

    person: PersonRef
    erased_by: Text
    role: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)
