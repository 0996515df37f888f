"""What a jurisdiction may choose about the rules."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from domain.facts.fact import Day, Jurisdiction, Key, Text
from domain.identifiers import jurisdiction_covers, organisation_key
from domain.limits import ChosenLimits, Spelling, listed_special_procedures

Treatment = Literal["accept", "look", "refuse"]
"""accept: counts as consistent; look: suspect, for a reviewer; refuse: counts as a mismatch."""

Feed = Literal[
    "registrations",
    "insurance",
    "safety-production-licence",
    "safety-assessment-b",
    "special-operations",
    "attendance",
]
"""What may be complete: registrations, payments, certificates of one kind, or check-ins on every site."""


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("threshold", "a threshold is a number")
    return value


Threshold = int | Decimal
"""A number a rule judges by; always inclusive."""
Thresholds = Mapping[
    Annotated[str, StringConstraints(to_upper=True)], Mapping[str, Annotated[Threshold, BeforeValidator(_number)]]
]
"""By code and name."""


class Policy(BaseModel):
    """The settings of one jurisdiction.

    ``complete_feeds`` names what we are sent without gaps, so that nothing known means there is
    none. The data of a month are due ``insurance_due_months`` months after its end.
    The check-ins of a month are due ``attendance_due_days`` days after its end.
    ``registered_enterprises`` are names known to belong to firms of their own; they are kept
    normalised. The subject of facts that come in masses is judged when none has come for
    ``settling_seconds``, at the latest ``longest_settling_seconds`` after the first; a fact that
    would put it off by less than half of ``settling_seconds`` does not. ``thresholds`` are those
    that differ from a rule's own, by code and name (see :mod:`domain.thresholds`).

    For approvals: ``limits`` is a published set by its name or one of one's own (None: only what a
    case says itself); only ``special_procedures`` stop a clock; ``published_steps`` are the items
    and technical reviews a case may consist of (None: no list is known); ``commitment_items`` are
    the item codes decided on a commitment of the applicant 告知承诺, ``items_without_certificate``
    those that issue none. ``local_working_days`` says of single days whether they are worked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lookback_months: Annotated[int, Field(ge=1, le=60)] = 3
    insurance_due_months: Annotated[int, Field(ge=0, le=24)] = 1
    attendance_due_days: Annotated[int, Field(ge=0, le=366)] = 5
    branch_payers: Treatment = "look"
    agent_payers: Treatment = "look"
    complete_feeds: frozenset[Feed] = frozenset({"registrations", "insurance"})
    registered_enterprises: frozenset[Annotated[Text, AfterValidator(organisation_key)]] = frozenset()
    settling_seconds: Annotated[int, Field(ge=0, le=86_400)] = 10
    longest_settling_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
    thresholds: Thresholds = Field(default_factory=dict)
    limits: ChosenLimits | None = None
    special_procedures: frozenset[Spelling] = Field(default_factory=listed_special_procedures)
    published_steps: frozenset[Spelling] | None = None
    commitment_items: frozenset[Key] = frozenset()
    items_without_certificate: frozenset[Key] = frozenset()
    local_working_days: Mapping[Day, bool] = Field(default_factory=dict)


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
        merged = {code: _inherited(given, policy) if isinstance(policy, Mapping) else policy for code, policy in own}
        return {**value, "jurisdictions": merged}

    def for_jurisdiction(self, code: str) -> Policy:
        """The policy in force at the jurisdiction ``code``."""
        if not self.jurisdictions:
            return self.default
        covering = [prefix for prefix in self.jurisdictions if jurisdiction_covers(prefix, code)]
        return self.jurisdictions[max(covering, key=_depth)] if covering else self.default


def _inherited(default: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``default``; of the thresholds, one by one."""
    merged = {**default, **own}
    below, above = default.get("thresholds"), own.get("thresholds")
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        merged["thresholds"] = {**below, **{code: _over(below.get(code), given) for code, given in above.items()}}
    return merged


def _over(below: Any, above: Any) -> Any:
    return {**below, **above} if isinstance(below, Mapping) and isinstance(above, Mapping) else above


def _depth(prefix: str) -> tuple[int, int]:
    """``4401`` is deeper than ``440000``, whose trailing zeros stand for anything."""
    significant = prefix
    while significant.endswith("00"):
        significant = significant[:-2]
    return len(significant), len(prefix)
