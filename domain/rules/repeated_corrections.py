"""Repeated corrections 多次要求补正."""

from domain.approval import ApprovalCase
from domain.approval.verdict_texts import consistent, facts_of, suspect
from domain.rule import Severity, Verdict, rule

CODE = "A607"


@rule(
    code=CODE,
    version=1,
    title="Repeated corrections",
    title_zh="多次要求补正",
    clause="行政许可法 §32(4)",
    severity=Severity.LOW,
    supervisors_only=True,
)
def repeated_corrections(case: ApprovalCase, *, fewest_requests: int = 2) -> Verdict:
    """The applicant was asked for corrections more than once.

    The law wants everything that is missing to be named at once 一次性告知; asking again and again
    holds an application back without its clock ever starting. The same request sent twice
    counts once.

    Example: on 2 June the applicant is asked for the site plan, on 12 June for the fire-safety
    drawing.

    Why: asking bit by bit keeps a case out of the clock, and makes applicants look for other
    ways.

    Excluded: the same request sent twice.

    Outcome: suspect low.
    Data: approval-recorded.
    Coverage: none.

    中文

    要求申请人补正一次以上。

    法律要求一次性告知需要补正的全部内容；反复要求补正，使申请迟迟不能受理，时限始终不起算。同一要求重复发送的，计一次。

    示例：6月2日要求申请人补交总平面图，6月12日又要求补交消防图纸。

    原因：逐次要求补正，使审批件不计时限，也使申请人另寻门路。

    除外：重复发送的同一要求。
    """
    requests = case.corrections
    facts = facts_of(*(entry for request in requests for entry in request.entries))
    if len(requests) < fewest_requests:
        zh, en = f"要求补正{len(requests)}次。", f"Corrections were asked for {len(requests)} times."
        return consistent(zh, en, facts or facts_of(*case.entries[-1:]))
    days = "、".join(str(request.began.day) for request in requests)
    return suspect(
        f"先后{len(requests)}次要求申请人补正（{days}）。",
        f"The applicant was asked for corrections {len(requests)} times ({days.replace('、', ', ')}).",
        facts,
        Severity.LOW,
    )
