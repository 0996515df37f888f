"""What an indicator 指标 says: whom it flags, with the number it publishes."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.evidence.ocds_market import Group
from domain.rule import Explanation, FindingOutcome, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Indication(Verdict):
    """A verdict that flags ``flagged`` of ``group`` with ``value``; it rests on ``processes``, by key.

    ``beside`` tells that a bidder is flagged because its process is.
    """

    group: Group
    flagged: str
    value: float
    processes: tuple[str, ...]
    beside: bool = False


def flag(
    group: Group,
    flagged: str,
    value: float,
    explanation: Explanation,
    processes: Iterable[str],
    *,
    severity: Severity = Severity.LOW,
    beside: bool = False,
) -> Indication:
    """A suspicion for a reviewer; an indicator by itself never says more."""
    return Indication(
        FindingOutcome.SUSPECT,
        explanation,
        (),
        severity,
        discriminator=f"{group}:{flagged}",
        group=group,
        flagged=flagged,
        value=float(value),
        processes=tuple(processes),
        beside=beside,
    )
