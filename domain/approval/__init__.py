"""Approval cases 审批件: their entries, clocks and lights."""

from domain.approval.case import CASE_KINDS, ApprovalCase, approval_case
from domain.approval.clock import Clock
from domain.approval.entries import Entry
from domain.approval.lights import Light, Margin, midnight
from domain.approval.pauses import Interruption
from domain.approval.steps import Step

__all__ = [
    "CASE_KINDS",
    "ApprovalCase",
    "Clock",
    "Entry",
    "Interruption",
    "Light",
    "Margin",
    "Step",
    "approval_case",
    "midnight",
]
