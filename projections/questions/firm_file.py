"""The integrity file 诚信档案 of a firm: its certificates, and its conduct records in force.

It holds nothing about people, and what is in force is public: so it is the same for whoever may ask.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from domain.facts.certificates import CertificateChanged, CertificateIssued
from domain.facts.corrections import FactCorrected
from projections.questions.as_of import AsOf
from projections.questions.conduct_records import records_of
from projections.questions.integrity_file import FiledCertificate, FiledConduct, filed_certificates, filed_conduct

_CERTIFIED: Final = frozenset({CertificateIssued.KIND, CertificateChanged.KIND, FactCorrected.KIND})


@dataclass(frozen=True, slots=True)
class FirmFile:
    """As of the day ``on``. Empty lists say that nothing is known here, also of a firm never heard of."""

    uscc: str
    on: date
    certificates: tuple[FiledCertificate, ...]
    conduct: tuple[FiledConduct, ...]


def firm_file(connection: Connection, as_of: AsOf, uscc: str, *, on: date) -> FirmFile:
    subject = f"org:{uscc}"
    certified = as_of.standing(connection, subject, kinds=_CERTIFIED)
    conduct = filed_conduct(records_of(connection, as_of, subject, on=on))
    return FirmFile(uscc, on, filed_certificates(certified, on), conduct)
