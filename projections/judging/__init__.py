"""Judging: one engine, and a docket for each kind of case."""

from projections.judging.docket import Docket, Judgement, Judgements, Kinds, Positions, Touched, Turn, wanted
from projections.judging.dockets import dockets
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
