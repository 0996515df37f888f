"""Excessive unsuccessful bids 屡投少中."""

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
