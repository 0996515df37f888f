"""Hidden step 隐性审批."""

from collections.abc import Iterator

from domain.approval import ApprovalCase
from domain.approval.verdict_texts import consistent, facts_of, no_evidence, suspect
from domain.rule import Severity, Verdict, rule

CODE = "A604"


@rule(
    code=CODE,
    version=2,
    title="Hidden step",
    title_zh="隐性审批",
    clause="工程建设项目审批“隐性审批”整治",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def hidden_step(case: ApprovalCase) -> Iterator[Verdict]:
    """A step, or a pause, that is not in the published list of items and technical reviews.

    Applicants wait for something no published guide asks of them. Pauses are compared with the
    listed special procedures; one without a name is not listed. Steps are compared only where a
    jurisdiction has set its ``published_steps``: without a list there is nothing to compare with.

    Example: after the acceptance the case waits eight days for an "expert talk" that no published
    guide names.

    Why: a step outside the list takes time that no limit counts, and opens a door for favours.

    Excluded: listed items, technical reviews and special procedures; steps where the jurisdiction
    has set no list.

    Outcome: suspect medium.
    Data: approval-recorded.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    存在未列入已公布事项清单和技术审查清单的环节或停止计时。

    申请人所等待的，是公布的办事指南均未要求的事项。停止计时与清单内的特别程序比对；没有名称的视为不在清单之内。环节仅在
    辖区设置了published_steps时比对：没有清单则无从比对。

    示例：受理之后，审批件因任何办事指南均未列明的“专家会谈”等待八天。

    原因：清单之外的环节占用不计入时限的时间，并为寻租留下空间。

    除外：清单内的事项、技术审查和特别程序；辖区未设置清单时的环节。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    yield from _steps(case)
    pauses = case.special_procedures
    unlisted = [pause for pause in pauses if not pause.is_listed(case.policy.special_procedures)]
    if not unlisted:
        facts = facts_of(*(entry for pause in pauses for entry in pause.entries))
        zh, en = "没有清单之外的特别程序。", "No special procedure beyond those listed."
        yield consistent(zh, en, facts or facts_of(*case.entries[-1:]))
        return
    days = sorted({(pause.began.day, pause.procedure or "") for pause in unlisted})
    zh = "、".join(f"{f'“{name}”' if name else '未载明名称的一项'}（{day}起）" for day, name in days)
    en = ", ".join(f"{name or 'one without a name'} (from {day})" for day, name in days)
    yield suspect(
        f"特别程序不在公布的清单之内：{zh}。",
        f"Special procedures that are not listed: {en}.",
        facts_of(*(entry for pause in unlisted for entry in pause.entries)),
        Severity.MEDIUM,
    )


def _steps(case: ApprovalCase) -> Iterator[Verdict]:
    published = case.policy.published_steps
    for step in case.steps:
        facts = facts_of(*step.entries)
        if published is None:
            zh, en = "未设置公布的环节清单。", "No list of published steps is known."
            yield no_evidence(zh, en, facts, discriminator=step.key)
        elif step.key in published:
            zh, en = f"环节“{step.key}”在公布的清单之内。", f"Step {step.key} is in the published list."
            yield consistent(zh, en, facts, discriminator=step.key)
        else:
            zh, en = f"环节“{step.key}”不在公布的清单之内。", f"Step {step.key} is not in the published list."
            yield suspect(zh, en, facts, Severity.MEDIUM, discriminator=step.key)
