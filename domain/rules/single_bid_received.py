"""Single bid received 仅收到一家投标."""

from collections.abc import Iterator
from typing import Final

from domain.evidence.ocds_market import Group, ProcessCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R018"
_USUAL: Final = frozenset({"open", "selective"})
_NAMES: Final = {
    "open": ("公开招标", "an open"),
    "selective": ("邀请招标", "a selective"),
    "limited": ("限制性招标", "a limited"),
    "direct": ("直接采购", "a direct"),
}


@rule(
    code=CODE,
    version=3,
    title="Single bid received",
    title_zh="仅收到一家投标",
    clause="Cardinal R018；招标投标法 §28",
    severity=Severity.LOW,
)
def single_bid_received(case: ProcessCase) -> Iterator[Indication]:
    """Only one bidder bid in a competitive procedure.

    The publisher's own number of bidders counts; of a bid opening, the bidders whose bids were
    read out.

    Example: a ministry invites bids from everybody and receives one.

    Why: competition may have been suppressed; it is the best outcome for a bidder who was
    chosen beforehand.

    Excluded: procedures that are neither open nor selective, or do not say what they are,
    unless the policy names others; processes without a number of bidders; cancelled ones.

    Outcome: suspect low.
    Data: bid-opened, lot-imported.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    Version 3 (2026-12-01): a policy can name the procurement methods looked at.

    中文

    竞争性采购程序只有一家投标人投标。

    以发布方所列的投标人数为准；开标信息以唱标的投标人为准。

    示例：某部门公开招标，只收到一份投标。

    原因：竞争可能受到排斥；对事先选定的投标人而言，这是最好的结果。

    除外：既非公开也非邀请、或者未载明程序类型的采购，政策另有指定的除外；没有投标人数的采购过程；已取消的采购过程。

    第2版（2026-11-30）：仅修改说明的文字。

    第3版（2026-12-01）：政策可以指定所查看的采购方式。
    """
    if case.is_for(CODE, usual=_USUAL) and case.process.bidders_counted == 1:
        zh, en = _NAMES.get(case.process.method or "", ("该采购", "this"))
        explanation = Explanation(f"{zh}程序仅有1家投标人。", f"Only 1 bidder bid in {en} procedure.")
        yield flag(Group.PROCESS, case.process.key, 1, explanation, (case.process.key,))
