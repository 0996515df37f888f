"""Impossible check-ins 考勤记录自相矛盾."""

from datetime import timedelta
from decimal import Decimal

from domain.evidence.contradictions import Contradiction, Travel, smallest_contradiction
from domain.evidence.days import SHANGHAI
from domain.evidence.site import MovementsCase
from domain.evidence.stays import CheckIn
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import month_zh

CODE = "S502"


@rule(
    code=CODE,
    version=2,
    title="Impossible check-ins",
    title_zh="考勤记录自相矛盾",
    clause="广州市挂证比对方法三；建筑工人实名制管理办法",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def impossible_check_ins(
    case: MovementsCase,
    *,
    speed_limit_kmh: int = 120,
    detour_factor: Decimal = Decimal("1.3"),
    coordinate_error_metres: int = 200,
    longest_stay_hours: int = 16,
) -> Verdict:
    """Check-ins of one person on several projects that cannot all be true: the smallest such set of a month.

    Two check-ins on different projects contradict each other where the way takes longer at the
    speed limit than there was time: the way is the great-circle distance between the coordinates
    (haversine, mean Earth radius), less what coordinates may be wrong, times the detour factor.
    Three contradict each other where somebody checked in and out on one site and on another in
    between: stays that overlap (touching is allowed). Without coordinates only overlaps count;
    adjacent sections and check-ins at the same place never overlap. A check-in without its
    check-out is no stay, nor is one longer than a shift may last. Of several sets the smallest is
    reported, of equal ones the earliest; it belongs to the month of its last check-in.

    Example: the person checks in by card in Guangzhou at 8:00 and in Shenzhen, 140 km by road, at
    8:20.

    Why: one of the two was somebody else, with the person's card, code or picture.

    Excluded: check-ins of one project or of adjacent sections; pairs without coordinates, unless
    stays overlap; check-ins without a check-out, and stays longer than a shift may last.

    Outcome: mismatch high, medium.
    Data: attendance-recorded, project-started.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    同一人在不同项目的考勤记录相互矛盾，不可能全部属实：列出当月最小的一组。

    不同项目的两次考勤，按时速上限行车所需时间超过其间隔的，相互矛盾：路程按坐标间的大圆距离（haversine，地球平均半径）
    减去坐标误差，再乘以绕行系数计算。在一个工地签入、签出，其间又在另一工地签到的三次考勤，也相互矛盾：在场时间重叠（首
    尾相接不计）。没有坐标的只判断重叠；相邻标段和同一地点的考勤不计为重叠。没有签出的签入不计为在场，超过一个班次时长的
    也不计。有多组矛盾时取最小的一组，同等时取最早的；归入最后一次考勤所在的月份。

    示例：该人8:00在广州刷卡签到，8:20又在公路距离140公里的深圳签到。

    原因：其中一次是他人使用其卡、码或照片代为签到。

    除外：同一项目或相邻标段的考勤；没有坐标且在场时间不重叠的；没有签出的考勤，以及超过一个班次时长的在场。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    travel = Travel(speed_limit_kmh, detour_factor, coordinate_error_metres)
    found = smallest_contradiction(case, travel, timedelta(hours=longest_stay_hours))
    if found is None:
        facts = tuple(one.fact for one in case.check_ins)
        return Verdict(FindingOutcome.CONSISTENT, _consistent(case), facts, discriminator=case.month)
    return Verdict(
        FindingOutcome.MISMATCH,
        _too_far(found, travel) if found.needed else _overlapping(found),
        tuple(one.fact for one in found.check_ins),
        Severity.HIGH if found.needed else Severity.MEDIUM,
        discriminator=case.month,
    )


def _too_far(found: Contradiction, travel: Travel) -> Explanation:
    one, other = found.check_ins
    assert found.needed is not None
    minutes, needed = (other.at - one.at).total_seconds() / 60, found.needed.total_seconds() / 60
    at_once = not round(minutes)
    later_zh = "同一时刻" if at_once else f"{minutes:.0f}分钟后"
    later_en = "at the same time" if at_once else f"{minutes:.0f} minutes later"
    return Explanation(
        f"{_at(one)}在项目{one.project_code}签到，{later_zh}又在直线距离{found.kilometres:.1f}公里外的"
        f"项目{other.project_code}签到；两地间行车至少需{needed:.0f}分钟（绕行系数{travel.detour_factor}、"
        f"时速{travel.speed_limit_kmh}公里）。",
        f"A check-in on project {one.project_code} at {_at(one)} and one on project {other.project_code}, "
        f"{found.kilometres:.1f} km away, {later_en}: by road (detour factor "
        f"{travel.detour_factor}, {travel.speed_limit_kmh} km/h) it takes at least {needed:.0f} minutes.",
    )


def _overlapping(found: Contradiction) -> Explanation:
    said = [(_at(one), "入场" if one.direction == "in" else "离场", one.project_code) for one in found.check_ins]
    zh = "，".join(f"{at}在项目{code}{direction}" for at, direction, code in said)
    en = ", ".join(f"{one.direction} on project {one.project_code} at {_at(one)}" for one in found.check_ins)
    return Explanation(f"同一人在不同项目的在场时间重叠：{zh}。", f"Stays on different projects overlap: {en}.")


def _at(check_in: CheckIn) -> str:
    """Seconds only where there are any."""
    return check_in.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


def _consistent(case: MovementsCase) -> Explanation:
    return Explanation(
        f"{month_zh(case.month)}在不同项目的考勤记录没有矛盾。",
        f"The check-ins on several projects in {case.month} do not contradict each other.",
    )
