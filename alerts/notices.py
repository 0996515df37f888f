"""The text of a notice 提示信息, in Chinese and English; it tells of a suspicion and never of a verdict.

A notice names the case, the bidder, the rule and the severity. It contains no evidence: an explanation may
name a payer, and a payer may be a rival. Whoever may see the evidence finds it at the clue.
"""

from dataclasses import asdict
from typing import Any, Final, NamedTuple

from alerts.cases import words_about
from alerts.content import Content, Load
from alerts.recipients import Occasion
from domain.access import Role
from domain.divisions import place_name
from domain.rule import RULEBOOK, Severity


class Text(NamedTuple):
    """A template, or a finished text."""

    subject: str
    body: str


class Words(NamedTuple):
    """A template, or a finished text, in both languages."""

    zh: Text
    en: Text


def rule_url(code: str) -> str:
    """Where the rule is explained to everybody, on the server that serves the clues."""
    return f"/public/rules/{code}"


def write(occasion: Occasion, role: Role, content: Content, *, person: str = "") -> Words:
    """The text for a recipient of ``role``; ``person`` is the masked name, where the reader may see it."""
    template, case = TEMPLATES[occasion], words_about(content.case_kind)
    about = case.untitled if case.untitled and content.title == content.project_code else case.about
    advice = _advice(occasion, role, content.rule)
    rule = RULEBOOK.get(content.rule or "")
    common = {**asdict(content), "place": place_name(content.jurisdiction)}
    zh = {
        **common,
        **_load_words(content.load),
        "rule": rule.title_zh if rule else content.rule,
        "severity": _SEVERITIES_ZH[content.severity],
        "person": f"（{person}）" if person else "",
        "comparison": case.comparison,
    }
    en = {
        **common,
        **_load_words(content.load, chinese=False),
        "rule": rule.title if rule else content.rule,
        "person": f" ({person})" if person else "",
    }
    return Words(_filled(template.zh, zh, about[0], advice[0]), _filled(template.en, en, about[1], advice[1]))


def _advice(occasion: Occasion, role: Role, rule: str | None) -> tuple[str, str]:
    """What the recipient can do now; of some rules something else than of the rest."""
    asked = ASKED.get((rule or "", role)) if occasion in (Occasion.RAISED, Occasion.REOPENED) else None
    return asked or ADVICE.get((occasion, role), ("", ""))


def _load_words(load: Load | None, *, chinese: bool = True) -> dict[str, Any]:
    """The fields of the template about a load of history."""
    if load is None:
        return {}
    counts = sorted(load.counts, key=lambda count: (-count[1].rank, count[0]))
    titles = {code: (rule.title_zh if chinese else rule.title) for code, rule in RULEBOOK.items()}
    if chinese:
        said = "；".join(
            f"{titles.get(rule, rule)}（{_SEVERITIES_ZH[severity]}）{number}条" for rule, severity, number in counts
        )
    else:
        said = "; ".join(f"{titles.get(rule, rule)} ({severity}): {number}" for rule, severity, number in counts)
    return {"clues": load.clues, "counts": said}


def _filled(text: Text, values: dict[str, Any], about: str, advice: str) -> Text:
    values = {**values, "about": about.format_map(values)}
    return Text(text.subject.format_map(values), (text.body + advice).format_map(values))


_SEVERITIES_ZH: Final = {Severity.INFO: "提示", Severity.LOW: "低", Severity.MEDIUM: "中", Severity.HIGH: "高"}
_SUSPICION_ZH: Final = "该线索仅为疑点，尚待核实，不作为认定依据。"
_SUSPICION_EN: Final = " It is a suspicion that remains to be checked, and establishes nothing."

