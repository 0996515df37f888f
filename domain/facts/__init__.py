"""The facts: one module per family; :data:`MESSAGES` maps a message type to its model."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, cast

from pydantic import Field, create_model

from domain.facts.access import DossierRead
from domain.facts.approvals import CaseDecided
from domain.facts.bidding import LeadAppointed, LeadCandidacy
from domain.facts.corrections import REPLACEABLE, FactCorrected
from domain.facts.fact import Fact, FactData
from domain.facts.insurance import LeadInsured
from domain.facts.ocds import LotImported
from domain.facts.sources import SourceHeartbeat

OUTSIDE: tuple[type[FactData], ...] = (*REPLACEABLE, FactCorrected, LotImported, SourceHeartbeat)
"""What a source may send."""
OWN: tuple[type[FactData], ...] = (LeadAppointed, LeadCandidacy, DossierRead, CaseDecided, LeadInsured)
"""What the monitor itself records: follow-ups and readings."""


OWN_PREFIX = "urn:tender-monitor:"
"""Sources that begin so are the monitor's own."""


def _message(data: type[FactData]) -> type[Fact[FactData]]:
    base: Any = Fact[data]  # type: ignore[valid-type]
    name: Any = Literal[data.type_name()]
    model: Any = create_model(f"{data.__name__}Fact", __base__=base, type=(name, ...))
    return cast("type[Fact[FactData]]", model)


def any_message(kinds: Iterable[type[FactData]]) -> Any:
    """The union of the messages of ``kinds``, told apart by their type."""
    return Annotated[
        Union[tuple(MESSAGES[data.type_name()] for data in kinds)],  # noqa: UP007 - the members are computed
        Field(discriminator="type"),
    ]


MESSAGES: dict[str, type[Fact[FactData]]] = {data.type_name(): _message(data) for data in (*OUTSIDE, *OWN)}
KINDS: tuple[str, ...] = (
    "bid-opened",
    "candidates-announced",
    "award-announced",
    "registration-recorded",
    "registration-cancelled",
    "insurance-paid",
    "attendance-recorded",
    "site-inspected",
    "project-started",
    "project-completed",
    "project-suspended",
    "certificate-issued",
    "certificate-changed",
    "employer-renamed",
    "exemption-recorded",
    "approval-recorded",
    "conduct-recorded",
    "conduct-objected",
    "conduct-withdrawn",
    "conduct-corrected",
    "fact-corrected",
    "lot-imported",
    "lead-appointed",
    "lead-candidacy",
    "dossier-read",
    "case-decided",
    "lead-insured",
    "source-heartbeat",
)
"""Append only: the place of a kind is its code in the subject index, which is stored."""
TYPES: tuple[str, ...] = tuple(
    next(data.type_name() for data in (*OUTSIDE, *OWN) if kind == data.KIND) for kind in KINDS
)
"""The message type of each kind, by the same code."""
