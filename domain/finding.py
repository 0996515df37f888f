"""Verdicts, which rules return, and findings 比对结果, which they become."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.employers import EmployerMatch
from domain.evidence.recorded import FactRef, RecordedFact


class FindingOutcome(StrEnum):
    """The result of one rule about one subject; only ``mismatch`` and ``suspect`` become clues."""

    MISMATCH = "mismatch"
    SUSPECT = "suspect"
    NO_EVIDENCE = "no_evidence"
    EXEMPT = "exempt"
    CONSISTENT = "consistent"

    @property
    def makes_clue(self) -> bool:
        return self in (FindingOutcome.MISMATCH, FindingOutcome.SUSPECT)


class Severity(StrEnum):
    """How urgent a clue is; ``rank`` orders severities, with ``info`` lowest."""

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
    """One sentence with the values compared, in Chinese and in English; it never names a person."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule returns: a finding without the rule's code and the subject.

    ``facts`` are those the verdict rests on, in any order. A rule that returns several verdicts about
    one subject gives each its own ``discriminator``.
    """

    outcome: FindingOutcome
    explanation: Explanation
    facts: tuple[RecordedFact, ...]
    severity: Severity | None = None
    employer_match: EmployerMatch | None = None
    discriminator: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding 比对结果: the result of one rule about one subject, on the facts known now.

    ``severity`` is None where the outcome makes no clue. ``facts`` are sorted by source and id.
    ``thresholds`` are names and values of the thresholds that the rule was applied with.
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
