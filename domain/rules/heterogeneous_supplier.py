"""Heterogeneous supplier 供应品类异常分散."""

from collections.abc import Iterator
from decimal import Decimal

from domain.evidence.ocds_market import Group, MarketCase, Supplied
from domain.evidence.outliers import quartiles
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R048"


@rule(
    code=CODE,
    version=1,
    title="Heterogeneous supplier",
    title_zh="供应品类异常分散",
    clause="Cardinal R048",
    severity=Severity.LOW,
)
def heterogeneous_supplier(
    market: MarketCase,
    *,
    fewest_processes: int = 20,
    classification_digits: int = 2,
    interquartile_ranges: Decimal = Decimal("1.5"),
    fixed_fence: Decimal = Decimal(0),
) -> Iterator[Indication]:
    """A supplier was awarded items of unusually many kinds.

    Two items are of different kinds where the first two digits of their classification codes
    differ. A supplier is flagged where its number of kinds is at or above the upper fence:
    1.5 interquartile ranges above the third quartile of all such numbers, unless a fixed fence
    above zero is set. Where all numbers are alike, all are at the fence.

    Example: three quarters of all suppliers deal in 4 kinds or fewer, so the fence is 8.5;
    this one was awarded 20 kinds.

    Why: who sells everything is often a middleman without capacity of its own.

    Excluded: suppliers awarded in fewer than 20 processes, awards to several suppliers,
    awards that are not active, items without a classification, cancelled processes.

    Outcome: suspect low.
    Data: award-announced, lot-imported.
    Coverage: none.

    中文

    供应商所中标的品目种类异常繁多。

    两个品目的分类代码前两位不同的，为不同种类。种类数不低于上限的供应商，予以提示：上限为全部种类数的第三四分位数加
    上1.5倍四分位距，另设大于零的固定值的除外。全部种类数相同的，均处于上限。

    示例：四分之三的供应商经营不超过4类，上限为8.5；该供应商中标20类。

    原因：什么都卖的，往往是自身没有履约能力的中间商。

    除外：中标少于20个采购过程的供应商；由多家供应商共同中标的；非有效的中标；没有分类的品目；已取消的采购过程。
    """
    kinds = {
        supplier: _kinds(supplied, classification_digits)
        for supplier, supplied in market.supplied.items()
        if len(supplied.processes) >= fewest_processes
    }
    usual = quartiles(kinds.values())
    if usual is None:
        return
    fence = float(fixed_fence) or usual.above(float(interquartile_ranges))
    for supplier, number in kinds.items():
        if number >= fence:
            supplied = market.supplied[supplier]
            explanation = Explanation(
                f"“{supplier}”在{len(supplied.processes)}个项目中供应{number}大类品目，不低于上限{fence:g}。",
                f"{supplier} was awarded {number} kinds of items in {len(supplied.processes)} processes: "
                f"not below the upper fence of {fence:g}.",
            )
            yield flag(Group.BIDDER, supplier, number, explanation, market.named(supplied.processes))


def _kinds(supplied: Supplied, digits: int) -> int:
    return len({code[:digits] for code in supplied.classes})
