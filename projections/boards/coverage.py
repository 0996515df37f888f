"""Reads what was stated to be complete, as of now or as of any moment."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cachetools import LRUCache
from sqlalchemy import Connection, Row, Select

from domain.evidence import RecordedFact, standing
from domain.evidence.coverage import Answer, Ask, Asking, Coverage, counted
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.deliveries import delivery_subject
from projections.batches import position_at
from projections.boards.closings import CLOSINGS, closing_rows, latest, matching
from projections.evidence.recorded_facts import SubjectFacts

_MOST_REMEMBERED: Final = 20_000
"""Answers that a writer keeps; a city has a few for each day."""


@dataclass(frozen=True, slots=True)
class StandingClosing:
    """A closing that counts. ``closed_at`` is when the source stated it, ``recorded_at`` when we heard of it."""

    kind: str
    area: str
    through: str
    source: str
    delivery_id: str
    rows: int
    people: int | None
    closed_at: datetime
    recorded_at: datetime


class Closings:
    """The closed deliveries of one shard.

    A writer remembers answers and must :meth:`forget` them when a closing comes. A reader does not know
    when one comes, so it remembers nothing.
    """

    def __init__(self, facts: SubjectFacts, *, remembers: bool = False) -> None:
        self._facts = facts
        self._remembered: LRUCache[Ask, Answer] | None = LRUCache(_MOST_REMEMBERED) if remembers else None

    def forget(self) -> None:
        if self._remembered is not None:
            self._remembered.clear()

    def asking(self, connection: Connection, knowledge: Knowledge = EVERYTHING) -> Asking:
        """Answers questions as of the moment of ``knowledge``."""

        def ask(asks: Collection[Ask]) -> Coverage:
            return Coverage({each: self._answer(connection, each, knowledge) for each in asks})

        return ask

    def ever_closed(self, connection: Connection, asks: Iterable[Ask]) -> list[RecordedFact]:
        """The facts that may ever have changed the answers to ``asks``, by position.

        Of the closings that cover a day of a register, those up to the first that still counts.
        """
        deliveries: set[str] = set()
        for ask in sorted(set(asks)):
            for row in connection.execute(matching(ask).order_by(None).order_by(CLOSINGS.c.position)):
                deliveries.add(row.delivery_id)
                if row.counts:
                    break
        found: dict[int, RecordedFact] = {}
        for delivery_id in sorted(deliveries):
            about = self._facts.of(connection, delivery_subject(delivery_id))
            found |= {fact.position: fact for fact in about}
        return [found[position] for position in sorted(found)]

    def standing(self, connection: Connection, knowledge: Knowledge = EVERYTHING) -> list[StandingClosing]:
        """All closings that counted then, by kind, area and period."""
        if knowledge.known_at is None:
            rows = connection.execute(closing_rows().where(CLOSINGS.c.counts)).all()
            facts = {fact.position: fact for fact in self._facts.at(connection, [row.position for row in rows])}
            return [_standing(row, facts[row.position]) for row in rows]
        known = connection.execute(_known(connection, closing_rows(), knowledge)).all()
        return [_standing(row, fact) for row in known for fact in self._counted(connection, row, knowledge)]

    def _answer(self, connection: Connection, ask: Ask, knowledge: Knowledge) -> Answer:
        if self._remembered is None or knowledge is not EVERYTHING:
            return self._answer_anew(connection, ask, knowledge)
        answer = self._remembered.get(ask)
        if answer is None:
            answer = self._remembered[ask] = self._answer_anew(connection, ask, knowledge)
        return answer

    def _answer_anew(self, connection: Connection, ask: Ask, knowledge: Knowledge) -> Answer:
        last = self._first(connection, latest(ask), knowledge)
        if last is None:
            return Answer()
        closing = self._first(connection, matching(ask), knowledge)
        return Answer(closing[1] if closing else None, last[0].through, last[1])

    def _first(
        self, connection: Connection, query: Select[Any], knowledge: Knowledge
    ) -> tuple[Row[Any], RecordedFact] | None:
        """The first closing of ``query`` that counted, and its fact."""
        for row in connection.execute(_known(connection, query, knowledge)):
            for fact in self._counted(connection, row, knowledge):
                return row, fact
        return None

    def _counted(self, connection: Connection, row: Row[Any], knowledge: Knowledge) -> Iterator[RecordedFact]:
        """The fact of the row, as it counted; none where it did not count then."""
        facts = self._facts.known(connection, delivery_subject(row.delivery_id), knowledge)
        identity = (row.source, row.id)
        return (fact for fact in counted(standing(facts, knowledge)) if fact.identity == identity)


def _standing(row: Row[Any], fact: RecordedFact) -> StandingClosing:
    return StandingClosing(
        row.kind,
        row.area,
        row.through,
        row.source,
        row.delivery_id,
        row.rows,
        row.people,
        fact.occurred_at,
        fact.recorded_at,
    )


def _known(connection: Connection, query: Select[Any], knowledge: Knowledge) -> Select[Any]:
    """``query`` without what was certainly not known or does not count."""
    if knowledge.known_at is None:
        return query.where(CLOSINGS.c.counts).limit(1)
    if knowledge.known_by == "ours":
        return query.where(CLOSINGS.c.position <= position_at(connection, knowledge.known_at))
    return query
