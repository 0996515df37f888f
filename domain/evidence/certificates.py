"""Electronic certificates 电子证照 of firms and people: the status of each on a given day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.evidence.recorded import RecordedFact
from domain.facts.certificates import CertificateChanged, CertificateFact


@dataclass(frozen=True, slots=True)
class CertificateState:
    """The state of one certificate number on one day; ``valid_from`` and ``valid_to`` are inclusive.

    ``begun`` is False where every known fact about it begins after that day.
    """

    certificate_no: str
    kind: str
    status: str
    valid_from: date
    valid_to: date | None
    begun: bool
    valid: bool
    fact: RecordedFact


def certificates_on(day: date, facts: Iterable[RecordedFact]) -> tuple[CertificateState, ...]:
    """The state of each certificate number on ``day``, sorted by number.

    The status in a fact holds from its ``valid_from`` on, and replaces that of facts that began
    before. Of facts that begin on the same day, a change comes before an issue, and the one that
    happened later (CloudEvents ``time``) comes before the earlier one.
    """
    by_number: defaultdict[str, list[tuple[CertificateFact, RecordedFact]]] = defaultdict(list)
    for fact in facts:
        data = fact.data
        if isinstance(data, CertificateFact):
            by_number[data.certificate_no].append((data, fact))
    return tuple(_state_on(day, by_number[number]) for number in sorted(by_number))


def _state_on(day: date, entries: list[tuple[CertificateFact, RecordedFact]]) -> CertificateState:
    begun = [entry for entry in entries if entry[0].valid_from <= day]
    data, fact = max(begun, key=_precedence) if begun else min(entries, key=_precedence)
    within = bool(begun) and (data.valid_to is None or day <= data.valid_to)
    return CertificateState(
        certificate_no=data.certificate_no,
        kind=data.kind,
        status=data.status,
        valid_from=data.valid_from,
        valid_to=data.valid_to,
        begun=bool(begun),
        valid=within and data.status == "valid",
        fact=fact,
    )


def _precedence(entry: tuple[CertificateFact, RecordedFact]) -> tuple[object, ...]:
    """The order in which facts replace each other; the last parts only break ties."""
    # Of two facts that are equal up to there, the one that is not valid counts: a revoked licence must
    # not be overlooked because a source sent both at once.
    data, fact = entry
    return (
        data.valid_from,
        isinstance(data, CertificateChanged),
        fact.occurred_at,
        data.status != "valid",
        data.status,
        data.valid_to or date.max,
        fact.identity,
    )
