"""The case kind of payers 社保缴纳单位: each organisation that insures leads of others is a group.

A payer is known by codes and by names. All codes and names that belong together count as one payer,
which is judged in the group of its code, or of its name where it has no code.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence import RecordedFact
from domain.evidence.payer import PayerCase, payer_cases
from domain.facts.insurance import LeadInsured
from domain.follow_ups.insured_leads import standing_statements
from domain.identifiers import common_jurisdiction
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from projections.boards.cross_bid_board import PAYERS_BY_SUBJECT
from projections.evidence.organisations import Organisations
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.renamed import renamed_or_corrected

_STATEMENTS: Final = wanted([LeadInsured.KIND])
_READ: Final = frozenset({LeadInsured.KIND})
_PREFIX: Final = "payers:"


class Payers:
    """Judges each payer at once: there are few payers, compared with the people of a city."""

    name = "payers"

    def __init__(self, facts: SubjectFacts, organisations: Organisations, policies: PolicyBook) -> None:
        self._facts = facts
        self._organisations = organisations
        self._policies = policies

    def load(self, connection: Connection) -> None:
        """Do nothing: only the organisations are in memory, and another case kind loads these."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        connection = run.connection
        positions: defaultdict[str, set[int]] = defaultdict(set)
        positions |= renamed_or_corrected(connection, PAYERS_BY_SUBJECT, self._organisations, touched)
        for fact in self._facts.at(connection, touched.only(_STATEMENTS).positions.tolist()):
            if isinstance(fact.data, LeadInsured):
                for subject in fact.data.payer.subjects:
                    positions[subject].add(fact.position)
        # A new name may join two payers that had nothing in common, or a correction may part them. So every
        # name that belongs to the payer is judged: the one that has the case, and those that had it before.
        causes: defaultdict[str, set[int]] = defaultdict(set)
        for subject in positions:
            for name in self._connected(connection, subject)[0]:
                causes[_PREFIX + name] |= positions[subject]
        return {group: self._facts.at(connection, sorted(at)) for group, at in causes.items()}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        connection = run.connection
        cases: dict[str, PayerCase | None] = {}
        for subject in (group.removeprefix(_PREFIX) for group in groups):
            # All names of one payer are touched together, so its case is made once for all of them.
            if subject not in cases:
                cases |= self._cases(connection, subject)
        wanted = {group: cases[group.removeprefix(_PREFIX)] for group in groups}
        named = {group.removeprefix(_PREFIX): case.organisations if case else () for group, case in wanted.items()}
        PAYERS_BY_SUBJECT.put(connection, named)
        for group in groups:
            run.wait(group, ())
        return {group: tuple(_judgements(case)) if case else () for group, case in wanted.items()}

    def _cases(self, connection: Connection, subject: str) -> Mapping[str, PayerCase | None]:
        """For each subject of the payer, the case that is judged in its group; None for all but one of them."""
        names, statements = self._connected(connection, subject)
        renames = self._organisations.renames(connection)
        cases = payer_cases(standing_statements(statements), renames, policies=self._policies)
        return dict.fromkeys(names) | {case.subject: case for case in cases}

    def _connected(self, connection: Connection, subject: str) -> tuple[list[str], list[RecordedFact]]:
        """The subjects that belong together with ``subject``, sorted, and the statements about them, by position.

        Subjects belong together if a rename ties them, or if one statement names both as its payer.
        """
        subjects: set[str] = set()
        statements: dict[int, RecordedFact] = {}
        waiting = {subject}
        while waiting:
            waiting = self._organisations.names_of(connection, waiting) - subjects
            subjects |= waiting
            recorded = [fact for name in sorted(waiting) for fact in self._facts.of(connection, name, kinds=_READ)]
            statements |= {fact.position: fact for fact in recorded}
            payers = (fact.data.payer for fact in recorded if isinstance(fact.data, LeadInsured))
            waiting = {name for payer in payers for name in payer.subjects} - subjects
        return sorted(subjects), [statements[position] for position in sorted(statements)]


def context_of(case: PayerCase, finding: Finding) -> ClueContext:
    """What a clue about the payer is about: all openings in its finding. ``occurred_at`` is the last of them."""
    rests_on = {(fact.source, fact.id) for fact in finding.facts}
    insured = [supply.insured for supply in case.supplies if supply.fact.identity in rests_on]
    places = sorted({lead.jurisdiction for lead in insured})
    return ClueContext(
        case_group=_PREFIX + case.subject,
        jurisdiction=common_jurisdiction(places),
        jurisdictions=tuple(places) if len(places) > 1 else (),
        title=case.payer.name,
        occurred_at=max(lead.opened_at for lead in insured),
        bidder=case.payer,
    )


def _judgements(case: PayerCase) -> Iterator[Judgement]:
    for finding in judge(case):
        yield Judgement(case, (finding,), context_of(case, finding))
