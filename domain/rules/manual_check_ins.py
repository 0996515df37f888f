"""Manual check-ins 手工录入考勤占比过高."""

from domain.coverage_texts import nothing_follows
from domain.evidence.site import SiteCase
from domain.facts.attendance import BY_HAND
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import month_zh

CODE = "S505"


@rule(
    code=CODE,
    version=2,
    title="Manual check-ins",
    title_zh="手工录入考勤占比过高",
    clause="建筑工人实名制管理办法",
    severity=Severity.LOW,
    supervisors_only=True,
)
def manual_check_ins(
    case: SiteCase, *, most_share_percent: int = 20, fewest_check_ins: int = 10
) -> tuple[Verdict, ...]:
    """More than 20 % of a person's check-ins on a project in a month were entered by hand.

    Attendance written in later by hand is how absence is hidden. A month is judged once it is
    over; fewer than 10 check-ins are no evidence of a habit. A high share counts only where the
    attendance of the month is closed for the required area: the check-ins that are on their way
    may be those of the machines.

    Example: 14 of 40 check-ins in July were entered by hand.

    Why: whoever is on site can be recognised by face, finger or card; entries by hand need no
    person.

    Excluded: months with fewer than 10 check-ins, and months that are not covered.

    Outcome: suspect low.
    Data: attendance-recorded.
    Coverage: attendance-recorded.

    Version 2 (2026-12-01): a month counted five days after its end, so that a delivery of which
    half was missing accused. Now ``delivery-closed`` states that it is complete.

    中文

    某人当月在某项目的考勤中，手工录入的超过20%。

    事后手工补录考勤，是掩盖缺勤的常见做法。当月结束后判断；少于10次的不足以说明问题。占比
    过高仅在规定地区当月的考勤数据已报送完毕时作为依据：尚在报送途中的，可能正是设备采集的记录。

    示例：7月的40次考勤中，有14次为手工录入。

    原因：到岗人员可以通过人脸、指纹或刷卡识别；手工录入无须本人在场。

    除外：考勤少于10次的月份；考勤数据未报送完毕的月份。

    第2版（2026-12-01）：此前当月结束五日后即判断，数据只报送一半时也会涉及当事人；现由“报送完毕”报文确认数据完整。
    """
    if not case.is_over or not case.check_ins:
        return ()
    manual = [check_in for check_in in case.check_ins if check_in.method == BY_HAND]
    total = len(case.check_ins)
    share = len(manual) * 100 / total
    said = Explanation(
        f"{month_zh(case.month)}在项目{case.project_code}的{total}次考勤中有{len(manual)}次为手工录入，"
        f"占{share:.1f}%（上限{most_share_percent}%）。",
        f"In {case.month} {len(manual)} of {total} check-ins on project {case.project_code} were entered by hand, "
        f"{share:.1f} % (the limit is {most_share_percent} %).",
    )
    facts = tuple(check_in.fact for check_in in manual or case.check_ins)
    if total < fewest_check_ins:
        return (Verdict(FindingOutcome.NO_EVIDENCE, said, facts, discriminator=case.month),)
    if len(manual) * 100 <= total * most_share_percent:
        return (Verdict(FindingOutcome.CONSISTENT, said, facts, discriminator=case.month),)
    complete = case.attendance_complete
    if not complete.given:
        return (Verdict(FindingOutcome.NO_EVIDENCE, nothing_follows(said, complete), facts, discriminator=case.month),)
    return (Verdict(FindingOutcome.SUSPECT, said, (*facts, *complete.facts), Severity.LOW, discriminator=case.month),)
