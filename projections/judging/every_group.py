"""Every case group there is, whatever was judged before: for judging anew, and for calibration."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from sqlalchemy import select

from projections.boards.clue_board import CLUES
from projections.case_groups import case_kind_of
from projections.judging.case_kind import CaseKind, JudgingRun, Touched

_FACTS_AT_ONCE: Final = 50_000
"""How many facts are in memory together."""


def every_group(case_kind: CaseKind, run: JudgingRun, everything: Touched) -> set[str]:
    """The groups of ``case_kind`` that some fact touches, that have clues, or that settle or wait for a due date."""
    # In the order of the ledger, and in parts: a case kind reads the facts that touch it, and all of
    # them at once would not fit into memory.
    groups: set[str] = set()
    order = np.argsort(everything.positions, kind="stable")
    for start in range(0, len(order), _FACTS_AT_ONCE):
        part = order[start : start + _FACTS_AT_ONCE]
        batch = Touched(everything.keys[part], everything.positions[part], everything.kinds[part])
        groups |= case_kind.touched(run, batch).keys()
    return groups | {group for group in _known(run) if case_kind_of(group) == case_kind.name}


def _known(run: JudgingRun) -> Iterator[str]:
    yield from run.due.groups
    yield from run.connection.scalars(select(CLUES.c.case_group).distinct())
