"""Price close to the winning bid 次低有效报价与中标价异常接近."""

from collections.abc import Iterator
from decimal import Decimal

from domain.evidence.ocds_market import Closeness, Group, MarketCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R024"


@rule(
    code=CODE,
    version=2,
    title="Price close to the winning bid",
    title_zh="次低有效报价与中标价异常接近",
    clause="Cardinal R024；招标投标法实施条例 §40(4)",
    severity=Severity.LOW,
)
def price_close_to_winning_bid(
    market: MarketCase, *, interquartile_ranges: Decimal = Decimal("1.5"), fixed_fence: Decimal = Decimal(0)
) -> Iterator[Indication]:
    """The lowest losing bid was hardly dearer than the winning one, compared with all processes.

    The difference is that of the lowest valid losing bid from the winning one, as a share of
    the latter. A process is flagged at or below the lower fence: 1.5 interquartile ranges
    below the first quartile of all differences, unless a fixed fence above zero is set. Where
    all differences are alike, all are at the fence. Winner and runner-up are flagged too.

    Example: the second bid is usually 5 % to 7 % dearer, so the fence is 2 %; here it was 1 %
    dearer.

    Why: who bids only to feign competition stays close to the agreed winner.

    Excluded: processes with a pending award, with several active awards or an award to
    several firms; bids of several firms together; bids in another currency; processes whose
    winner was not the lowest (price alone cannot have decided); procurement methods whose
    prices the policy does not compare. Nobody is flagged where the
    first quartile or the fence is not above zero.

    Outcome: suspect low.
    Data: bid-opened, award-announced, lot-imported.
    Coverage: none.

    Version 2 (2026-12-01): a policy can leave procurement methods out of comparisons of prices.

    中文

    与全部采购过程相比，次低有效报价与中标价异常接近。

    差额为最低的未中标有效报价与中标价之差占中标价的比例。差额不高于下限的采购过程予以提示：下限为全部差额的第一四分位数
    减去1.5倍四分位距，另设大于零的固定值的除外。全部差额相同的，均处于下限。中标人和次低报价人一并提示。

    示例：次低报价通常高5%至7%，下限为2%；本次仅高1%。

    原因：只为陪标而投标的，报价紧贴事先商定的中标人。

    除外：中标结果待定、有多项有效中标或由多家单位共同中标的采购过程；多家单位联合提交的投标；其他币种的投标；中标人不是
    最低价的采购过程（不可能仅凭价格决定）；政策规定不比较价格的采购方式。第一四分位数或下限不大于零的，不作提示。

    第2版（2026-12-01）：政策可以将某些采购方式排除在价格比较之外。
    """
    usual = market.usual_closeness
    if usual is None:
        return
    fence = float(fixed_fence) or usual.below(float(interquartile_ranges))
    if fence <= 0 or (not fixed_fence and usual.first <= 0):
        return
    for each in market.closeness:
        if each.ratio <= fence:
            (key,) = market.named((each.process,))
            explanation = _explained(each, fence)
            yield flag(Group.PROCESS, key, each.ratio, explanation, (key,))
            for bidder in (each.winner, each.runner_up):
                yield flag(Group.BIDDER, bidder, 0, explanation, (key,), derived=True)


def _explained(each: Closeness, fence: float) -> Explanation:
    return Explanation(
        f"“{each.runner_up}”的次低有效报价仅比中标人“{each.winner}”高{each.ratio:.2%}，不超过下限{fence:.2%}。",
        f"The lowest losing bid, of {each.runner_up}, was {each.ratio:.2%} dearer than that of the winner "
        f"{each.winner}: not above the lower fence of {fence:.2%}.",
    )
