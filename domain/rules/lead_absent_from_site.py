"""Lead absent from the site 项目负责人到岗不足."""

from domain.coverage_texts import nothing_follows
from domain.evidence import RecordedFact
from domain.evidence.site import SiteCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import month_zh

CODE = "S501"


@rule(
    code=CODE,
    version=4,
    title="Lead absent from the site",
    title_zh="项目负责人到岗不足",
    clause="建质〔2011〕111号",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def lead_absent_from_site(case: SiteCase, *, fewest_share_percent: int = 80) -> tuple[Verdict, ...]:
    """The lead was on site on fewer than 80 % of the project's construction days of a month.

    Construction days are the working days on which the project was under construction, not
    stopped and not yet accepted, and the person led it. A day on site is one of these days, or
    a day off between them, with any check-in of the person there or on an adjacent section the
    person leads too. A month is judged once it is over. A lead who was never there stands out (high).
    Absence is evidence only where the attendance of the month is closed for the required area;
    until then check-ins may be on their way, and it is no evidence.

    Example: in July the project had 23 construction days; the lead checked in on 9 of them.

    Why: a lead who is rarely there does not lead; often the certificate is borrowed.

    Excluded: days off, days on which the project was stopped, not begun or accepted, and days on
    which somebody else led it; months that are not covered.

    Outcome: mismatch high, medium.
    Data: attendance-recorded, project-started, project-suspended, project-completed.
    Coverage: attendance-recorded.

    Version 2 (2026-11-30): only the words of the explanation changed.

    Version 3 (2026-11-30): a month counted once its attendance was due and anybody had checked in,
    so that half a delivery accused the lead. Now ``delivery-closed`` states that it is complete.

    Version 4 (2026-12-01): only the words changed: whether anybody else checked in is not told any more.

    中文

    项目负责人当月到岗天数不足该项目施工日的80%。

    施工日，是项目处于在建状态（未停工、未竣工验收）且由该人担任项目负责人的工作日。到岗日，是施工日或其间的休息日中，该
    人在该项目或其同时负责的相邻标段有考勤记录的一天。当月结束后判断。从未到岗的，为高级。缺勤仅在规定地区当月的考
    勤数据已报送完毕时作为依据；此前考勤记录可能尚在报送途中，为证据不足。

    示例：7月该项目有施工日23天；项目负责人到岗9天。

    原因：很少到岗的负责人并未真正主持项目，其证书往往是借用的。

    除外：休息日；项目停工、未开工或已竣工验收的日子；由他人担任负责人的日子；考勤数据未报送完毕的月份。

    第2版（2026-11-30）：仅修改说明的文字。

    第3版（2026-11-30）：此前考勤数据到期且有任何人签到即判断，数据只报送一半时也会涉及项目负责人；现由“报送完毕”报文确认
    数据完整。

    第4版（2026-12-01）：仅修改说明的文字，不再说明当月该项目是否有他人考勤。
    """
    if not case.is_over or not case.days_in_charge:
        return ()
    if not case.calendar_known:
        return (_unknown_calendar(case),)
    expected, seen = len(case.construction_days), len(case.days_on_site)
    if not expected:
        return ()
    said, facts = _explained(case, expected, seen, fewest_share_percent), _facts(case)
    if seen * 100 >= expected * fewest_share_percent:
        return (Verdict(FindingOutcome.CONSISTENT, said, facts, discriminator=case.month),)
    complete = case.attendance_complete
    if not complete.given:
        return (Verdict(FindingOutcome.NO_EVIDENCE, nothing_follows(said, complete), facts, discriminator=case.month),)
    severity = Severity.MEDIUM if seen else Severity.HIGH
    return (Verdict(FindingOutcome.MISMATCH, said, (*facts, *complete.facts), severity, discriminator=case.month),)


def _facts(case: SiteCase) -> tuple[RecordedFact, ...]:
    days = set(case.days_on_site)
    check_ins = (one.fact for one in (*case.check_ins, *case.adjacent) if one.day in days)
    led = (project for project in case.projects if project.was_led_by(case.person_id))
    return (*check_ins, *(fact for project in led for fact in project.facts))


def _explained(case: SiteCase, expected: int, seen: int, fewest: int) -> Explanation:
    return Explanation(
        f"{month_zh(case.month)}在项目{case.project_code}应到岗的施工日{expected}天，考勤记录显示项目负责人到岗{seen}天，"
        f"为{_percent(seen, expected)}%（要求不低于{fewest}%）。",
        f"In {case.month} attendance shows the lead on the site of project {case.project_code} on {seen} of {expected} "
        "construction days, "
        f"{_percent(seen, expected)} % (at least {fewest} % is required).",
    )


def _percent(seen: int, expected: int) -> int:
    return seen * 100 // expected


def _unknown_calendar(case: SiteCase) -> Verdict:
    said = Explanation(
        f"{month_zh(case.month)}的工作日尚未公布，无法核对到岗天数。",
        f"The working days of {case.month} have not been announced, so days on site cannot be compared.",
    )
    return Verdict(FindingOutcome.NO_EVIDENCE, said, _facts(case), discriminator=case.month)
