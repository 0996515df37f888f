"""Registrations 注册 of practitioners with their employers."""

from domain.facts.fact import CertificateNumber, Day, FactData, Org, PersonRef, Text


class RegistrationRecorded(FactData):
    """A registration 注册 is valid from ``valid_from`` to ``valid_to`` (both inclusive), or until cancelled."""

    KIND = "registration-recorded"

    person: PersonRef
    employer: Org
    certificate_no: CertificateNumber
    qualification: Text
    province: Text | None = None
    valid_from: Day
    valid_to: Day | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)


class RegistrationCancelled(FactData):
    """The registration of ``certificate_no`` is not valid on ``cancelled_on`` and after it."""

    KIND = "registration-cancelled"

    person: PersonRef
    certificate_no: CertificateNumber
    cancelled_on: Day
    reason: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)
