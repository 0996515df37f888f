"""Facts folded into evidence: the one fold behind live judging, as-of, rebuild and calibration."""

from domain.evidence.appointment import (
    RELEVANT_KINDS,
    AppointmentCase,
    appointment_cases,
    case_subject,
    concerns,
    due_dates,
)
from domain.evidence.recorded import EVERYTHING, FactRef, Knowledge, RecordedFact, standing

__all__ = [
    "EVERYTHING",
    "RELEVANT_KINDS",
    "AppointmentCase",
    "FactRef",
    "Knowledge",
    "RecordedFact",
    "appointment_cases",
    "case_subject",
    "concerns",
    "due_dates",
    "standing",
]
