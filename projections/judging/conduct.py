"""The case kind of conduct records: a record is a group. No rule judges it; it keeps the board of records."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final

from domain.conduct.records import conduct_records
from domain.evidence import RecordedFact, standing
from domain.facts.conducts import (
    RECORD_PREFIX,
    ConductCorrected,
    ConductFact,
    ConductObjected,
    ConductRecorded,
    ConductRestored,
    ConductUpheld,
    ConductWithdrawn,
)
from domain.facts.corrections import FactCorrected
from domain.policy import PolicyBook
from projections.boards import conduct_board
from projections.boards.conduct_board import CONDUCT
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import corrected, replacements

_KINDS: Final = frozenset(
    data.KIND
    for data in (
        ConductRecorded,
        ConductObjected,
        ConductUpheld,
        ConductCorrected,
        ConductWithdrawn,
        ConductRestored,
    )
)
_READ: Final = _KINDS | {FactCorrected.KIND}
_SAID: Final = wanted(_KINDS)
_CORRECTING: Final = wanted([FactCorrected.KIND])
_PREFIX: Final = "conduct:"


class Conduct:
    """Keeps the board in line with what is known; being a case kind, it does so again when a policy changes."""

    name = "conduct"

    def __init__(self, facts: SubjectFacts, policies: PolicyBook) -> None:
        self._facts = facts
        self._policies = policies

    def load(self, connection: object) -> None:
        """Nothing is held in memory."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        causes: defaultdict[str, dict[int, RecordedFact]] = defaultdict(dict)
        for fact in self._facts.at(run.connection, _positions(touched.only(_SAID))):
            if isinstance(fact.data, ConductFact):
                causes[_group(fact.data.record_id)][fact.position] = fact
        corrections = touched.only(_CORRECTING)
        if len(corrections):
            columns = CONDUCT.c.record, CONDUCT.c.record_key
            for record, facts in corrected(run.connection, self._facts, corrections, *columns).items():
                causes[_PREFIX + record] |= {fact.position: fact for fact in facts}
            for data, fact in replacements(self._facts.at(run.connection, _positions(corrections))):
                if isinstance(data, ConductFact):
                    causes[_group(data.record_id)][fact.position] = fact
        return {group: [facts[position] for position in sorted(facts)] for group, facts in causes.items()}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        records = [group.removeprefix(_PREFIX) for group in groups]
        self._facts.prefetch(run.connection, records, kinds=_READ)
        for record in records:
            self._keep(run, record)
            run.wait(_PREFIX + record, ())
        return dict.fromkeys(groups, ())

    def _keep(self, run: JudgingRun, record: str) -> None:
        facts = standing(self._facts.of(run.connection, record, kinds=_READ))
        about = [fact for fact in facts if record in fact.data.subjects]
        # The row holds the days on which the state changes, so for which day it is asked here makes no difference.
        conduct_board.put(run.connection, record, conduct_records(about, self._policies, on=date.max))


def _group(record_id: str) -> str:
    return f"{_PREFIX}{RECORD_PREFIX}{record_id}"


def _positions(touched: Touched) -> list[int]:
    """Each once: a fact is touched under each of its subjects."""
    return sorted(set(touched.positions.tolist()))
