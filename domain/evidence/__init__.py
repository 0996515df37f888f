"""Evidence: facts folded into the cases that rules read.

Live judging, questions about the past, rebuild and calibration all use this one fold.
"""

from domain.evidence.appointment import AppointmentCase, StaffCase, case_subject
from domain.evidence.appointments import appointment_cases, asks_about, is_judged, licensed_firms
from domain.evidence.concerns import NAMING, PAID, RELEVANT_KINDS, Horizon, payment_months, recorded_late
from domain.evidence.recorded import EVERYTHING, FactRef, Knowledge, RecordedFact, standing

__all__ = [
    "EVERYTHING",
    "NAMING",
    "PAID",
    "RELEVANT_KINDS",
    "AppointmentCase",
    "FactRef",
    "Horizon",
    "Knowledge",
    "RecordedFact",
    "StaffCase",
    "appointment_cases",
    "asks_about",
    "case_subject",
    "is_judged",
    "licensed_firms",
    "payment_months",
    "recorded_late",
    "standing",
]
