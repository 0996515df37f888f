"""By which rules and policies cases are judged: the monitor records it when it judges every case anew."""

from typing import Annotated

from pydantic import Field

from domain.facts.fact import FactData, Key, Text

RULES_SUBJECT = "register:rules"
"""The subject of all adoptions of rules. Each shard has its own: it judges anew at a moment of its own."""


class RulesAdopted(FactData):
    """From here on every case is judged by these rules, also the cases that were judged before.

    ``versions`` has the version of each rule by its code. ``policies`` is a digest of the policies of all
    jurisdictions, and ``program`` the version of this program: other code may judge otherwise by the same rules.
    """

    KIND = "rules-adopted"

    versions: dict[Key, Annotated[int, Field(ge=1)]]
    policies: Key
    program: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (RULES_SUBJECT,)
