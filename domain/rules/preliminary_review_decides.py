"""Preliminary review decides 预审代替审批."""

from domain.approval import ApprovalCase, Clock, Entry
from domain.approval.pauses import joined
from domain.approval.verdict_texts import consistent, facts_of, no_evidence, suspect, undecided
from domain.rule import Severity, Verdict, rule

CODE = "A605"


@rule(
    code=CODE,
    version=1,
    title="Preliminary review decides",
    title_zh="预审代替审批",
    clause="工程建设项目审批“前置预审”整治",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def preliminary_review_decides(case: ApprovalCase) -> Verdict:
    """The review before acceptance took longer than the statutory step; then all went in a day.

    The clock starts with the acceptance 受理. An office that does its work before and accepts
    when it has decided is always in time. Counted are the working days from the first entry to
    the acceptance without those in which the applicant was correcting; acceptance and decision
    are of one day. Without a known limit there is nothing to compare with.

    Example: an item with a limit of 5 working days lies 12 working days in preliminary review,
    then is accepted and approved on one day.

    Why: an office that decides first and accepts afterwards meets every limit on paper.

    Excluded: the days on which the applicant was correcting; items without a known limit; cases
    that were not accepted and decided on one day.

    Outcome: suspect medium.
    Data: approval-recorded.
    Coverage: none.

    中文

    受理前的预审用时超过法定时限，其后当日受理、当日决定。

    时限自受理起算。受理之前先行办理、办完才受理的，总是“按时”办结。计算自首条记录至受理之间的工作日，扣除申请人补正的时
    间；且受理与决定在同一日。没有已知时限的无从比较。

    示例：某事项时限5个工作日，预审用时12个工作日，随后当日受理并准予许可。

    原因：先决定、后受理的部门，在纸面上能满足任何时限。

    除外：申请人补正所用的日子；没有已知时限的事项；受理与决定不在同一日的审批件。
    """
    accepted, decided = case.accepted, case.decided
    if decided is None or accepted is None or decided.at < accepted.at:
        return undecided(*case.entries)
    first = case.entries[0]
    facts = facts_of(first, accepted, decided)
    limit = _statutory(case)
    if limit is None:
        zh, en = "没有已知的法定时限可比较。", "No statutory limit is known to compare with."
        return no_evidence(zh, en, facts)
    used = _review(case, first, accepted).used(accepted.at).days
    if used <= limit or accepted.day != decided.day:
        zh, en = "受理前的预审没有代替审批。", "The review before acceptance did not take the place of the approval."
        return consistent(zh, en, facts)
    return suspect(
        f"受理前预审用时{used}个工作日，超过法定的{limit}个工作日，受理与决定均在{decided.day}。",
        f"The review before acceptance took {used} working days, more than the statutory {limit}; "
        f"acceptance and decision are both of {decided.day}.",
        facts,
        Severity.MEDIUM,
    )


def _statutory(case: ApprovalCase) -> int | None:
    """The limit of the case, else of the longest of its steps that has one."""
    if case.limit is not None:
        return case.limit
    return max((step.limit for step in case.steps if step.limit is not None), default=None)


def _review(case: ApprovalCase, first: Entry, accepted: Entry) -> Clock:
    """Runs before the acceptance, and stands while the applicant corrects."""
    correcting = joined(case.corrections)
    return Clock(first.at, accepted.at, correcting, None, case.calendar, case.jurisdiction)
