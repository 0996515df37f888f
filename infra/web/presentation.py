"""What the clue pages show: rows of the queries, made ready for the templates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.access import Actor, Role
from domain.clues.clue import BY_RULES, BY_TIME, is_by_rules
from domain.clues.context import ClueStatus, Step
from domain.evidence.comparison import CertificateRow, MonthRow, PayerRow, RegistrationRow
from domain.evidence.days import SHANGHAI
from domain.facts.fact import TYPE_PREFIX
from domain.rule import RULEBOOK
from infra.documents.clue_detail import ClueEvidence
from infra.identity.vault import UNKNOWN_PERSON
from infra.texts.language import Language
from infra.web.texts import TEXTS, text, word
from projections.questions.clue_queries import ShownClue
from projections.questions.matter_queries import ShownMatter

WITH_REASON: Final = ("confirm", "clear", "explain")
_DECISIONS: Final = {
    ClueStatus.RAISED: ("acknowledge", "investigate"),
    ClueStatus.ACKNOWLEDGED: ("investigate",),
    ClueStatus.UNDER_INVESTIGATION: ("clear", "confirm"),
}


@dataclass(frozen=True, slots=True)
class Payer:
    """One payer of one month, with everything it paid on that day; ``name`` None: not for this reader."""

    name: str | None
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
    """``name`` as in :class:`Payer`."""

    name: str | None
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


def emphasised(verbs: tuple[str, ...]) -> str | None:
    """The button that stands out: the next step of the way. Of two conclusions neither is suggested."""
    return next((verb for verb in verbs if verb not in ("confirm", "clear")), None)


def for_role(key: str, role: Role | None) -> str:
    """The key of the words for that reader, where there are such: a bidder has nothing to acknowledge."""
    return f"{key}_{role}" if f"{key}_{role}" in TEXTS else key


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
    return language.of((zh, en))


def person_of(clue: ShownClue | ShownMatter) -> str:
    """The masked name, where one is known and may be seen; else the beginning of the pseudonym."""
    masked = clue.person_masked
    return masked if masked and masked != UNKNOWN_PERSON else f"{(clue.person_id or '')[:12]}…"


def rule_title(code: str, language: Language) -> str:
    rule = RULEBOOK.get(code)
    return in_language(rule.title_zh, rule.title, language) if rule else code


def cause_of(step: Step, clue: ShownClue, language: Language) -> str:
    """The fact that caused a step: what it says, where it is one of the clue's, then its source and id."""
    if step.caused_by is None or step.caused_by == BY_TIME:
        return text("by_time", language)
    if is_by_rules(step.caused_by):
        return by_rules(step.caused_by, language)
    source, _, id = step.caused_by.partition("#")
    kinds = {(fact.source, fact.id): word(kind_of(fact.type), language) for fact in clue.facts}
    named = text("comma", language).join(part for part in (source, id) if part)
    kind = kinds.get((source, id))
    return in_language(f"{kind}（{named}）", f"{kind} ({named})", language) if kind else named


def by_rules(cause: str, language: Language) -> str:
    """The version of the rule by which a clue was judged anew, or that it was judged anew at all."""
    if cause == BY_RULES:
        return text("by_rules", language)
    _, code, _, version = cause.split()
    return text("by_rule", language).format(code=code, version=version)


def standing_of(clue: ShownClue, language: Language) -> str:
    """What a clue is worth as it stands: a suspicion, until somebody has decided."""
    if clue.status == ClueStatus.WITHDRAWN:
        return text("standing_withdrawn", language)
    decided = [step for step in clue.history if step.what in (ClueStatus.CONFIRMED, ClueStatus.CLEARED)]
    if clue.status not in (ClueStatus.CONFIRMED, ClueStatus.CLEARED) or not decided:
        return text("suspicion", language)
    return text("standing_decided", language).format(office=decided[-1].name or text("the_supervisor", language))


def _month(row: MonthRow) -> Month:
    return Month(row.month, row.due, tuple(_payers(row.payers)))


def _payers(rows: Sequence[PayerRow]) -> Iterable[Payer]:
    together: dict[tuple[str | None, str, date], list[PayerRow]] = {}
    for row in rows:
        together.setdefault((row.payer, row.match.outcome.value, row.paid_on), []).append(row)
    for (name, outcome, paid_on), paid in together.items():
        schemes = tuple(dict.fromkeys(row.scheme for row in paid))
        yield Payer(name, outcome, schemes, paid_on, any(row.paid_after_opening for row in paid))


def _registered(row: RegistrationRow) -> Registered:
    return Registered(
        row.employer, row.match.outcome.value, row.qualification, row.certificate_no, row.valid_from, row.valid_to
    )
