"""What a rule says: verdicts, and the findings 比对结果 they become."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.employers import EmployerMatch
from domain.evidence.recorded import FactRef, RecordedFact


class FindingOutcome(StrEnum):
    """What one rule says about one subject; only the first two become clues."""

    MISMATCH = "mismatch"
    SUSPECT = "suspect"
    NO_EVIDENCE = "no_evidence"
    EXEMPT = "exempt"
    CONSISTENT = "consistent"

    @property
    def makes_clue(self) -> bool:
        return self in (FindingOutcome.MISMATCH, FindingOutcome.SUSPECT)


class Severity(StrEnum):
    """How urgent a clue is; ``rank`` orders them, info lowest."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence with the values, in Chinese and in English; never a person's name."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule returns: a finding without the name of the rule and of its subject.

    ``facts`` are those it rests on, in any order. A rule that says several things about one
    subject tells them apart by ``discriminator``.
    """

    outcome: FindingOutcome
    explanation: Explanation
    facts: tuple[RecordedFact, ...]
    severity: Severity | None = None
    employer_match: EmployerMatch | None = None
    discriminator: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding 比对结果: what one rule says about one subject on the facts known now.

    ``severity`` is None where the outcome makes no clue; ``facts`` are sorted by source and id.
    ``thresholds`` are the names and values it was judged by.
    """

    rule: str
    rule_version: int
    subject: str
    outcome: FindingOutcome
    severity: Severity | None
    facts: tuple[FactRef, ...]
    explanation: Explanation
    employer_match: EmployerMatch | None = None
    discriminator: str = ""
    thresholds: tuple[tuple[str, str], ...] = ()
