"""What judging an appointment came to."""

from dataclasses import dataclass

from domain.evidence import AppointmentCase
from domain.rule import Finding


@dataclass(frozen=True, slots=True)
class Judgement:
    """One appointment as judged now."""

    case: AppointmentCase
    findings: tuple[Finding, ...]

    @property
    def lot(self) -> str:
        return self.case.appointment.lot
