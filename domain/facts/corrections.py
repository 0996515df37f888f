"""Corrections: a source retracts a fact, and may put another in its place."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import Field, create_model

from domain.facts import (
    approvals,
    attendance,
    bidding,
    certificates,
    conducts,
    deliveries,
    employers,
    insurance,
    registration,
)
from domain.facts.fact import FactData, Key, Model, Text

REPLACEABLE: tuple[type[FactData], ...] = (
    bidding.BidOpened,
    bidding.CandidatesAnnounced,
    bidding.AwardAnnounced,
    registration.RegistrationRecorded,
    registration.RegistrationCancelled,
    insurance.InsurancePaid,
    attendance.AttendanceRecorded,
    attendance.SiteInspected,
    attendance.ProjectStarted,
    attendance.ProjectCompleted,
    attendance.ProjectSuspended,
    attendance.LeadChanged,
    certificates.CertificateIssued,
    certificates.CertificateChanged,
    employers.EmployerRenamed,
    employers.ExemptionRecorded,
    approvals.ApprovalRecorded,
    conducts.ConductRecorded,
    conducts.ConductObjected,
    conducts.ConductWithdrawn,
    conducts.ConductCorrected,
    conducts.ConductUpheld,
    conducts.ConductRestored,
    insurance.InsuranceStated,
    deliveries.DeliveryClosed,
)
"""The facts of outside sources that a correction may put in the place of another."""


class Replacement(Model):
    """The fact that counts instead; ``type`` is its full message type, ``data`` its content."""

    type: str
    data: Any


def _replacement_of(cls: type[FactData]) -> Any:
    name: Any = Literal[cls.type_name()]
    return create_model(f"{cls.__name__}Replacement", __base__=Replacement, type=(name, ...), data=(cls, ...))


if TYPE_CHECKING:
    AnyReplacement = Replacement
else:
    AnyReplacement = Annotated[
        Union[tuple(_replacement_of(cls) for cls in REPLACEABLE)],  # noqa: UP007 - the members are computed
        Field(discriminator="type"),
    ]


class RetractedFact(Model):
    """The retracted fact, by its source and id."""

    source: Text
    id: Key


class FactCorrected(FactData):
    """The fact that ``retracts`` names does not count; ``replacement`` counts instead, if there is one.

    A retraction is final. If the correction is itself corrected, only its replacement stops counting
    (docs/decisions/0003).
    """

    KIND = "fact-corrected"

    retracts: RetractedFact
    reason: Text
    replacement: AnyReplacement | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects of the replacement; the shard adds those of the retracted fact."""
        return self.replacement.data.subjects if self.replacement else ()