TEMPLATES: Final[dict[Occasion, Words]] = {
    Occasion.RAISED: Words(
        Text(
            "新线索：{rule}",
            "经{comparison}，发现一条涉及{about}的线索：{rule}（级别：{severity}）。" + _SUSPICION_ZH,
        ),
        Text("New clue: {rule}", "A clue was raised about {about}: {rule} (severity: {severity})." + _SUSPICION_EN),
    ),
    Occasion.REOPENED: Words(
        Text(
            "线索再次出现：{rule}",
            "根据最新数据，涉及{about}、此前已撤回的线索再次出现：{rule}（级别：{severity}）。" + _SUSPICION_ZH,
        ),
        Text(
            "Clue raised again: {rule}",
            "On the latest data, a clue about {about} that had been withdrawn is back: {rule} (severity: {severity})."
            + _SUSPICION_EN,
        ),
    ),
    Occasion.CANDIDATE: Words(
        Text(
            "中标候选人线索：{rule}",
            "中标候选人涉及一条待核实的线索：{about}，{rule}（级别：{severity}）。请在核查结论作出前审慎处理。",
        ),
        Text(
            "Clue about a winning candidate: {rule}",
            "A clue that remains to be checked concerns a winning candidate: {about}, {rule} (severity: {severity}). "
            "Please be careful until the investigation has come to its conclusion.",
        ),
    ),
    Occasion.REVISED: Words(
        Text("线索更新：{rule}", "因数据更新，涉及{about}的线索（{rule}）已相应更新，现级别为{severity}。"),
        Text(
            "Clue updated: {rule}", "New data changed the clue about {about} ({rule}). Its severity is now {severity}."
        ),
    ),
    Occasion.EXPLAINED: Words(
        Text("投标人已提交说明：{rule}", "投标人已就涉及{about}的线索（{rule}）提交说明，请查阅。"),
        Text(
            "The bidder has explained: {rule}",
            "The bidder has explained the clue about {about} ({rule}). Please read the explanation.",
        ),
    ),
    Occasion.EVIDENCE_CHANGED: Words(
        Text(
            "证据有变化：{rule}",
            "涉及{about}的线索（{rule}）所依据的证据发生变化。因核查已启动，该线索不自动撤回。",
        ),
        Text(
            "Evidence changed: {rule}",
            "The evidence behind the clue about {about} ({rule}) has changed. "
            "Since an investigation was opened, the clue is not withdrawn by itself.",
        ),
    ),
    Occasion.INVESTIGATION_OPENED: Words(
        Text("已启动核查：{rule}", "监管部门已对涉及{about}的线索（{rule}）启动核查。"),
        Text(
            "Investigation opened: {rule}",
            "The supervisor has opened an investigation of the clue about {about} ({rule}).",
        ),
    ),
    Occasion.WITHDRAWN: Words(
        Text("线索已撤回：{rule}", "根据最新数据，涉及{about}的线索（{rule}）已撤回，无需再行处理。"),
        Text(
            "Clue withdrawn: {rule}",
            "On the latest data, the clue about {about} ({rule}) was withdrawn. Nothing remains to be done.",
        ),
    ),
    Occasion.CLEARED: Words(
        Text("线索疑点已排除：{rule}", "经核查，涉及{about}的线索（{rule}）疑点已排除。"),
        Text("Clue cleared: {rule}", "An investigation cleared the clue about {about} ({rule})."),
    ),
    Occasion.CONFIRMED: Words(
        Text("线索经核查属实：{rule}", "经核查，涉及{about}的线索（{rule}）属实。"),
        Text("Clue confirmed: {rule}", "An investigation confirmed the clue about {about} ({rule})."),
    ),
    Occasion.HANDED_OVER: Words(
        Text("线索已移交：{rule}", "经更正，涉及{about}的线索（{rule}）不再涉及贵单位。"),
        Text(
            "Clue handed over: {rule}",
            "After a correction, the clue about {about} ({rule}) does not concern you any more.",
        ),
    ),
    Occasion.CODE_KNOWN: Words(
        Text(
            "统一社会信用代码已知：{rule}",
            "已获知有关单位的统一社会信用代码，涉及{about}的线索（{rule}）的通知改按该代码送达。",
        ),
        Text(
            "Credit code known: {rule}",
            "The credit code of the organisation is known now. Notices of the clue about {about} ({rule}) go to it.",
        ),
    ),
    Occasion.HISTORY_LOADED: Words(
        Text(
            "历史数据已载入：涉及{clues}条线索",
            "{place}的历史数据载入后，新增或更新线索{clues}条：{counts}。这些线索仅为疑点，尚待核实，不作为认定依据。"
            "系统未就其逐条发送通知，请登录系统在线索列表中查看。",
        ),
        Text(
            "History loaded: {clues} clues",
            "Loading the past of {place} raised or changed {clues} clues: {counts}. They are suspicions that remain to "
            "be checked, and establish nothing. No single notices were sent. Please sign in and see the list of clues.",
        ),
    ),
}
"""The template of each occasion.

Its fields are those of :class:`Content`, ``comparison``, ``place`` and ``about``; ``person`` is a part of
``about``. About a load they are ``clues``, the number, and ``counts`` by rule and severity.
"""

_MAY_EXPLAIN: Final = (
    "贵单位可登录系统查看并提交书面说明。",
    " You may sign in, read the clue and submit a written explanation.",
)
_TO_DECIDE: Final = (
    "请登录系统签收，并决定是否启动核查。",
    " Please sign in, acknowledge the clue and decide whether to open an investigation.",
)
ADVICE: Final[dict[tuple[Occasion, Role], tuple[str, str]]] = {
    (Occasion.RAISED, Role.BIDDER): _MAY_EXPLAIN,
    (Occasion.REOPENED, Role.BIDDER): _MAY_EXPLAIN,
    (Occasion.INVESTIGATION_OPENED, Role.BIDDER): _MAY_EXPLAIN,
    (Occasion.RAISED, Role.SUPERVISOR): _TO_DECIDE,
    (Occasion.REOPENED, Role.SUPERVISOR): _TO_DECIDE,
    (Occasion.EVIDENCE_CHANGED, Role.SUPERVISOR): ("请复核。", " Please look at it again."),
    (Occasion.CONFIRMED, Role.BIDDER): (
        "如有异议，可向{place}主管部门提出陈述、申辩。",
        " If you object, you may state your case to the supervisor of {place}.",
    ),
    (Occasion.HANDED_OVER, Role.SUPERVISOR): (
        "现由{place}主管部门办理。",
        " The supervisor of {place} is in charge now.",
    ),
}
"""What a recipient can do now, in Chinese and English, with the fields of the templates."""

ASKED: Final[dict[tuple[str, Role], tuple[str, str]]] = {
    ("D904", Role.BIDDER): (
        "请核对投标文件所载项目负责人的姓名和证件号码，并通过交易系统更正；更正后，本线索自动撤回。",
        (
            " Please check the name and the identity number of the project lead in the bid, and have the trading "
            "system correct them. The clue is then withdrawn."
        ),
    ),
    ("D904", Role.SUPERVISOR): (
        "请督促投标人核对、更正；更正后，本线索自动撤回，并对该项目负责人进行比对。",
        " Please see to it that the bidder corrects it. The clue is then withdrawn, and the lead is compared.",
    ),
}
"""What a clue of a rule asks its recipients for when it is raised, in Chinese and English."""
