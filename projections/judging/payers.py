"""The case kind of payers 社保缴纳单位: an organisation that insures leads of others is a group.

A payer is known by codes and by names: all that hang together are looked at as one, and judged
in the group of the code, or of the name where there is no code.
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

_SAID: Final = wanted([LeadInsured.KIND])
_READ: Final = frozenset({LeadInsured.KIND})
_PREFIX: Final = "payers:"


class Payers:
    """Judges payers at once: they are few beside the city's people."""

    name = "payers"

    def __init__(self, facts: SubjectFacts, organisations: Organisations, policies: PolicyBook) -> None:
        self._facts = facts
        self._organisations = organisations
        self._policies = policies

    def load(self, connection: Connection) -> None:
        """Nothing is held in memory that is not the organisations'."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        connection = run.connection
        positions: defaultdict[str, set[int]] = defaultdict(set)
        positions |= renamed_or_corrected(connection, PAYERS_BY_SUBJECT, self._organisations, touched)
        for fact in self._facts.at(connection, touched.only(_SAID).positions.tolist()):
            if isinstance(fact.data, LeadInsured):
                for subject in fact.data.payer.subjects:
                    positions[subject].add(fact.position)
        causes: defaultdict[str, set[int]] = defaultdict(set)
        for subject in positions:
            for name in self._family(connection, subject)[0]:
                causes[_PREFIX + name] |= positions[subject]
        return {group: self._facts.at(connection, sorted(found)) for group, found in causes.items()}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        connection = run.connection
        cases: dict[str, PayerCase | None] = {}
        for subject in (group.removeprefix(_PREFIX) for group in groups):
            if subject not in cases:
                cases |= self._cases(connection, subject)
        wanted = {group: cases[group.removeprefix(_PREFIX)] for group in groups}
        named = {group.removeprefix(_PREFIX): case.organisations if case else () for group, case in wanted.items()}
        PAYERS_BY_SUBJECT.put(connection, named)
        for group in groups:
            run.wait(group, ())
        return {group: tuple(_judged(case)) if case else () for group, case in wanted.items()}

    def _cases(self, connection: Connection, subject: str) -> Mapping[str, PayerCase | None]:
        """For everything the payer is called by: its case, if that is judged under this code or name."""
        names, statements = self._family(connection, subject)
        renames = self._organisations.renames(connection)
        cases = payer_cases(standing_statements(statements), renames, policies=self._policies)
        return dict.fromkeys(names) | {case.subject: case for case in cases}

    def _family(self, connection: Connection, subject: str) -> tuple[list[str], list[RecordedFact]]:
        """All codes and names that hang together with ``subject``, and what was said of them as payers."""
        found: set[str] = set()
        statements: dict[int, RecordedFact] = {}
        waiting = {subject}
        while waiting:
            waiting = self._organisations.names_of(connection, waiting) - found
            found |= waiting
            said = [fact for name in sorted(waiting) for fact in self._facts.of(connection, name, kinds=_READ)]
            statements |= {fact.position: fact for fact in said}
            payers = (fact.data.payer for fact in said if isinstance(fact.data, LeadInsured))
            waiting = {name for payer in payers for name in payer.subjects} - found
        return sorted(found), [statements[position] for position in sorted(statements)]


def context_of(case: PayerCase, finding: Finding) -> ClueContext:
    """About the payer, wherever there was an opening; it happened at the last of them."""
    resting = {(fact.source, fact.id) for fact in finding.facts}
    insured = [supply.insured for supply in case.supplies if supply.fact.identity in resting]
    places = sorted({each.jurisdiction for each in insured})
    return ClueContext(
        case_group=_PREFIX + case.subject,
        jurisdiction=common_jurisdiction(places),
        jurisdictions=tuple(places) if len(places) > 1 else (),
        title=case.payer.name,
        occurred_at=max(each.opened_at for each in insured),
        bidder=case.payer,
    )


def _judged(case: PayerCase) -> Iterator[Judgement]:
    for finding in judge(case):
        yield Judgement(case, (finding,), context_of(case, finding))
