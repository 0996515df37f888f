"""Excessive disqualified bids 被否决投标的比例过高."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from domain.evidence.ocds_market import Group, MarketCase, Share
from domain.evidence.outliers import quartiles
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R038"


@rule(
    code=CODE,
    version=1,
    title="Excessive disqualified bids",
    title_zh="被否决投标的比例过高",
    clause="Cardinal R038；招标投标法实施条例 §51",
    severity=Severity.LOW,
)
def excessive_disqualified_bids(
    market: MarketCase,
    *,
    fewest_bids_made: int = 2,
    fewest_bids_received: int = 2,
    interquartile_ranges: Decimal = Decimal("1.5"),
    fixed_fence: Decimal = Decimal(0),
) -> Iterator[Indication]:
    """A buyer disqualifies, or a bidder has disqualified, an unusually high share of bids.

    Buyers, procuring entities and bidders are each compared with their like. One is flagged
    where its share of disqualified bids is at or above the upper fence: 1.5 interquartile
    ranges above the third quartile of all shares, unless a fixed fence above zero is set. Where
    all shares are alike, all are at the fence.

    Example: a quarter of all buyers disqualify 2 % of the bids they receive or less, three
    quarters 22 % or less, so the fence is 52 %; this one disqualified 59 %.

    Why: a buyer can award whom it has chosen by disqualifying the others; a bidder who only
    feigns competition may hand in bids that cannot count.

    Excluded: bidders with fewer than two submitted bids, buyers and procuring entities that
    received fewer than two; parties without an id; cancelled processes. Nobody is flagged
    where the fence is not above zero.

    Outcome: suspect low.
    Data: bid-opened, lot-imported.
    Coverage: none.

    中文

    采购人否决投标、或者投标人被否决的比例异常偏高。

    采购人、采购实体和投标人分别与同类比较。被否决投标的比例不低于上限的，予以提示：上限为全部比例的第三四分位数加
    上1.5倍四分位距，另设大于零的固定值的除外。全部比例相同的，均处于上限。

    示例：四分之一的采购人否决所收投标的2%以下，四分之三的否决22%以下，上限为52%；该采购人否决了59%。

    原因：采购人可以通过否决其他投标而使其所选定的中标；只为陪标的投标人可能提交不可能有效的投标。

    除外：提交的投标少于2份的投标人；收到的投标少于2份的采购人和采购实体；没有代码的各方；已取消的采购过程。上限不大于零
    的，不作提示。
    """
    for group, shares in market.disqualified.items():
        fewest = fewest_bids_made if group is Group.BIDDER else fewest_bids_received
        compared = {party: share for party, share in shares.items() if share.whole >= fewest}
        usual = quartiles(share.ratio for share in compared.values())
        if usual is not None:
            fence = float(fixed_fence) or usual.above(float(interquartile_ranges))
            yield from _flagged(market, group, compared, fence)


def _flagged(market: MarketCase, group: Group, shares: Mapping[str, Share], fence: float) -> Iterator[Indication]:
    if fence <= 0:
        return
    for party, share in shares.items():
        if share.ratio >= fence:
            explanation = _explained(group, party, share, fence)
            yield flag(group, party, share.ratio, explanation, market.named(share.processes))


def _explained(group: Group, party: str, share: Share, fence: float) -> Explanation:
    zh, en = ("提交", "submitted by") if group is Group.BIDDER else ("收到", "received by")
    return Explanation(
        f"“{party}”{zh}的{share.whole}份投标中{share.part}份被否决（{share.ratio:.2%}），不低于上限{fence:.2%}。",
        f"Of {share.whole} bids {en} {party}, {share.part} were disqualified ({share.ratio:.2%}): "
        f"not below the upper fence of {fence:.2%}.",
    )
