"""What a notice 提示信息 says: thin, in Chinese and English, a suspicion and never a verdict.

A notice names the case, the bidder, the rule and the severity. Evidence stays behind the
clue, where access is graded: an explanation may name a payer, and a payer may be a rival.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from alerts.cases import words_about
from alerts.recipients import Occasion
from domain.access import Role
from domain.clues.clue import Clue
from domain.rule import RULEBOOK, Severity


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice is about; nothing personal beyond the pseudonym.

    ``case_kind`` is the kind of case; the first notices were about leads alone and did not say so.
    """

    rule: str
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

    @classmethod
    def of(cls, clue: Clue) -> "Content":
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


class Text(NamedTuple):
    subject: str
    body: str


class Words(NamedTuple):
    """One template in both languages; see :func:`write` for the fields."""

    zh: Text
    en: Text


def write(occasion: Occasion, role: Role, content: Content, *, person: str = "") -> Words:
    """The notice for a recipient of ``role``; ``person`` is the masked name, if the reader may see it."""
    template, case = TEMPLATES[occasion], words_about(content.case_kind)
    advice = ADVICE.get((occasion, role), ("", ""))
    rule = RULEBOOK.get(content.rule)
    zh = {
        **asdict(content),
        "rule": rule.title_zh if rule else content.rule,
        "severity": _SEVERITIES_ZH[content.severity],
        "person": f"（{person}）" if person else "",
        "comparison": case.comparison[0],
    }
    en = {
        **asdict(content),
        "rule": rule.title if rule else content.rule,
        "person": f" ({person})" if person else "",
        "comparison": case.comparison[1],
    }
    return Words(_filled(template.zh, zh, case.about[0], advice[0]), _filled(template.en, en, case.about[1], advice[1]))


def _filled(text: Text, values: dict[str, Any], about: str, advice: str) -> Text:
    values = {**values, "about": about.format_map(values)}
    return Text(text.subject.format_map(values), text.body.format_map(values) + advice)


_SEVERITIES_ZH: Final = {Severity.INFO: "提示", Severity.LOW: "低", Severity.MEDIUM: "中", Severity.HIGH: "高"}

TEMPLATES: Final[dict[Occasion, Words]] = {
    Occasion.RAISED: Words(
        Text("新线索：{rule}", "{comparison}就{about}发现线索：{rule}，级别{severity}。线索仅为疑点，有待核实。"),
        Text(
            "New clue: {rule}",
            "{comparison} raised a clue about {about}: {rule}, severity {severity}. "
            "It is a suspicion that remains to be checked.",
        ),
    ),
    Occasion.REOPENED: Words(
        Text(
            "线索重新出现：{rule}",
            "依据最新数据，就{about}已撤回的线索重新出现：{rule}，级别{severity}。线索仅为疑点，有待核实。",
        ),
        Text(
            "Clue reopened: {rule}",
            "On the latest data, a withdrawn clue about {about} is back: {rule}, severity {severity}. "
            "It is a suspicion that remains to be checked.",
        ),
    ),
    Occasion.CANDIDATE: Words(
        Text("中标候选人线索：{rule}", "中标候选人{about}存在待核实的线索：{rule}，级别{severity}。线索仅为疑点。"),
        Text(
            "Clue about a winning candidate: {rule}",
            "There is an open clue about {about}, a winning candidate: {rule}, severity {severity}. "
            "It is a suspicion that remains to be checked.",
        ),
    ),
    Occasion.REVISED: Words(
        Text("线索更新：{rule}", "新的数据更新了就{about}发现的线索：{rule}，现级别{severity}。"),
        Text("Clue revised: {rule}", "New data revised the clue about {about}: {rule}, now of severity {severity}."),
    ),
    Occasion.EXPLAINED: Words(
        Text("投标人已提交说明：{rule}", "投标人就{about}的线索（{rule}）提交了说明。"),
        Text(
            "The bidder has explained: {rule}", "The bidder submitted an explanation of the clue about {about}: {rule}."
        ),
    ),
    Occasion.EVIDENCE_CHANGED: Words(
        Text("证据有变化：{rule}", "就{about}的线索（{rule}），所依据的证据已有变化，线索不会自动撤回。"),
        Text(
            "Evidence changed: {rule}",
            "The evidence behind the clue about {about} has changed: {rule}. The clue is not withdrawn by itself.",
        ),
    ),
    Occasion.INVESTIGATION_OPENED: Words(
        Text("已启动核查：{rule}", "监管部门已就{about}的线索（{rule}）启动核查。"),
        Text(
            "Investigation opened: {rule}", "The supervisor opened an investigation of the clue about {about}: {rule}."
        ),
    ),
    Occasion.WITHDRAWN: Words(
        Text("线索已撤回：{rule}", "依据最新数据，就{about}的线索（{rule}）已撤回。"),
        Text("Clue withdrawn: {rule}", "On the latest data, the clue about {about} has been withdrawn: {rule}."),
    ),
    Occasion.CLEARED: Words(
        Text("线索已排除：{rule}", "经核查，就{about}的线索（{rule}）已排除。"),
        Text("Clue cleared: {rule}", "After an investigation, the clue about {about} has been cleared: {rule}."),
    ),
    Occasion.CONFIRMED: Words(
        Text("线索经核查属实：{rule}", "经核查，就{about}的线索（{rule}）属实。"),
        Text("Clue confirmed: {rule}", "An investigation confirmed the clue about {about}: {rule}."),
    ),
    Occasion.HANDED_OVER: Words(
        Text("线索已移交：{rule}", "经更正，就{about}的线索（{rule}）不再由贵方处理。"),
        Text(
            "Clue handed over: {rule}",
            "After a correction, the clue about {about} is no longer addressed to you: {rule}.",
        ),
    ),
}
"""By occasion. Fields: those of :class:`Content`, ``comparison``, ``about``, and ``person`` inside ``about``."""

_MAY_EXPLAIN: Final = ("贵单位可提交说明。", " You may submit an explanation.")
_TO_DECIDE: Final = ("请查收并决定是否核查。", " Please acknowledge it and decide whether to investigate.")
ADVICE: Final[dict[tuple[Occasion, Role], tuple[str, str]]] = {
    (Occasion.RAISED, Role.BIDDER): _MAY_EXPLAIN,
    (Occasion.REOPENED, Role.BIDDER): _MAY_EXPLAIN,
    (Occasion.INVESTIGATION_OPENED, Role.BIDDER): _MAY_EXPLAIN,
    (Occasion.RAISED, Role.SUPERVISOR): _TO_DECIDE,
    (Occasion.REOPENED, Role.SUPERVISOR): _TO_DECIDE,
    (Occasion.EVIDENCE_CHANGED, Role.SUPERVISOR): ("请复核。", " Please look at it again."),
}
"""What the recipient can do now, Chinese and English."""
