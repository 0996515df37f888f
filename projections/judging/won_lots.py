"""The case kind of won lots: the lead of each winning bid, from the award until the project is accepted.

A group is one appointment whose bidder got the award, or builds the project that the lot names. Bids that did
not win are never read here.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from domain.clues.context import ClueContext, group_of_won_lot
from domain.evidence import PAID, RecordedFact, appointment_cases, case_subject, payment_months, standing
from domain.evidence.days import first_instant, shifted_month
from domain.evidence.projects import PROJECT_KINDS
from domain.evidence.winning import ACTING_KINDS
from domain.evidence.won import WonCase
from domain.facts.attendance import ProjectFact
from domain.facts.bidding import LeadAppointed, LeadCandidacy
from domain.facts.corrections import FactCorrected
from domain.facts.employers import EmployerRenamed
from domain.facts.fact import FactData
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from projections.boards.coverage import Closings
from projections.boards.judged import person_of
from projections.boards.won_lots import WonLots as Watching
from projections.evidence.organisations import Organisations
from projections.evidence.recorded_facts import SubjectFacts
from projections.evidence.won_lots import OF_LEAD_KINDS, with_evidence
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import replacements

_BEGINNING: Final = wanted([LeadAppointed.KIND, LeadCandidacy.KIND, *PROJECT_KINDS, FactCorrected.KIND])
_OTHERS: Final = wanted(OF_LEAD_KINDS | PROJECT_KINDS | {EmployerRenamed.KIND})
_OF_PROJECT: Final = PROJECT_KINDS | {FactCorrected.KIND}
"""A correction may have put a project in place."""
_PAID: Final = wanted(PAID)
_ON_SITE: Final = wanted(ACTING_KINDS)
_APPOINTED: Final = frozenset({LeadAppointed.KIND})
_PREFIX: Final = group_of_won_lot("")


class WonLots:
    """Judges the leads of winning bids at once."""

    name = "won_lots"

    def __init__(
        self, facts: SubjectFacts, organisations: Organisations, policies: PolicyBook, deliveries: Closings
    ) -> None:
        self._facts = facts
        self._organisations = organisations
        self._policies = policies
        self._deliveries = deliveries
        self._won = Watching()

    def load(self, connection: Connection) -> None:
        """Load the won lots; the organisations in memory are those of another case kind, which loads them."""
        self._won = Watching.load(connection)

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        connection = run.connection
        positions: defaultdict[str, set[int]] = defaultdict(set)
        for subject, position in (*self._beginning(connection, touched), *self._known(connection, touched)):
            positions[subject].add(position)
        return {_PREFIX + subject: self._facts.at(connection, sorted(causes)) for subject, causes in positions.items()}

    def _beginning(self, connection: Connection, touched: Touched) -> Iterator[tuple[str, int]]:
        """The appointments by which a lot may have been won, each with the position of what says so."""
        begun = self._facts.at(connection, touched.only(_BEGINNING).positions.tolist())
        content = [(fact.data, fact) for fact in begun] + replacements(begun)
        for data, fact in content:
            for subject in self._beginning_with(connection, data):
                yield subject, fact.position

    def _beginning_with(self, connection: Connection, data: FactData) -> Iterator[str]:
        if isinstance(data, LeadCandidacy) and data.rank is None:
            yield case_subject(data)
        elif isinstance(data, ProjectFact):
            for bid in self._facts.of(connection, f"project:{data.project_code}", kinds=_APPOINTED):
                if isinstance(bid.data, LeadAppointed):
                    yield case_subject(bid.data)
        elif isinstance(data, LeadAppointed) and self._may_be_won(connection, data):
            yield case_subject(data)

    def _may_be_won(self, connection: Connection, bid: LeadAppointed) -> bool:
        """Whether an award or a project is known already when its opening comes, as after a history out of order."""
        project = f"project:{bid.project_code}"
        return bool(
            len(self._facts.positions(connection, project, kinds=_OF_PROJECT))
            or len(self._facts.positions(connection, bid.person.subject, kinds={LeadCandidacy.KIND}))
        )

    def _known(self, connection: Connection, touched: Touched) -> Iterator[tuple[str, int]]:
        """The won lots that the facts may concern, by keys and codes alone."""
        if len(others := touched.only(_OTHERS)):
            keys, positions = self._organisations.with_former_names(connection, others.keys, others.positions)
            hits = self._won.touched(keys) | self._won.sites_touched(keys)
            yield from self._watching(keys[hits].tolist(), positions[hits].tolist())
        if len(on_site := touched.only(_ON_SITE)):
            hits = self._won.sites_touched(on_site.keys)
            yield from self._watching(on_site.keys[hits].tolist(), on_site.positions[hits].tolist())
        if len(paid := touched.only(_PAID)):
            hits = self._won.touched(paid.keys)
            columns = (column[hits].tolist() for column in (paid.keys, paid.positions, paid.kinds))
            for key, position, code in zip(*columns, strict=True):
                yield from ((subject, position) for subject in self._won.paying(key, code))

    def _watching(self, keys: Sequence[int], positions: Sequence[int]) -> Iterator[tuple[str, int]]:
        for key, position in zip(keys, positions, strict=True):
            yield from ((subject, position) for subject in self._won.watching(key))

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        people = {f"person:{person_of(group.removeprefix(_PREFIX))}" for group in groups}
        self._facts.prefetch(run.connection, sorted(people), kinds=OF_LEAD_KINDS)
        cases = {group: self._case(run, group.removeprefix(_PREFIX)) for group in groups}
        self._won.put(run.connection, {group.removeprefix(_PREFIX): case for group, case in cases.items()})
        for group in groups:
            run.wait(group, ())
        return {group: tuple(_judgements(group, case)) for group, case in cases.items()}

    def _case(self, run: JudgingRun, subject: str) -> WonCase | None:
        connection, person = run.connection, f"person:{person_of(subject)}"
        recorded = self._facts.of(connection, person, kinds=OF_LEAD_KINDS)
        appointed = [
            fact.data
            for fact in standing(recorded)
            if isinstance(fact.data, LeadAppointed) and case_subject(fact.data) == subject
        ]
        months = payment_months(appointed, self._policies)
        paid = self._facts.of(connection, person, kinds=PAID, months=months)
        facts = standing([*recorded, *paid])
        renames = self._organisations.renames(connection)
        openings = appointment_cases(facts, (), renames, policies=self._policies, now=run.now, only={subject})
        asking = self._deliveries.asking(connection)
        return next((with_evidence(connection, self._facts, each, facts, asking) for each in openings), None)


def _judgements(group: str, case: WonCase | None) -> Iterator[Judgement]:
    """One judgement for each finding, because the findings of a case happened at different times.

    One without findings comes first: what a case asks of coverage is noted also where nothing is found.
    """
    if case is not None:
        about = replace(ClueContext.of(case.opening.appointment), case_group=group)
        yield Judgement(case, (), about, candidate=True)
        for finding in judge(case):
            occurred_at = _occurred_at(finding, about.occurred_at)
            yield Judgement(case, (finding,), replace(about, occurred_at=occurred_at), candidate=True)


def _occurred_at(finding: Finding, opened_at: datetime) -> datetime:
    """The end of the month for a finding about a month, else the time of the last fact in the finding."""
    if len(finding.discriminator) == len("2025-07"):
        return first_instant(shifted_month(finding.discriminator, 1)) - timedelta(seconds=1)
    return max((fact.occurred_at for fact in finding.facts), default=opened_at)
