"""Recorded facts, and which of them stand at a moment, with corrections applied."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.facts.corrections import FactCorrected
from domain.facts.fact import Fact, FactData


@dataclass(frozen=True, slots=True, order=True)
class FactRef:
    """A reference to a fact; references are compared and sorted by ``source`` and ``id`` alone.

    Position and times are for readers. They must not matter to equality, because the same facts in
    another order of arrival must give equal findings.
    """

    source: str
    id: str
    type: str = field(compare=False)
    position: int = field(compare=False)
    occurred_at: datetime = field(compare=False)
    recorded_at: datetime = field(compare=False)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """One fact as read back from the ledger; ``position`` counts from 1.

    ``data`` is the content that counts: for a standing correction, that of its ``replacement``.
    """

    fact: Fact[FactData]
    position: int
    recorded_at: datetime
    replacement: FactData | None = None
    data: FactData = field(init=False, repr=False, compare=False)
    _ref: FactRef | None = field(init=False, default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every fold reads ``data`` of every fact, so it is worked out once.
        object.__setattr__(self, "data", self.replacement or self.fact.data)

    @property
    def source(self) -> str:
        return self.fact.source

    @property
    def id(self) -> str:
        return self.fact.id

    @property
    def identity(self) -> tuple[str, str]:
        """``(source, id)``, unique in the ledger."""
        return self.fact.source, self.fact.id

    @property
    def name(self) -> str:
        """``source#id``, as causes are named."""
        return f"{self.fact.source}#{self.fact.id}"

    @property
    def kind(self) -> str:
        return self.data.KIND

    @property
    def is_history(self) -> bool:
        """Whether it was loaded as history, or followed from what was."""
        return self.fact.history is True

    @property
    def occurred_at(self) -> datetime:
        return self.fact.time

    @property
    def ref(self) -> FactRef:
        """The reference to this fact; its ``type`` is that of the ledger row, also for a correction."""
        if self._ref is None:
            object.__setattr__(self, "_ref", self._reference())
        assert self._ref is not None
        return self._ref

    def _reference(self) -> FactRef:
        fact = self.fact
        return FactRef(fact.source, fact.id, fact.data.type_name(), self.position, fact.time, self.recorded_at)


KnownBy = Literal["ours", "source"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was known at the moment ``known_at`` (inclusive); None is everything known now.

    With ``known_by`` ``ours`` a fact is known from the moment we recorded it, with ``source`` from the
    moment the source recorded it. Where the source does not say when it did, our moment counts.

    ``not_yet`` names facts (:attr:`RecordedFact.name`) that are left out all the same, with what
    followed from them: it tells facts of one moment apart.
    """

    known_at: datetime | None = None
    known_by: KnownBy = "ours"
    not_yet: frozenset[str] = frozenset()

    def covers(self, fact: RecordedFact) -> bool:
        """Whether ``fact`` was known."""
        if self.known_at is None:
            return True
        if self.not_yet and not self.not_yet.isdisjoint((fact.name, fact.fact.causationid)):
            return False
        return known_since(fact, self.known_by) <= self.known_at


def known_since(fact: RecordedFact, known_by: KnownBy) -> datetime:
    """When a fact became known."""
    by_source = fact.fact.recordedtime if known_by == "source" else None
    return by_source or fact.recorded_at


def retracted(fact: RecordedFact) -> tuple[str, str] | None:
    """The identity of what a correction takes back; None of other facts."""
    said = fact.fact.data
    return (said.retracts.source, said.retracts.id) if isinstance(said, FactCorrected) else None


EVERYTHING = Knowledge()


def standing(facts: Iterable[RecordedFact], knowledge: Knowledge = EVERYTHING) -> tuple[RecordedFact, ...]:
    """The facts that stand, sorted by ``(source, id)``, each once.

    A fact is retracted if any known correction names it, even one that is itself corrected. The
    replacement in a standing correction counts under the identity of the correction, and may concern
    another subject than the fact it replaces. Corrections without a replacement are left out.
    """
    known: dict[tuple[str, str], RecordedFact] = {}
    for fact in facts:
        if knowledge.covers(fact):
            # The same fact may be indexed under several subjects, or be recorded in several shards.
            first = known.setdefault(fact.identity, fact)
            if fact.position < first.position:
                known[fact.identity] = fact
    # Retractions form a set: whether a fact stands does not depend on the order of corrections, and
    # no correction can bring a fact back (docs/decisions/0003).
    gone = set(filter(None, map(retracted, known.values())))
    counted = (as_it_counts(known[identity]) for identity in sorted(known.keys() - gone))
    return tuple(fact for fact in counted if fact is not None)


def as_it_counts(fact: RecordedFact) -> RecordedFact | None:
    """A fact while nothing takes it back: of a correction its replacement, if it has one."""
    correction = fact.fact.data
    if not isinstance(correction, FactCorrected):
        return fact
    replacement = correction.replacement
    return RecordedFact(fact.fact, fact.position, fact.recorded_at, replacement.data) if replacement else None
