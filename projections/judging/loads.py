"""The case kind of loads of history: the supervisor of a place is told once of all that a load changed.

Nothing is judged here. What history changed comes as messages to the place; when no more of them have
come for a while, the load is over, and its summary is written.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from domain.clues.changed_by_history import LoadSummary, summary_of
from domain.evidence import RecordedFact
from domain.facts.history import ChangedByHistory
from domain.policy import PolicyBook
from projections.boards.loads import put_summarised, summarised_through
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import LOADS, Judgements, JudgingRun, Touched, wanted

_CHANGED: Final = wanted([ChangedByHistory.KIND])
_READ: Final = frozenset({ChangedByHistory.KIND})
_PREFIX: Final = f"{LOADS}:"
_LONGEST: Final = timedelta(days=1)
"""A source that sends history without end gets a summary every day."""

Tell = Callable[[Connection, LoadSummary, datetime], None]
"""Tells the supervisor of the place of a summary, as of a moment."""


class Loads:
    """Waits for the end of each load, and has its summary told."""

    name = LOADS

    def __init__(self, facts: SubjectFacts, policies: PolicyBook, tell: Tell) -> None:
        self._facts = facts
        self._policies = policies
        self._tell = tell

    def load(self, connection: Connection) -> None:
        """Nothing is held in memory."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        """No group: each place is looked at again when nothing more has come for a while."""
        changed = self._facts.at(run.connection, touched.only(_CHANGED).positions.tolist())
        content = (data for fact in changed if isinstance(data := fact.data, ChangedByHistory))
        for place, jurisdiction in sorted({data.place: data.jurisdiction for data in content}.items()):
            policy = self._policies.for_jurisdiction(jurisdiction)
            (first, *_) = self._since_summarised(run.connection, place)
            moment = run.now + timedelta(seconds=policy.history_settling_seconds)
            run.wait(_PREFIX + place, [min(moment, max(first.recorded_at + _LONGEST, run.now))])
        return {}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        for group in groups:
            place = group.removeprefix(_PREFIX)
            messages = self._since_summarised(run.connection, place)
            summary = summary_of(messages)
            if summary is not None:
                self._tell(run.connection, summary, run.now)
            if messages:
                put_summarised(run.connection, place, [message.position for message in messages])
            run.wait(group, ())
        return dict.fromkeys(groups, ())

    def _since_summarised(self, connection: Connection, place: str) -> list[RecordedFact]:
        """The messages about a place that no summary has counted, by position."""
        positions = self._facts.positions(connection, place, kinds=_READ)
        uncounted = positions[np.searchsorted(positions, summarised_through(connection, place), side="right") :]
        return self._facts.at(connection, uncounted.tolist())
