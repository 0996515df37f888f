"""Decided within minutes of acceptance 受理后即时办结（秒批）."""

from datetime import timedelta

from domain.approval import ApprovalCase
from domain.approval.verdict_texts import consistent, facts_of, no_evidence, suspect, undecided
from domain.evidence.days import SHANGHAI
from domain.identifiers import organisation_key
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "A602"

_COMMITMENTS = frozenset(map(organisation_key, ("告知承诺", "告知承诺制", "承诺制", "commitment")))


@rule(
    code=CODE,
    version=2,
    title="Decided within minutes of acceptance",
    title_zh="受理后即时办结（秒批）",
    clause="工程建设项目审批“秒批”整治",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def decided_in_a_flash(case: ApprovalCase, *, within_minutes: int = 10) -> Verdict:
    """Decided within ten minutes of acceptance, where nobody can have examined anything.

    Either the work was done before the case was accepted, or not at all. Exempt is what is
    decided on a commitment of the applicant 告知承诺: the item is listed for it, or an entry of the
    case names that procedure. A case decided without any acceptance is A603's matter.

    Example: a construction permit is accepted at 9:30 and approved at 9:34.

    Why: an approval in minutes means that the file was examined elsewhere, or by nobody.

    Excluded: decisions on a commitment of the applicant; cases without an acceptance (A603
    speaks).

    Outcome: suspect medium.
    Data: approval-recorded.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    受理后10分钟内即作出决定，没有时间进行审查。

    或者受理之前已经办理，或者根本没有审查。实行告知承诺的除外：该事项列入告知承诺清单，或者审批件的某条记录载明该程序。
    没有受理记录即作出决定的，由A603判断。

    示例：施工许可于9:30受理，9:34准予许可。

    原因：几分钟内作出决定，说明申请材料在别处已经审查，或者无人审查。

    除外：实行告知承诺的决定；没有受理记录的审批件（由A603判断）。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    accepted, decided = case.accepted, case.decided
    if decided is None:
        return undecided(*case.entries)
    facts = facts_of(accepted, decided)
    if accepted is None or decided.at < accepted.at:
        zh, en = "本系统未收到决定之前的受理记录。", "No acceptance is known before the decision."
        return no_evidence(zh, en, facts)
    if decided.at - accepted.at > timedelta(minutes=within_minutes):
        zh, en = "自受理至决定的时间足够审查。", "Between acceptance and decision there was time to examine the case."
        return consistent(zh, en, facts)
    if _on_commitment(case):
        zh, en = "该事项实行告知承诺，可当即决定。", "The item is decided on a commitment of the applicant, so at once."
        return Verdict(FindingOutcome.EXEMPT, Explanation(zh, en), facts)
    at = accepted.at.astimezone(SHANGHAI)
    seconds = int((decided.at - accepted.at).total_seconds())
    return suspect(
        f"{at:%Y-%m-%d %H:%M}受理，{_duration_zh(seconds)}后即作出决定（预警阈值：{within_minutes}分钟以内）。",
        f"Accepted at {at:%Y-%m-%d %H:%M} and decided {_duration_en(seconds)} later (warned of within {within_minutes} "
        "minutes).",
        facts,
        Severity.MEDIUM,
    )


def _duration_zh(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}分钟" if minutes and not rest else f"{minutes}分{rest}秒" if minutes else f"{rest}秒"


def _duration_en(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest or not minutes)
    return " ".join(parts)


def _on_commitment(case: ApprovalCase) -> bool:
    named = (
        name for entry in case.entries for name in (entry.statement.special_procedure, entry.statement.step) if name
    )
    return case.latest.item_code in case.policy.commitment_items or any(
        organisation_key(name) in _COMMITMENTS for name in named
    )
