"""The settings by which a jurisdiction adapts the rules."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from domain.conduct_terms import ConductTerms
from domain.facts.deliveries import BY_MONTH, CERTIFICATES, Area, DeliveryKind, place_of
from domain.facts.fact import Day, Jurisdiction, Key, Text
from domain.identifiers import jurisdiction_covers, organisation_key, significant_digits
from domain.limits import ChosenLimits, Spelling, listed_special_procedures
from domain.procurement import Procurement

Treatment = Literal["accept", "look", "refuse"]
"""``accept`` counts as consistent, ``look`` as suspect (a reviewer decides), ``refuse`` as a mismatch."""

RequiredArea = Literal["city", "province"] | Area
"""``city`` and ``province`` are those of the place itself; else a division code or the name of a pool."""
RequiredAreas = Mapping[DeliveryKind, Annotated[tuple[RequiredArea, ...], Field(min_length=1)]]
_REPLACED: Final = {
    "complete_feeds": "nothing is assumed to be complete: sources state it by delivery-closed messages, "
    "and required_areas names for which areas they must",
    "insurance_due_months": "what is missing counts once a delivery-closed message covers it; "
    "due_days says from when on a delivery is late",
    "attendance_due_days": "check-ins entered by hand count once a delivery-closed message covers their month; "
    "due_days says from when on a delivery is late",
}
"""Settings that are gone, and what stands in their place."""
_DAYS_UNTIL_LATE: Final = {"insurance-paid": 31, "attendance-recorded": 5}
"""How many days after the end of its period a delivery is late; of all other kinds, one day."""


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("threshold", "a threshold is a number")
    return value


Threshold = int | Decimal
"""A number that a rule compares with; always inclusive."""
Thresholds = Mapping[
    Annotated[str, StringConstraints(to_upper=True)], Mapping[str, Annotated[Threshold, BeforeValidator(_number)]]
]
"""The code of a rule → the name of a threshold → its value."""


class Policy(BaseModel):
    """The settings of one jurisdiction.

    Insurance for a month is lawfully paid until the end of the month ``payable_months`` later.
    The lead of a consortium is employed by its leader, or by ``any`` member (``consortium_leads``).
    ``required_areas`` names for a kind of data the areas of which a delivery must be closed before a
    missing record is evidence. Without it, payments and attendance must be closed for the own city
    of a place, registers for its province. A kind of certificate that is not named takes the areas
    of ``certificate-issued``. ``due_days`` says how many days after the end of a period a delivery is
    late; that shows on the coverage board and decides nothing.

    ``registered_enterprises`` are names of firms in the register, kept normalised.

    The pension insurance of a winner's lead is watched while the project runs, for ``award_months`` after
    the month of the award at most, and for ``unstarted_months`` where no start of construction is known.

    ``key_roles`` are the roles of the staff of a bid whose employment is compared as the lead's is; a role
    counts if it contains one of these texts.

    Facts that come in masses are judged once they settle: when no fact about the subject has come
    for ``settling_seconds``, at the latest ``longest_settling_seconds`` after the first. A new fact
    moves the moment only if it moves it by at least half of ``settling_seconds``.

    ``thresholds`` are those that differ from a rule's defaults (see :mod:`domain.thresholds`).

    ``oldest_notice_days``: bidder and tenderer are told nothing about an opening that was older when it
    was recorded. A load of history is over, and its summary is written, when nothing more of it has come
    for ``history_settling_seconds``.

    ``procurement`` says which processes the published indicators look at. ``conduct`` says how long conduct
    records are published for objection and have effect.

    For approvals: ``limits`` is the name of a published set or a set of one's own; None means that
    only the limit stated in the case counts. Only ``special_procedures`` stop a clock.
    ``published_steps`` are the items and technical reviews that a case may consist of; None means
    that no list is known. ``commitment_items`` are the codes of items that are decided on a
    commitment of the applicant 告知承诺. ``items_without_certificate`` are the codes of items that
    issue no certificate. ``local_working_days`` says for single days whether people work on them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lookback_months: Annotated[int, Field(ge=1, le=60)] = 3
    payable_months: Annotated[int, Field(ge=0, le=24)] = 1
    award_months: Annotated[int, Field(ge=0, le=120)] = 36
    unstarted_months: Annotated[int, Field(ge=0, le=120)] = 3
    key_roles: frozenset[Text] = frozenset({"技术负责人", "专职安全员", "专职安全生产管理人员"})
    consortium_leads: Literal["leader", "any"] = "leader"
    branch_payers: Treatment = "look"
    agent_payers: Treatment = "look"
    required_areas: RequiredAreas = Field(default_factory=dict)
    due_days: Mapping[DeliveryKind, Annotated[int, Field(ge=0, le=3_660)]] = Field(default_factory=dict)
    registered_enterprises: frozenset[Annotated[Text, AfterValidator(organisation_key)]] = frozenset()
    settling_seconds: Annotated[int, Field(ge=0, le=86_400)] = 10
    longest_settling_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
    oldest_notice_days: Annotated[int, Field(ge=0, le=36_500)] = 90
    history_settling_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    thresholds: Thresholds = Field(default_factory=dict)
    procurement: Procurement = Procurement()
    conduct: ConductTerms = ConductTerms()
    limits: ChosenLimits | None = None
    special_procedures: frozenset[Spelling] = Field(default_factory=listed_special_procedures)
    published_steps: frozenset[Spelling] | None = None
    commitment_items: frozenset[Key] = frozenset()
    items_without_certificate: frozenset[Key] = frozenset()
    local_working_days: Mapping[Day, bool] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_is_gone(cls, value: Any) -> Any:
        gone = sorted(_REPLACED.keys() & value.keys()) if isinstance(value, Mapping) else ()
        for name in gone:
            raise PydanticCustomError("replaced_setting", f"{name} is gone: {_REPLACED[name]}")
        return value

    def areas_of(self, kind: DeliveryKind, jurisdiction: str) -> tuple[str, ...]:
        """The areas that must be closed before a missing record of ``kind`` is evidence about a place.

        Empty where the place is not known and the areas follow from it.
        """
        required = self.required_areas.get(kind)
        if required is None and kind in CERTIFICATES:
            required = self.required_areas.get("certificate-issued")
        if required is None:
            required = ("city",) if kind in BY_MONTH else ("province",)
        return tuple(sorted({area for each in required if (area := _area(each, jurisdiction))}))

    def for_procurement(self, details: str | None) -> "Policy":
        """The policy for a contracting process whose method its publisher calls ``details``."""
        days = self.procurement.fewest_days.get(details) if details else None
        if days is None:
            return self
        own = {**self.thresholds.get("R003", {}), "fewest_days": days}
        return self.model_copy(update={"thresholds": {**self.thresholds, "R003": own}})

    def days_until_late(self, kind: DeliveryKind) -> int:
        """How many days after the end of its period a delivery is late."""
        return self.due_days.get(kind, _DAYS_UNTIL_LATE.get(kind, 1))


