"""Judging: one engine, and a docket for each kind of case."""

from projections.judging.case_kind import Docket, Judgement, Judgements, Kinds, Positions, Touched, Turn, wanted
from projections.judging.case_kinds import dockets
from projections.judging.engine import Judging
from projections.judging.reconciling import Reconciling

__all__ = [
    "Docket",
    "Judgement",
    "Judgements",
    "Judging",
    "Kinds",
    "Positions",
    "Reconciling",
    "Touched",
    "Turn",
    "dockets",
    "wanted",
]
