"""Excessive unsuccessful bids 投标频繁而极少中标."""

from collections.abc import Iterator
from decimal import Decimal

from domain.evidence.ocds_market import Group, MarketCase, Share
from domain.evidence.outliers import percentile, quartiles
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R025"


@rule(
    code=CODE,
    version=1,
    title="Excessive unsuccessful bids",
    title_zh="投标频繁而极少中标",
    clause="Cardinal R025；招标投标法实施条例 §39",
    severity=Severity.LOW,
)
def excessive_unsuccessful_bids(
    market: MarketCase,
    *,
    top_percentile: int = 75,
    interquartile_ranges: Decimal = Decimal("1.5"),
    fixed_fence: Decimal = Decimal(0),
) -> Iterator[Indication]:
    """A bidder that bids more than most wins far less often than is usual.

    Counted are the processes in which a firm made a valid bid, each once. A bidder is flagged
    where that number is at or above the 75th percentile of all bidders and its share of wins
    is at or below the lower fence: 1.5 interquartile ranges below the first quartile of all
    shares, unless a fixed fence above zero is set. Where all shares are alike, all are at the
    fence.

    Example: most firms bid 100 times at most and win half of their bids or more, so the fence
    is one eighth; this one bid 150 times and won 15.

    Why: who only feigns competition bids often and loses on purpose.

    Excluded: processes with a pending award, with several active awards or an award to
    several firms, and bids of several firms together. Nobody is flagged where the first
    quartile or the fence is not above zero.

    Outcome: suspect low.
    Data: bid-opened, award-announced, lot-imported.
    Coverage: none.

    中文

    投标比多数单位频繁，而中标远少于通常水平。

    计算该单位有有效投标的采购过程，每个计一次。次数不低于全部投标人的第75百分位数、且中标比例不高于下限的，予以提示：下
    限为全部比例的第一四分位数减去1.5倍四分位距，另设大于零的固定值的除外。全部比例相同的，均处于下限。

    示例：多数单位投标不超过100次，中标一半以上，下限为八分之一；该单位投标150次，中标15次。

    原因：只为陪标的单位频繁投标而有意落标。

    除外：中标结果待定、有多项有效中标或由多家单位共同中标的采购过程；多家单位联合提交的投标。第一四分位数或下限不大于零
    的，不作提示。
    """
    usual = quartiles(share.ratio for share in market.wins.values())
    most = percentile((share.whole for share in market.wins.values()), top_percentile)
    if usual is None or most is None:
        return
    fence = float(fixed_fence) or usual.below(float(interquartile_ranges))
    if fence <= 0 or (not fixed_fence and usual.first <= 0):
        return
    for bidder, share in market.wins.items():
        if share.whole >= most and share.ratio <= fence:
            yield flag(
                Group.BIDDER, bidder, share.ratio, _explained(bidder, share, fence), market.named(share.processes)
            )


def _explained(bidder: str, share: Share, fence: float) -> Explanation:
    return Explanation(
        f"“{bidder}”在{share.whole}个项目中有效投标，中标{share.part}个（{share.ratio:.2%}），不超过下限{fence:.2%}。",
        f"{bidder} made valid bids in {share.whole} processes and won {share.part} ({share.ratio:.2%}): "
        f"not above the lower fence of {fence:.2%}.",
    )
