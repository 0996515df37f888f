"""Readings of personal evidence, and erasures of identities, recorded as facts."""

from domain.facts.fact import FactData, PersonRef, Text


class DossierRead(FactData):
    """A dossier was shown to ``reader``, for ``reason``; ``role`` and ``reader`` are those of the token."""

    KIND = "dossier-read"

    person: PersonRef
    reader: Text
    role: Text
    reason: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)


class IdentityErased(FactData):
    """Name and number of a person were removed from the vault by ``erased_by``, as token or machine name them."""

    KIND = "identity-erased"

    person: PersonRef
    erased_by: Text
    role: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)
