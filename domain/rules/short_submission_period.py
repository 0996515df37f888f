"""Short submission period 投标期过短."""

from collections.abc import Iterator

from domain.evidence.ocds_market import Group, ProcessCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R003"


@rule(
    code=CODE,
    version=2,
    title="Short submission period",
    title_zh="投标期过短",
    clause="Cardinal R003；招标投标法 §24",
    severity=Severity.LOW,
)
def short_submission_period(case: ProcessCase, *, fewest_days: int = 15) -> Iterator[Indication]:
    """The time to submit bids was shorter than 15 whole days.

    The submission period runs from the moment the documents can be had to the deadline. Only
    whole days count: 14 days and 23 hours are 14 days.

    Example: documents are published on 15 March, bids are due on 20 March.

    Why: a bidder who was told beforehand is ready; others have no time to prepare.

    Excluded: processes that do not say both when the period begins and when it ends, and
    cancelled ones; procurement methods that the policy leaves out.

    Outcome: suspect low.
    Data: bid-opened, lot-imported.
    Coverage: none.

    Version 2 (2026-12-01): a policy can name the procurement methods looked at, and another number
    of days for each of the publisher's own names of a method.

    中文

    提交投标文件的时间不足15整天。

    投标期自可以获取招标文件之时起，至投标截止时间止。只计整天：14天23小时计14天。

    示例：3月15日发布招标文件，3月20日投标截止。

    原因：事先得到消息的投标人早有准备，其他人来不及准备。

    除外：未载明投标期起止时间的采购过程；已取消的采购过程；政策排除的采购方式。

    第2版（2026-12-01）：政策可以指定所查看的采购方式，也可以按发布方自己的方式名称另定天数。
    """
    begins, ends = case.process.opens_at, case.process.closes_at
    if begins is None or ends is None or not case.is_for(CODE):
        return
    days = int((ends - begins).total_seconds() / 86_400)
    if days < fewest_days:
        explanation = Explanation(
            f"投标期自{begins:%Y-%m-%d %H:%M}至{ends:%Y-%m-%d %H:%M}，共{days}整天，少于{fewest_days}天。",
            f"Bids could be submitted from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}: {days} whole days, "
            f"fewer than {fewest_days}.",
        )
        yield flag(Group.PROCESS, case.process.key, 1, explanation, (case.process.key,))
