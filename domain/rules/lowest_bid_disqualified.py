"""Lowest bid disqualified 最低报价的投标被否决."""

from collections.abc import Iterator

from domain.evidence.ocds_market import Group, ProcessCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R036"


@rule(
    code=CODE,
    version=2,
    title="Lowest bid disqualified",
    title_zh="最低报价的投标被否决",
    clause="Cardinal R036；招标投标法实施条例 §51",
    severity=Severity.LOW,
)
def lowest_bid_disqualified(case: ProcessCase) -> Iterator[Indication]:
    """The lowest of all submitted bids was disqualified, and an award was made.

    It is assumed that price alone decides. Where several bids are the lowest, the one listed
    first counts.

    Example: a bid of 100,000 is disqualified, one of 111,111 is awarded.

    Why: a buyer can clear the way for a dearer bidder by disqualifying the cheaper one.

    Excluded: processes without an active award or without a valid bid that has a price, bids
    in another currency, invited and withdrawn bids, cancelled processes; procurement methods
    whose prices the policy does not compare.

    Outcome: suspect low.
    Data: bid-opened, award-announced, lot-imported.
    Coverage: none.

    Version 2 (2026-12-01): a policy can leave procurement methods out of comparisons of prices.

    中文

    全部投标中报价最低的被否决，且已有中标结果。

    推定仅凭价格决定。多份投标同为最低的，以列在最前的为准。

    示例：报价100,000的投标被否决，报价111,111的投标中标。

    原因：采购人可以通过否决较低的报价，为报价较高的投标人扫清道路。

    除外：没有有效中标、或者没有带报价的有效投标的采购过程；其他币种的投标；仅受邀或已撤回的投标；已取消的
    采购过程；政策规定不比较价格的采购方式。

    第2版（2026-12-01）：政策可以将某些采购方式排除在价格比较之外。
    """
    process = case.process
    priced = [
        (offer.price.amount, offer)
        for offer in process.submitted
        if offer.price and offer.price.currency == case.currency
    ]
    valid = [amount for amount, offer in priced if offer.valid]
    if not case.compares_prices or not process.active_awards or not valid:
        return
    lowest, offer = min(priced, key=lambda one: one[0])
    if offer.disqualified:
        explanation = Explanation(
            f"最低报价{lowest:,.2f}被否决，最低有效报价为{min(valid):,.2f}（{case.currency}）。",
            f"The lowest bid, {lowest:,.2f}, was disqualified; the lowest valid one is {min(valid):,.2f} "
            f"({case.currency}).",
        )
        yield flag(Group.PROCESS, process.key, 1, explanation, (process.key,))
