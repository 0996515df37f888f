"""What a jurisdiction may choose about the rules."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.facts.fact import Jurisdiction, Text
from domain.identifiers import jurisdiction_covers, organisation_key

Treatment = Literal["accept", "look", "refuse"]
"""accept: counts as consistent; look: suspect, for a reviewer; refuse: counts as a mismatch."""

Feed = Literal["registrations", "insurance", "safety-production-licence", "safety-assessment-b"]
"""What may be complete: registrations, payments, or certificates of one kind."""


class Policy(BaseModel):
    """The settings of one jurisdiction.

    ``complete_feeds`` names what we are sent without gaps, so that nothing known means there is
    none. The data of a month are due ``insurance_due_months`` months after its end.
    ``registered_enterprises`` are names known to belong to firms of their own; they are kept
    normalised.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lookback_months: Annotated[int, Field(ge=1, le=60)] = 3
    insurance_due_months: Annotated[int, Field(ge=0, le=24)] = 1
    branch_payers: Treatment = "look"
    agent_payers: Treatment = "look"
    complete_feeds: frozenset[Feed] = frozenset({"registrations", "insurance"})
    registered_enterprises: frozenset[Annotated[Text, AfterValidator(organisation_key)]] = frozenset()


class PolicyBook(BaseModel):
    """The default policy, and what jurisdictions set otherwise (the longest code that covers wins)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: Policy = Policy()
    jurisdictions: Mapping[Jurisdiction, Policy] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, value: Any) -> Any:
        """A jurisdiction only names what differs from the default."""
        if not isinstance(value, Mapping) or not isinstance(value.get("jurisdictions"), Mapping):
            return value
        default = value.get("default", {})
        given = default.model_dump(exclude_unset=True) if isinstance(default, Policy) else default
        if not isinstance(given, Mapping):
            return value
        own = value["jurisdictions"].items()
        merged = {code: {**given, **policy} if isinstance(policy, Mapping) else policy for code, policy in own}
        return {**value, "jurisdictions": merged}

    def for_jurisdiction(self, code: str) -> Policy:
        """The policy in force at the jurisdiction ``code``."""
        if not self.jurisdictions:
            return self.default
        covering = [prefix for prefix in self.jurisdictions if jurisdiction_covers(prefix, code)]
        return self.jurisdictions[max(covering, key=_depth)] if covering else self.default


def _depth(prefix: str) -> tuple[int, int]:
    """``4401`` is deeper than ``440000``, whose trailing zeros stand for anything."""
    significant = prefix
    while significant.endswith("00"):
        significant = significant[:-2]
    return len(significant), len(prefix)
