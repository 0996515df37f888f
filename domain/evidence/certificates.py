"""Electronic certificates of firms and people: which status held on a day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.evidence.recorded import RecordedFact
from domain.facts.certificates import CertificateChanged, CertificateFact


@dataclass(frozen=True, slots=True)
class CertificateState:
    """What is known of one certificate number about one day; both ends are inclusive.

    ``begun`` is False where all that is known begins later.
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
    """One state per certificate number, by number.

    A fact says that its status holds from its ``valid_from`` on, and supersedes what began
    before. Of facts that begin on the same day a change supersedes an issue, and the one that
    happened later (CloudEvents ``time``) the earlier.
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
    """The last parts only break ties: a status that is not valid, then the later end, then the name."""
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
