"""Facts folded into evidence: the one fold behind live judging, as-of, rebuild and calibration."""

from domain.evidence.appointment import AppointmentCase, appointment_cases, case_subject
from domain.evidence.concerns import RELEVANT_KINDS, Horizon, concerns, due_dates
from domain.evidence.recorded import EVERYTHING, FactRef, Knowledge, RecordedFact, standing

__all__ = [
    "EVERYTHING",
    "RELEVANT_KINDS",
    "AppointmentCase",
    "FactRef",
    "Horizon",
    "Knowledge",
    "RecordedFact",
    "appointment_cases",
    "case_subject",
    "concerns",
    "due_dates",
    "standing",
]
