"""Judging: one engine, and one case kind for each kind of case."""

from projections.judging.anew import Anew
from projections.judging.case_kind import CaseKind, Judgement, Judgements, JudgingRun, Kinds, Positions, Touched, wanted
from projections.judging.case_kinds import case_kinds
from projections.judging.closed import ClosedDeliveries
from projections.judging.engine import Judging
from projections.judging.loads import Loads
from projections.judging.reconciling import Reconciling

__all__ = [
    "Anew",
    "CaseKind",
    "ClosedDeliveries",
    "Judgement",
    "Judgements",
    "Judging",
    "JudgingRun",
    "Kinds",
    "Loads",
    "Positions",
    "Reconciling",
    "Touched",
    "case_kinds",
    "wanted",
]
