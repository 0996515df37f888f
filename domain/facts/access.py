"""Who looked at whom."""

from domain.facts.fact import FactData, PersonRef, Text


class DossierRead(FactData):
    """A dossier was shown: to whom (role and name on the token) and why."""

    KIND = "dossier-read"

    person: PersonRef
    reader: Text
    role: Text
    reason: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)
