"""Electronic certificates of firms and people."""

from typing import Literal

from domain.facts.approvals import case_subject
from domain.facts.fact import CertificateNumber, Day, FactData, Holder, Key, Person, Text

CertificateKind = Literal[
    "safety-production-licence",
    "special-operations",
    "safety-assessment-a",
    "safety-assessment-b",
    "safety-assessment-c",
    "construction-permit",
    "other",
]
CertificateStatus = Literal["valid", "suspended", "revoked", "withdrawn", "cancelled", "expired"]


class CertificateFact(FactData):
    """Base of the facts about one certificate; a later fact with the same number replaces it.

    ``valid_from`` and ``valid_to`` are inclusive. ``case_id`` names the approval case in which the
    certificate was issued.
    """

    certificate_no: CertificateNumber
    kind: CertificateKind
    type_code: Text | None = None
    holder: Holder
    status: CertificateStatus
    valid_from: Day
    valid_to: Day | None = None
    trade: Text | None = None
    case_id: Key | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        held = (self.holder.subject,) if isinstance(self.holder, Person) else self.holder.subjects
        return (*held, case_subject(self.case_id)) if self.case_id else held


class CertificateIssued(CertificateFact):
    """A certificate 电子证照 was issued."""

    KIND = "certificate-issued"


class CertificateChanged(CertificateFact):
    """The status or the period of a certificate 电子证照 changed."""

    KIND = "certificate-changed"