class PolicyBook(BaseModel):
    """The default policy, and the policies of jurisdictions; the longest code that covers a place wins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: Policy = Policy()
    jurisdictions: Mapping[Jurisdiction, Policy] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, value: Any) -> Any:
        """Fill each jurisdiction's policy up from the default: it states only what differs."""
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
        """The policy in force in the jurisdiction ``code``."""
        if not self.jurisdictions:
            return self.default
        covering = [prefix for prefix in self.jurisdictions if jurisdiction_covers(prefix, code)]
        return self.jurisdictions[max(covering, key=_depth)] if covering else self.default


def _area(required: str, jurisdiction: str) -> str:
    if required not in ("city", "province"):
        return place_of(required)
    # A lot of a province has no city: then the whole province must be closed.
    digits = significant_digits(jurisdiction)[: 4 if required == "city" else 2]
    return digits.ljust(6, "0") if digits else ""


def _inherited(default: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``default`` with the values of ``own`` in their place; what has names of its own is replaced one by one."""
    merged = {**default, **own}
    below, above = default.get("thresholds"), own.get("thresholds")
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        replaced = {code: _replaced(below.get(code), thresholds) for code, thresholds in above.items()}
        merged["thresholds"] = {**below, **replaced}
    for name in ("required_areas", "due_days", "procurement", "conduct"):
        if name in default and name in own:
            merged[name] = _replaced(default[name], own[name])
    return merged


def _replaced(below: Any, above: Any) -> Any:
    return {**below, **above} if isinstance(below, Mapping) and isinstance(above, Mapping) else above


def _depth(prefix: str) -> tuple[int, int]:
    """Orders codes from wide to deep: ``4401`` is deeper than ``440000``, whose zeros stand for any digits."""
    return len(significant_digits(prefix)), len(prefix)
