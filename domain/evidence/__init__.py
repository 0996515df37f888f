"""Facts folded into evidence: the one fold behind live judging, as-of, rebuild and calibration."""

from domain.evidence.appointment import AppointmentCase, appointment_cases, case_subject
from domain.evidence.concerns import PAID, RELEVANT_KINDS, Horizon, due_dates, payment_months
from domain.evidence.recorded import EVERYTHING, FactRef, Knowledge, RecordedFact, standing

__all__ = [
    "EVERYTHING",
    "PAID",
    "RELEVANT_KINDS",
    "AppointmentCase",
    "FactRef",
    "Horizon",
    "Knowledge",
    "RecordedFact",
    "appointment_cases",
    "case_subject",
    "due_dates",
    "payment_months",
    "standing",
]
