"""Heavily discounted bid 中标价明显低于次低报价."""

from collections.abc import Iterator
from decimal import Decimal

from domain.evidence.ocds_market import Closeness, Group, MarketCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R058"


@rule(
    code=CODE,
    version=2,
    title="Heavily discounted bid",
    title_zh="中标价明显低于次低报价",
    clause="Cardinal R058；招标投标法 §33",
    severity=Severity.LOW,
)
def heavily_discounted_bid(
    market: MarketCase, *, interquartile_ranges: Decimal = Decimal("1.5"), fixed_fence: Decimal = Decimal(0)
) -> Iterator[Indication]:
    """The winning bid was far below the lowest losing one, compared with all processes.

    The difference is that of the lowest valid losing bid from the winning one, as a share of
    the latter. A process is flagged at or above the upper fence: 1.5 interquartile ranges
    above the third quartile of all differences, unless a fixed fence above zero is set. Where
    all differences are alike, all are at the fence. The winner is flagged too.

    Example: the second bid is usually 5 % to 7 % dearer, so the fence is 10 %; here it was
    15 % dearer.

    Why: a bid below cost is made good later, by poor work or by changes to the contract.

    Excluded: processes with a pending award, with several active awards or an award to
    several firms; bids of several firms together; bids in another currency; processes whose
    winner was not the lowest; procurement methods whose prices the policy does not compare.
    Nobody is flagged where the fence is not above zero.

    Outcome: suspect low.
    Data: bid-opened, award-announced, lot-imported.
    Coverage: none.

    Version 2 (2026-12-01): a policy can leave procurement methods out of comparisons of prices.

    中文

    与全部采购过程相比，中标价远低于最低的未中标报价。

    差额为最低的未中标有效报价与中标价之差占中标价的比例。差额不低于上限的采购过程予以提示：上限为全部差额的第三四分位数
    加上1.5倍四分位距，另设大于零的固定值的除外。全部差额相同的，均处于上限。中标人一并提示。

    示例：次低报价通常高5%至7%，上限为10%；本次高15%。

    原因：低于成本的报价，往往在日后以偷工减料或变更合同的方式找回。

    除外：中标结果待定、有多项有效中标或由多家单位共同中标的采购过程；多家单位联合提交的投标；其他币种的投标；中标人不是
    最低价的采购过程；政策规定不比较价格的采购方式。上限不大于零的，不作提示。

    第2版（2026-12-01）：政策可以将某些采购方式排除在价格比较之外。
    """
    usual = market.usual_closeness
    if usual is None:
        return
    fence = float(fixed_fence) or usual.above(float(interquartile_ranges))
    if fence <= 0:
        return
    for each in market.closeness:
        if each.ratio >= fence:
            (key,) = market.named((each.process,))
            explanation = _explained(each, fence)
            yield flag(Group.PROCESS, key, each.ratio, explanation, (key,))
            yield flag(Group.BIDDER, each.winner, 0, explanation, (key,), derived=True)


def _explained(each: Closeness, fence: float) -> Explanation:
    return Explanation(
        f"“{each.runner_up}”的次低有效报价比中标人“{each.winner}”高{each.ratio:.2%}，不低于上限{fence:.2%}。",
        f"The lowest losing bid, of {each.runner_up}, was {each.ratio:.2%} dearer than that of the winner "
        f"{each.winner}: not below the upper fence of {fence:.2%}.",
    )
