"""What a notice is about, as it is stored: a clue, or a load of history."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from domain.clues.changed_by_history import LoadSummary
from domain.clues.clue import Clue
from domain.rule import Severity


@dataclass(frozen=True, slots=True)
class Load:
    """What a load of history changed in one place: how many clues of each rule and severity stand after it.

    ``since`` is the moment of the first change; the list of clues since then shows them.
    """

    clues: int
    since: str
    counts: tuple[tuple[str, Severity, int], ...]

    def document(self, jurisdiction: str) -> dict[str, Any]:
        """In plain JSON types, with the address of the list."""
        named = ("rule", "severity", "clues")
        return {
            "clues": self.clues,
            "since": self.since,
            "counts": [dict(zip(named, count, strict=True)) for count in self.counts],
            "list": f"/api/v1/clues?{urlencode({'jurisdiction': jurisdiction, 'since': self.since})}",
        }


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice is about; a pseudonym is the only personal data in it.

    ``rule`` is None and ``load`` is given in the summary of a load of history; ``severity`` is the highest in
    it then. ``case_kind`` has a default because the first stored notices were all about leads and had no such
    field.
    """

    rule: str | None
    severity: Severity
    jurisdiction: str
    tender_id: str | None
    lot_id: str | None
    title: str
    bidder: str | None
    person_id: str | None
    project_code: str | None = None
    case_id: str | None = None
    case_kind: str = "appointments"
    load: Load | None = None

    @classmethod
    def of(cls, clue: Clue) -> "Content":
        """The content of a notice about ``clue`` as it is now."""
        context = clue.context
        return cls(
            rule=clue.finding.rule,
            severity=clue.severity,
            jurisdiction=context.jurisdiction,
            tender_id=context.tender_id,
            lot_id=context.lot_id,
            title=context.title,
            bidder=context.bidder.name if context.bidder else None,
            person_id=context.person_id,
            project_code=context.project_code,
            case_id=context.case_id,
            case_kind=context.case_kind,
        )

    @classmethod
    def of_load(cls, summary: LoadSummary) -> "Content":
        """The content of the notice about a load of history."""
        highest = max((severity for _, severity, _ in summary.counts), key=lambda severity: severity.rank)
        load = Load(summary.clues, summary.since.astimezone(UTC).isoformat(timespec="microseconds"), summary.counts)
        return cls(None, highest, summary.jurisdiction, None, None, "", None, None, case_kind="loads", load=load)

    @classmethod
    def read(cls, text: str) -> "Content":
        """The content that :meth:`text` wrote."""
        stored = json.loads(text)
        load = stored.pop("load", None)
        if load is not None:
            counts = tuple((rule, Severity(severity), number) for rule, severity, number in load["counts"])
            stored["load"] = Load(load["clues"], load["since"], counts)
        return cls(**{**stored, "severity": Severity(stored["severity"])})

    def text(self) -> str:
        """As it is stored."""
        # Without the empty field, notices about clues stay equal to the byte to those stored before it existed.
        stored = {name: value for name, value in asdict(self).items() if name != "load" or value is not None}
        return json.dumps(stored, ensure_ascii=False, sort_keys=True)

    def document(self) -> dict[str, Any]:
        """In plain JSON types, for readers."""
        return {**asdict(self), "load": self.load.document(self.jurisdiction) if self.load else None}
