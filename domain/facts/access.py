"""Readings of personal evidence, recorded as facts."""

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
