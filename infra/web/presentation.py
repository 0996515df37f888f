"""What the clue pages show: rows of the queries, made ready for the templates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.access import Actor, Role
from domain.clues.context import ClueStatus
from domain.divisions import divisions
from domain.evidence.comparison import CertificateRow, MonthRow, PayerRow, RegistrationRow
from domain.evidence.days import SHANGHAI
from domain.facts.fact import TYPE_PREFIX
from infra.documents.clue_detail import ClueEvidence
from infra.web.texts import Language
from projections.questions.clue_queries import ShownClue

WITH_REASON: Final = ("confirm", "clear", "explain")
_DECISIONS: Final = {
    ClueStatus.RAISED: ("acknowledge", "investigate"),
    ClueStatus.ACKNOWLEDGED: ("investigate",),
    ClueStatus.UNDER_INVESTIGATION: ("clear", "confirm"),
}


@dataclass(frozen=True, slots=True)
class Payer:
    """One payer of one month, with everything it paid on that day."""

    name: str
    outcome: str
    schemes: tuple[str, ...]
    paid_on: date
    paid_after_opening: bool


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    due: bool
    payers: tuple[Payer, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    name: str
    outcome: str
    qualification: str
    certificate_no: str
    valid_from: date
    valid_to: date | None

    def holds_in(self, month: str) -> bool:
        """Whether it was valid on any day of ``month`` (YYYY-MM)."""
        begun = f"{self.valid_from:%Y-%m}" <= month
        return begun and (self.valid_to is None or month <= f"{self.valid_to:%Y-%m}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The strip: payer by month, registration and certificates beside the bidder."""

    opened_on: date
    months: tuple[Month, ...]
    registrations: tuple[Registered, ...]
    certificates: tuple[CertificateRow, ...]


def evidence_of(found: ClueEvidence) -> Evidence:
    return Evidence(
        opened_on=found.opened_on,
        months=tuple(_month(row) for row in found.months),
        registrations=tuple(_registered(row) for row in found.registrations),
        certificates=found.certificates,
    )


def verbs_for(actor: Actor, status: ClueStatus, *, evidence_changed: bool) -> tuple[str, ...]:
    """What ``actor`` can do about a clue of that status; the likeliest first."""
    if actor.role is Role.BIDDER:
        return ("explain",) if status.is_open else ()
    if not actor.may_decide:
        return ()
    if evidence_changed and status in (ClueStatus.CONFIRMED, ClueStatus.CLEARED):
        return ("investigate",)
    return _DECISIONS.get(status, ())


def place_name(code: str | None) -> str:
    """A jurisdiction by the names of its levels: 广东省广州市天河区."""
    if not code:
        return ""
    names = [divisions().get(code[:digits]) for digits in (2, 4, 6) if len(code) >= digits]
    return "".join(name for name in names if name) or code


def numbers_of(clue: ShownClue) -> tuple[str, ...]:
    """By which a reader finds the case in the source's own papers."""
    lot = " / ".join(part for part in (clue.tender_id, clue.lot_id) if part)
    project = clue.project_code if clue.case_kind != "appointments" else None
    return tuple(number for number in (clue.case_id, lot, project) if number and number != clue.title)


def kind_of(message_type: str) -> str:
    """``insurance-paid`` of ``tender-integrity.insurance-paid.v1``."""
    return message_type.removeprefix(TYPE_PREFIX).rpartition(".")[0]


def moment(instant: datetime | str) -> str:
    """To the minute, in China's time."""
    parsed = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{parsed.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def in_language(zh: str, en: str, language: Language) -> str:
    return zh if language is Language.ZH else en


def _month(row: MonthRow) -> Month:
    return Month(row.month, row.due, tuple(_payers(row.payers)))


def _payers(rows: Sequence[PayerRow]) -> Iterable[Payer]:
    together: dict[tuple[str, str, date], list[PayerRow]] = {}
    for row in rows:
        together.setdefault((row.payer, row.match.outcome.value, row.paid_on), []).append(row)
    for (name, outcome, paid_on), paid in together.items():
        schemes = tuple(dict.fromkeys(row.scheme for row in paid))
        yield Payer(name, outcome, schemes, paid_on, any(row.paid_after_opening for row in paid))


def _registered(row: RegistrationRow) -> Registered:
    return Registered(
        row.employer, row.match.outcome.value, row.qualification, row.certificate_no, row.valid_from, row.valid_to
    )
