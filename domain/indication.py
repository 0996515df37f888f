"""An indication: whom an indicator 指标 flags, with the number it publishes."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.evidence.ocds_market import Group
from domain.rule import Explanation, FindingOutcome, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Indication(Verdict):
    """The verdict of an indicator.

    ``flagged`` names a process, or a firm or buyer, as ``group`` says; ``value`` is the published
    number. ``processes`` are the keys of the contracting processes that it rests on. ``derived``
    means that a bidder is flagged only because its process is flagged.
    """

    group: Group
    flagged: str
    value: float
    processes: tuple[str, ...]
    derived: bool = False


def flag(
    group: Group,
    flagged: str,
    value: float,
    explanation: Explanation,
    processes: Iterable[str],
    *,
    severity: Severity = Severity.LOW,
    derived: bool = False,
) -> Indication:
    """A suspicion for a reviewer; an indicator by itself is never more than that."""
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
        derived=derived,
    )
