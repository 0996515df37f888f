"""Judging anew when a delivery is closed, replaced or retracted: the case groups that ask about its period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from domain.evidence import RecordedFact
from domain.evidence.coverage import Ask, Rests
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import DeliveryClosed, delivery_subject
from projections.boards import closings
from projections.boards.closings import CLOSINGS
from projections.boards.coverage import Closings
from projections.boards.due_dates import MOST_AT_ONCE
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import corrected, replacements

_CLOSED: Final = wanted([DeliveryClosed.KIND])
_CORRECTING: Final = wanted([FactCorrected.KIND])
_AT_ONCE: Final = timedelta(0)


class ClosedDeliveries:
    """Keeps the board of closings, and finds whom a change of it concerns."""

    def __init__(self, facts: SubjectFacts, deliveries: Closings) -> None:
        self._facts = facts
        self._deliveries = deliveries

    def load(self) -> None:
        """Forget what is in memory: the tables may have gone back."""
        self._deliveries.forget()

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, list[RecordedFact]]:
        """The groups to be judged, each with the closings and corrections that make it necessary.

        The first month of a large city that is closed concerns thousands of bids. More than a batch can
        take are left to the next batches, as those that are due.
        """
        causes = self._causes(run.connection, touched)
        changed: set[closings.Key] = set()
        for delivery_id in sorted(causes):
            facts = self._facts.of(run.connection, delivery_subject(delivery_id))
            changed |= closings.put(run.connection, delivery_id, facts)
        if not changed:
            return {}
        self._deliveries.forget()
        groups = sorted(closings.asking(run.connection, changed))
        for group in groups[MOST_AT_ONCE:]:
            run.due.settle(run.connection, group, run.now, after=_AT_ONCE, at_most=_AT_ONCE)
        facts = list({fact.position: fact for of_one in causes.values() for fact in of_one}.values())
        facts.sort(key=lambda fact: fact.position)
        return dict.fromkeys(groups[:MOST_AT_ONCE], facts)

    def judged(self, connection: Connection, judgements: Judgements) -> None:
        """Note what the groups that have just been judged ask of coverage."""
        closings.put_asks(connection, {group: _asked(of_group) for group, of_group in judgements.items()})

    def _causes(self, connection: Connection, touched: Touched) -> Mapping[str, list[RecordedFact]]:
        """The touched deliveries, each with the facts that touch it."""
        found: defaultdict[str, list[RecordedFact]] = defaultdict(list)
        content = [(fact.data, fact) for fact in self._facts.at(connection, touched.only(_CLOSED).positions.tolist())]
        corrections = touched.only(_CORRECTING)
        if len(corrections):
            content += replacements(self._facts.at(connection, corrections.positions.tolist()))
            for delivery_id, facts in corrected(
                connection, self._facts, corrections, CLOSINGS.c.delivery_id, CLOSINGS.c.subject_key
            ).items():
                found[delivery_id] += facts
        for data, fact in content:
            if isinstance(data, DeliveryClosed):
                for delivery_id in filter(None, (data.delivery_id, data.replaces)):
                    found[delivery_id].append(fact)
        return found


def _asked(judgements: Iterable[Judgement]) -> frozenset[Ask]:
    cases = {id(judgement.case): judgement.case for judgement in judgements}
    return frozenset(ask for case in cases.values() if isinstance(case, Rests) for ask in case.open_asks)
