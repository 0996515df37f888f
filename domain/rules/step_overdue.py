"""Step overdue, or about to be 审批超时或临期."""

from collections.abc import Iterator

from domain.approval import ApprovalCase, Clock, Entry, Light, Margin, Step
from domain.approval.lights import YELLOW_PERCENT, YELLOW_WORKING_DAYS
from domain.approval.verdict_texts import consistent, mismatch, no_evidence, suspect
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import RecordedFact
from domain.rule import Severity, Verdict, rule

CODE = "A601"


@rule(
    code=CODE,
    version=2,
    title="Step overdue, or about to be",
    title_zh="审批超时或临期",
    clause="工程建设项目审批亮灯预警",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def step_overdue(
    case: ApprovalCase,
    *,
    yellow_working_days: int = YELLOW_WORKING_DAYS,
    yellow_percent: int = YELLOW_PERCENT,
) -> Iterator[Verdict]:
    """A case or one of its steps is not done within its limit in working days.

    Red, once the limit has passed: a mismatch, which stays when the decision comes late. Yellow,
    while at most two working days or 20 % of the limit are left: a suspicion of low severity,
    which goes away with a decision in time. Only listed special procedures stop the clock;
    corrections do not. A limit that ends in a year not announced is not passed yet.

    Example: an item with a limit of 10 working days was accepted on 2 June; on 17 June it is not
    decided, and the light is red.

    Why: limits are promises to applicants; a light that turns yellow in time lets an office keep
    them, a red one shows that it did not.

    Excluded: the days of listed special procedures; cases and steps without a known limit; cases
    that were refused, withdrawn or rejected before the limit passed.

    Outcome: mismatch medium; suspect low.
    Data: approval-recorded.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    审批件或其某一环节，未在规定的工作日时限内办结。

    红灯：时限已过，不符；逾期办结的仍予保留。黄灯：剩余不超过2个工作日或时限的20%，低级存疑；按时办结后消除。只有列入清
    单的特别程序停止计时；补正不停止计时。时限截止于尚未公布工作日的年份的，视为未超时。

    示例：某事项时限10个工作日，6月2日受理；6月17日仍未办结，亮红灯。

    原因：时限是对申请人的承诺；及时亮黄灯，便于部门按时办结；亮红灯，说明未能按时办结。

    除外：清单内特别程序所用的日子；没有已知时限的审批件和环节；在时限届满前不予许可、撤回或不予受理的审批件。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    margin = Margin(yellow_working_days, yellow_percent)
    if case.clock is not None:
        yield _judged(case, None, case.clock, margin)
    for step in case.steps:
        if step.clock is not None:
            yield _judged(case, step, step.clock, margin)


def _judged(case: ApprovalCase, step: Step | None, clock: Clock, margin: Margin) -> Verdict:
    discriminator, facts = (step.key, _evidence(case, step.entries)) if step else ("", _evidence(case, case.entries))
    zh, en = _limit(step, clock)
    light = clock.light(case.now, margin)
    if clock.limit is None:
        return no_evidence(
            f"{zh}，不作超时判断。", f"{en}, so it cannot be overdue.", facts, discriminator=discriminator
        )
    if light is Light.YELLOW:
        zh, en = f"{zh}，即将到期。", f"{en}, and it is about to run out."
        return suspect(zh, en, facts, Severity.LOW, discriminator=discriminator)
    done_zh, done_en = _done(clock)
    if light is Light.RED:
        zh, en = f"{zh}，已超时，{done_zh}。", f"{en}, and it has passed: {done_en}."
        return mismatch(zh, en, facts, Severity.MEDIUM, discriminator=discriminator)
    said = no_evidence if clock.deadline is None or clock.deadline.provisional else consistent
    return said(
        f"经核算，{zh}，未超时，{done_zh}。",
        f"{en}, and it has not passed: {done_en}.",
        facts,
        discriminator=discriminator,
    )


def _limit(step: Step | None, clock: Clock) -> tuple[str, str]:
    what_zh, what_en = (f"环节“{step.name}”", f"Step {step.name}") if step else ("该审批件", "The case")
    if clock.limit is None:
        return f"{what_zh}没有已知时限", f"{what_en} has no known limit"
    started = day_in_shanghai(clock.started)
    zh = f"{what_zh}时限{clock.limit}个工作日，自{started}起算"
    en = f"{what_en} has {clock.limit} working days from {started}"
    last = clock.deadline
    if last is None or last.on is None:
        return zh, en
    return f"{zh}，办理时限截至{last.on}（按国务院公布的工作日历计算）", f"{en}, until {last.on}"


def _done(clock: Clock) -> tuple[str, str]:
    if clock.stopped is None:
        return "尚未办结", "it is not done yet"
    used = clock.used(clock.stopped).days
    return f"办结时已用{used}个工作日", f"it was done after {used} working days"


def _evidence(case: ApprovalCase, entries: tuple[Entry, ...]) -> tuple[RecordedFact, ...]:
    """The entries, and those that stopped the clock."""
    listed = [each for each in case.special_procedures if each.is_listed(case.policy.special_procedures)]
    pausing = [entry.fact for each in listed for entry in each.entries]
    return (*(entry.fact for entry in entries), *pausing)
