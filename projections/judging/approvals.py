"""The case kind of approval cases: each case is a group of its own."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from domain.approval import ApprovalCase, approval_case
from domain.clues.context import ClueContext
from domain.evidence import RecordedFact, standing
from domain.facts.approvals import ApprovalRecorded, CaseDecided, case_subject
from domain.facts.certificates import CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData
from domain.follow_ups.decided_cases import outstanding
from domain.policy import PolicyBook
from domain.rule import judge
from projections.boards import approval_board
from projections.boards.approval_board import APPROVALS
from projections.boards.coverage import Closings
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import corrected, replacements

_RECORDED: Final = wanted([ApprovalRecorded.KIND])
_ISSUED: Final = wanted([CertificateIssued.KIND])
_CORRECTING: Final = wanted([FactCorrected.KIND])
READ_KINDS: Final = frozenset({ApprovalRecorded.KIND, CertificateIssued.KIND, FactCorrected.KIND, CaseDecided.KIND})
"""The kinds that are read about a case: its entries, its certificates, and the messages to its department."""
_PREFIX: Final = "approvals:case:"


class Approvals:
    """Judges approval cases at once, and writes their board and lights."""

    name = "approvals"

    def __init__(self, facts: SubjectFacts, policies: PolicyBook, deliveries: Closings) -> None:
        self._facts = facts
        self._policies = policies
        self._deliveries = deliveries

    def load(self, connection: Connection) -> None:
        """Nothing is held in memory."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        """The groups to be judged; also updates every light whose moment has come."""
        connection = run.connection
        approval_board.update_lights(connection, run.now)
        causes: defaultdict[str, dict[int, RecordedFact]] = defaultdict(dict)
        # A certificate that names a case is indexed under its holder and under the case. One with a
        # single subject names no case, so it need not be read.
        positions = [*touched.only(_RECORDED).positions, *touched.only(_ISSUED).with_several_subjects().positions]
        content = [(fact.data, fact) for fact in self._facts.at(connection, positions)]
        corrections = touched.only(_CORRECTING)
        if len(corrections):
            content += replacements(self._facts.at(connection, corrections.positions.tolist()))
            known = corrected(connection, self._facts, corrections, APPROVALS.c.case_id, APPROVALS.c.subject_key)
            for case_id, facts in known.items():
                causes[_PREFIX + case_id] |= {fact.position: fact for fact in facts}
        for data, fact in content:
            case_id_of = _case_of(data)
            if case_id_of is not None:
                causes[_PREFIX + case_id_of][fact.position] = fact
        return {group: [facts[position] for position in sorted(facts)] for group, facts in causes.items()}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        connection, now = run.connection, run.now
        ids = [group.removeprefix(_PREFIX) for group in groups]
        self._facts.prefetch(connection, [case_subject(case_id) for case_id in ids], kinds=READ_KINDS)
        recorded = {case_id: self._recorded(connection, case_id) for case_id in ids}
        cases = {case_id: self._case(connection, case_id, recorded[case_id], now) for case_id in ids}
        approval_board.put(connection, ids, [case for case in cases.values() if case is not None])
        for case_id, case in cases.items():
            run.wait(_PREFIX + case_id, case.moments if case else ())
        return {_PREFIX + case_id: self._judged(case_id, cases[case_id], recorded[case_id], now) for case_id in ids}

    def _recorded(self, connection: Connection, case_id: str) -> list[RecordedFact]:
        return self._facts.of(connection, case_subject(case_id), kinds=READ_KINDS)

    def _case(
        self, connection: Connection, case_id: str, recorded: Sequence[RecordedFact], now: datetime
    ) -> ApprovalCase | None:
        asking = self._deliveries.asking(connection)
        return approval_case(case_id, standing(recorded), policies=self._policies, now=now, asking=asking)

    def _judged(
        self, case_id: str, case: ApprovalCase | None, recorded: Sequence[RecordedFact], now: datetime
    ) -> tuple[Judgement, ...]:
        follow_ups = outstanding(case, recorded)
        if case is not None:
            return (Judgement(case, judge(case), context_of(case), follow_ups=follow_ups),)
        if not follow_ups:
            return ()
        # All entries were retracted: an empty case carries the messages that take back the earlier ones.
        retracted = ApprovalCase(case_id, (), (), "", self._policies.default, now)
        context = ClueContext(_PREFIX + case_id, "", "", now, case_id=case_id)
        return (Judgement(retracted, (), context, follow_ups=follow_ups),)


def context_of(case: ApprovalCase) -> ClueContext:
    """What clues of a case are about; ``occurred_at`` is the decision, else the acceptance, else the first entry."""
    latest = case.latest
    return ClueContext(
        case_group=_PREFIX + case.case_id,
        jurisdiction=case.jurisdiction,
        title=f"{latest.item_name}（{latest.department}）",
        occurred_at=(case.decided or case.accepted or case.entries[0]).at,
        project_code=latest.project_code,
        case_id=case.case_id,
    )


def _case_of(data: FactData) -> str | None:
    return data.case_id if isinstance(data, ApprovalRecorded | CertificateIssued) else None
