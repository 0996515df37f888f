"""Time limits met on paper only 表面压缩时限."""

from collections.abc import Iterator

from domain.approval.department import DepartmentMonth
from domain.approval.verdict_texts import consistent, no_evidence, suspect
from domain.rule import Severity, Verdict, rule
from domain.wording import month_zh

CODE = "A608"


@rule(
    code=CODE,
    version=2,
    title="Time limits met on paper only",
    title_zh="表面压缩时限",
    clause="工程建设项目审批“体外循环、表面压缩”整治",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def surface_compression(
    department: DepartmentMonth, *, fewest_on_last_day: int = 3, most_paused_percent: int = 50
) -> Iterator[Verdict]:
    """A department keeps its limits on the surface only.

    Either three or more cases it decided in one month were decided on the very last working day of
    their limits, or special procedures held the clock for more than half of the time between
    acceptance and decision, over all the cases of the month. The share is judged when the month is
    over.

    Example: of nine cases a department decided in May, four were decided on the last working day
    of their limits.

    Why: limits that are always met at the last moment, or by stopping the clock, are met on the
    surface only.

    Excluded: cases without a known limit; the share of paused time until the month is over.

    Outcome: suspect medium, low.
    Data: case-decided.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    审批部门只在表面上遵守时限。

    或者当月办结的审批件中有3件以上恰在时限的最后一个工作日办结；或者当月全部审批件自受理至决定的时间中，特别程序停止计
    时占一半以上。占比在当月结束后判断。

    示例：某部门5月办结9件，其中4件在时限的最后一个工作日办结。

    原因：总在最后一刻，或者靠停止计时才满足时限，只是表面上的按时。

    除外：没有已知时限的审批件；当月结束之前的停止计时占比。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    yield _last_days(department, fewest_on_last_day)
    yield _pauses(department, most_paused_percent)


def _last_days(department: DepartmentMonth, fewest: int) -> Verdict:
    first, late = department.first_decision, [data for data in department.decided if data.on_last_day]
    if len(late) < fewest:
        zh = f"{month_zh(first.month)}在时限最后一个工作日办结的案件少于{fewest}件。"
        en = f"In {first.month} fewer than {fewest} cases were decided on the last day of their limits."
        return consistent(zh, en, department.facts_of(late))
    month, decided = month_zh(first.month), len(department.decided)
    zh = f"{first.department}在{month}有{len(late)}件在时限最后一个工作日办结（共{decided}件）。"
    en = f"In {first.month} {first.department} decided {len(late)} of {decided} cases on the last day of their limits."
    return suspect(zh, en, department.facts_of(late), Severity.MEDIUM)


def _pauses(department: DepartmentMonth, most_percent: int) -> Verdict:
    first = department.first_decision
    if department.now < department.closes_at:
        zh, en = f"{month_zh(first.month)}尚未结束。", f"{first.month} is not over."
        return no_evidence(zh, en, department.decisions, discriminator="pauses")
    paused = sum(data.paused_seconds for data in department.decided)
    elapsed = sum(data.elapsed_seconds for data in department.decided)
    if paused * 100 <= elapsed * most_percent:
        zh, en = "特别程序用时占比正常。", "Special procedures did not take most of the time."
        return consistent(zh, en, department.decisions, discriminator="pauses")
    share = paused * 100 // elapsed
    return suspect(
        f"{first.department}在{month_zh(first.month)}办结的案件中，特别程序占全部用时的{share}%。",
        f"In the cases {first.department} decided in {first.month}, special procedures took {share} % of the time.",
        department.facts_of(data for data in department.decided if data.paused_seconds),
        Severity.LOW,
        discriminator="pauses",
    )
